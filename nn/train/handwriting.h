/* A person's own digits: a folder of labelled crops. */
#ifndef GLYPHLIFT_TRAIN_HANDWRITING_H
#define GLYPHLIFT_TRAIN_HANDWRITING_H

#include "dataset.h"
#include "extras.h"

enum { TRAIN_HANDWRITING_LEAST = 5 /* pictures of every digit */ };

/* Pictures in the network's form; labels 0 to 9, and TRAIN_CLASS_NONE for those of the folder "none". */
typedef struct train_handwriting {
  train_dataset learned, held; /* held: a fifth of every class, kept from training */
  size_t blank;                /* pictures without ink, left out */
} train_handwriting;

/* folder/0 ... folder/9 hold pictures of any size, polarity and format that the pipeline reads, at least
 * TRAIN_HANDWRITING_LEAST of every digit; folder/none may hold some of what is no digit. They go through the crop that
 * `glyphlift classify` uses. In the order of the names every fifth picture is held. On failure *out is zeroed. */
int train_handwriting_read(train_handwriting *out, const char *folder, train_error *error);
void train_handwriting_free(train_handwriting *handwriting);

#endif
