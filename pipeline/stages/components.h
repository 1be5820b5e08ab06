/* The 8-connected components of a binary picture, by their runs: stretches of ink along a row. Internal to the
 * stages. */
#ifndef GLYPHLIFT_STAGE_COMPONENTS_H
#define GLYPHLIFT_STAGE_COMPONENTS_H

#include "stages.h"

typedef struct component_run {
  int y, from, to; /* to exclusive */
  int next;        /* the component's next run, from top to bottom; -1: none */
} component_run;

typedef struct component {
  int x, y, width, height; /* bounding box */
  int first_run;
  int area; /* pixels */
  int holes;
  int boundary; /* steps from pixel to pixel around it and around its holes; 1 for a single pixel */
} component;

typedef struct components {
  component_run *runs;
  component *items; /* from the bottom up: by their topmost pixels, of those in a row the rightmost first */
  size_t count;
} components;

/* Of a picture of 0 and 255. */
int components_find(const shim_image *binary, components *out);
void components_free(components *components);
/* Makes *out (owned by the caller): the component's box, 255 where its ink is. */
int components_mask(const components *components, size_t index, shim_image *out);

#endif
