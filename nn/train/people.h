/* Drawings of shapes by people: an IDX file of pictures, one of labels, and an index that tells who drew each and where
 * its corners are. The form is that of the hand-drawn shapes dataset (F. Robert, 2022, CC BY 4.0). */
#ifndef GLYPHLIFT_TRAIN_PEOPLE_H
#define GLYPHLIFT_TRAIN_PEOPLE_H

#include "dataset.h"

enum { TRAIN_WRITER_SIZE = 32, TRAIN_VERTICES = 4 };

typedef struct train_index_entry {
  char writer[TRAIN_WRITER_SIZE];
  /* x, y in 0..1 of the picture; no fixed order. Four: of an ellipse the ends of its axes, of a triangle its corners
   * with one of them twice. */
  double vertices[TRAIN_VERTICES][2];
  int vertex_count; /* 0 where none are told */
} train_index_entry;

typedef struct train_index {
  train_index_entry *entries; /* in the order of the pictures */
  size_t count;
} train_index;

/* A CSV file, plain or gzip, with the columns index,user,class,stem,vertices. On failure *out is zeroed. */
int train_index_read(train_index *out, const char *path, train_error *error);
void train_index_free(train_index *index);

/* The labels, in the order of the set's numbers. */
typedef enum train_people_class {
  TRAIN_PEOPLE_OTHER,
  TRAIN_PEOPLE_ELLIPSE,
  TRAIN_PEOPLE_RECTANGLE,
  TRAIN_PEOPLE_TRIANGLE,
  TRAIN_PEOPLE_CLASSES
} train_people_class;

typedef struct train_people {
  train_dataset drawings; /* as they are: dark ink on light paper */
  train_index index;
} train_people;

/* folder/shapes-PART-images-idx3-ubyte, -labels-idx1-ubyte and -index.csv, each plain or .gz. On failure *out is
 * zeroed. */
int train_people_read(train_people *out, const char *folder, const char *part, train_error *error);
void train_people_free(train_people *people);

#endif
