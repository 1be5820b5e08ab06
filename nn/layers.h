/* The layers that are no matrix product. Views as in kernels.h; `batch` pictures. */
#ifndef GLYPHLIFT_NN_LAYERS_H
#define GLYPHLIFT_NN_LAYERS_H

#include <stdint.h>

#include "kernels.h"

/* pictures: batch x height x width x channels bytes, packed. */
void nn_layer_normalise(const uint8_t *pictures, size_t batch, float mean, float scale, const nn_view *out);
void nn_layer_relu(size_t batch, const nn_view *in, const nn_view *out);
void nn_layer_add(size_t batch, const nn_view *first, const nn_view *second, int relu, const nn_view *out);
/* Of shape the kernel, stride and padding count; what lies outside the picture does not. */
void nn_layer_max_pool(const nn_conv_shape *shape, size_t batch, const nn_view *in, const nn_view *out);
void nn_layer_average_pool(const nn_conv_shape *shape, size_t batch, const nn_view *in, const nn_view *out);
/* Fills `border` pixels all round. */
void nn_layer_fill_border(size_t batch, int border, float value, const nn_view *view);
/* Softmax of values / temperature, in place. */
void nn_layer_softmax(float *values, size_t count, double temperature);

#endif
