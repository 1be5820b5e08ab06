/* The network and geometry together. The network says what a drawing is meant to be, which wobbling lines and rounded
 * corners hide from any fit; it knows all that has four corners as rectangles, and circles as ellipses. Which of these
 * one is, geometry says, by the angles and sides of what was fitted. */
#include "shapes.h"

#include <string.h>

typedef struct group {
  const char *name; /* the network's */
  stage_kind first; /* where geometry knows nothing */
  stage_kind kinds[5];
  int count;
} group;

static const group groups[] = {
    {"ellipse", STAGE_ELLIPSE, {STAGE_ELLIPSE, STAGE_CIRCLE}, 2},
    {"rectangle",
     STAGE_RECTANGLE,
     {STAGE_RECTANGLE, STAGE_SQUARE, STAGE_DIAMOND, STAGE_PARALLELOGRAM, STAGE_TRAPEZOID},
     5},
};

static void share_out(const group *g, double probability, const double geometry[STAGE_KINDS], double out[STAGE_KINDS]) {
  double sum = 0;
  for (int i = 0; i < g->count; i++) sum += geometry[g->kinds[i]];
  for (int i = 0; sum > 0 && i < g->count; i++) out[g->kinds[i]] += probability * geometry[g->kinds[i]] / sum;
  if (!(sum > 0)) out[g->first] += probability;
}

void stage_kind_join(const char *const *names, const float *network, size_t classes,
                     double probabilities[STAGE_KINDS]) {
  double geometry[STAGE_KINDS];
  memcpy(geometry, probabilities, sizeof geometry);
  memset(probabilities, 0, sizeof geometry);
  for (size_t c = 0; c < classes; c++) {
    const group *g = NULL;
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++)
      if (strcmp(names[c], groups[i].name) == 0) g = &groups[i];
    if (g) share_out(g, (double)network[c], geometry, probabilities);
    for (int k = 0; !g && k < STAGE_KINDS; k++)
      if (strcmp(names[c], stage_kind_names[k]) == 0) probabilities[k] += (double)network[c];
  }
}
