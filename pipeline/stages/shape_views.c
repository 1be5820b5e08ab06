/* A drawing and its mirror image have one name, so the shapes network is asked about both and the mean of its answers
 * counts: what it has learnt of one view of a hand's habits it need not have learnt of the other. Only sideways: people
 * draw upright, and a network that has not learnt hearts and arrows upside down is none the worse for it. */
#include "shapes.h"

enum { SIDE = STAGE_SHAPE_SIDE, PIXELS = SIDE * SIDE };

void stage_shape_views(uint8_t views[STAGE_SHAPE_VIEWS * SIDE * SIDE]) {
  for (int y = 0; y < SIDE; y++)
    for (int x = 0; x < SIDE; x++) views[PIXELS + y * SIDE + x] = views[y * SIDE + SIDE - 1 - x];
}

void stage_shape_views_mean(float *answers, size_t count, size_t classes) {
  for (size_t i = 0; i < count; i++)
    for (size_t c = 0; c < classes; c++) {
      float sum = 0;
      for (size_t v = 0; v < STAGE_SHAPE_VIEWS; v++) sum += answers[(i * STAGE_SHAPE_VIEWS + v) * classes + c];
      answers[i * classes + c] = sum / STAGE_SHAPE_VIEWS;
    }
}
