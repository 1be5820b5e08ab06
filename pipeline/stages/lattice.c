/* The best way from a component's left end to its right one through the pieces that its cuts leave: Viterbi's search
 * over the segmentation graph of LeCun, Bottou, Bengio and Haffner (1998), section VI. An arc is a piece with its best
 * reading; its score is the logarithm of the probability that the network gives it, so that a piece that is no digit,
 * or one and a half, makes its way unlikely. Digits of one string are about equally high: two neighbours pay for the
 * difference. Strokes that have grown together belong to both neighbours: these may share what lies between two cuts,
 * at a price. */
#include "stages.h"

#include <math.h>
#include <stdlib.h>

static const double height_free = 0.3;   /* neighbours' heights may differ by this factor's logarithm */
static const double height_weight = 2.0; /* for what is beyond */
static const double shared_weight = 0.7; /* for a slot that belongs to both neighbours */

typedef struct step {
  double score;
  size_t before; /* arc; or SIZE_MAX at the left end */
} step;

static double penalty(const stage_arc *left, const stage_arc *right) {
  const double difference = fabs(log(left->height / right->height));
  return difference > height_free ? height_weight * (difference - height_free) : 0;
}

int stage_lattice_find(const stage_arc *arcs, size_t count, int last_node, size_t *path, size_t *path_length,
                       double *score) {
  step *steps = malloc((count + 1) * sizeof *steps);
  size_t best = SIZE_MAX;
  *path_length = 0;
  *score = -INFINITY;
  if (!steps) return SHIM_ERR_MEMORY;
  for (size_t i = 0; i < count; i++) { /* arcs come sorted by where they begin: what leads to them is settled */
    steps[i] = (step){arcs[i].from == 0 ? arcs[i].score : -INFINITY, SIZE_MAX};
    for (size_t k = 0; k < i; k++) {
      const int shared = arcs[k].to - arcs[i].from;
      if (shared < 0 || shared > 1 || arcs[k].from >= arcs[i].from || arcs[k].to >= arcs[i].to) continue;
      const double through = steps[k].score + arcs[i].score - penalty(&arcs[k], &arcs[i]) - shared * shared_weight;
      if (through > steps[i].score) steps[i] = (step){through, k};
    }
    if (arcs[i].to == last_node && steps[i].score > *score) *score = steps[i].score, best = i;
  }
  for (size_t i = best; i != SIZE_MAX; i = steps[i].before) (*path_length)++;
  for (size_t i = best, k = *path_length; i != SIZE_MAX; i = steps[i].before) path[--k] = i;
  free(steps);
  return SHIM_OK;
}
