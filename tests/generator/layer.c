/* Layers of colour over one another, after Porter and Duff (1984). */
#include "paper.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int color_layer_create(color_layer *layer, int width, int height) {
  *layer = (color_layer){calloc((size_t)width * (size_t)height, 4 * sizeof(float)), width, height};
  return layer->rgba ? 0 : -1;
}

void color_layer_free(color_layer *layer) {
  free(layer->rgba);
  layer->rgba = NULL;
}

void color_layer_lay(color_layer *layer, ink_plane *plane, const double color[3], double density) {
  float linear[4] = {(float)pow(color[0], 2.2), (float)pow(color[1], 2.2), (float)pow(color[2], 2.2), 1};
  for (int y = plane->top; y < plane->bottom; y++) {
    float *ink = plane->ink + (size_t)y * (size_t)plane->width;
    float *out = layer->rgba + (size_t)y * (size_t)layer->width * 4;
    for (int x = plane->left; x < plane->right; x++) {
      float cover = ink[x] * (float)density;
      for (int c = 0; c < 4; c++) out[4 * x + c] = out[4 * x + c] * (1 - cover) + linear[c] * cover;
      ink[x] = 0;
    }
  }
  plane->left = plane->width, plane->top = plane->height;
  plane->right = plane->bottom = 0;
}
