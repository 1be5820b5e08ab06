/* Pictures of single digits that pages are composed of: MNIST's where it is present, drawn strokes where not. */
#ifndef GENERATOR_SAMPLES_H
#define GENERATOR_SAMPLES_H

#include <stddef.h>
#include <stdint.h>

enum { SAMPLE_SIDE = 28 /* pixels; the ink's longer side is 20 */ };

typedef struct digit_samples {
  uint8_t *pixels; /* count x 28 x 28, ink 255 on 0 */
  uint8_t *labels;
  size_t count;
} digit_samples;

typedef enum samples_part {
  SAMPLES_TUNING, /* the last 10,000 pictures of MNIST's training set */
  SAMPLES_TEST    /* its test set, for final figures only */
} samples_part;

/* From the folder that GLYPHLIFT_DATA names. 0; 1 where MNIST is not there (or the build has no trainer to read it
 * with); -1 without memory or where the files are damaged. On anything but 0 *out is zeroed. */
int digit_samples_read(digit_samples *out, samples_part part);
/* Drawn from strokes, labels in turn. 0, or -1 without memory. */
int digit_samples_draw(digit_samples *out, size_t count, uint64_t seed);
void digit_samples_free(digit_samples *samples);

/* x0, y0, x1, y1 (exclusive) of the pixels of one picture that are at least ink_min dark; x1 is 0 where none is. */
void sample_ink_box(const uint8_t *pixels, int ink_min, int box[4]);

#endif
