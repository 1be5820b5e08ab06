/* The int8 layers that are no matrix product, and the way into and out of bytes. One code for every CPU; rounding as in
 * int8.h. */
#ifndef GLYPHLIFT_NN_INT8_LAYERS_H
#define GLYPHLIFT_NN_INT8_LAYERS_H

#include "int8.h"
#include "model_write.h"

/* weights / scale, to nearest, ties to even, from -127 to 127. */
void nn_int8_round_weights(const float *weights, size_t count, float scale, int8_t *out);

/* pictures: batch x height x width x channels bytes, packed. round(127 / 255 byte) */
void nn_int8_take_pictures(const uint8_t *pictures, size_t batch, const nn_byte_view *out);
/* (byte - zero) * scale of a batch of 1x1 tensors: out[batch][channels] */
void nn_int8_give_values(size_t batch, const nn_byte_view *in, nn_tensor_scale scale, float *out);
void nn_int8_relu(size_t batch, const nn_byte_view *in, int zero, const nn_byte_view *out);
/* Of conv zero, lowest, residual_zero and residual_multiplier count. */
void nn_int8_add(const nn_int8_conv *conv, size_t batch, const nn_byte_view *first, int first_zero,
                 float first_multiplier, const nn_byte_view *second, const nn_byte_view *out);
/* Of shape the kernel, stride and padding count; what lies outside the picture does not. */
void nn_int8_max_pool(const nn_conv_shape *shape, size_t batch, const nn_byte_view *in, const nn_byte_view *out);
/* The mean of (byte - in_zero) * multiplier, that divided by the number of pixels inside in float. */
void nn_int8_average_pool(const nn_int8_conv *conv, size_t batch, const nn_byte_view *in, int in_zero, float multiplier,
                          const nn_byte_view *out);
/* Fills `border` pixels all round with the tensor's zero. */
void nn_int8_fill_border(size_t batch, int border, uint8_t zero, const nn_byte_view *view);

#endif
