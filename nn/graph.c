/* The check of a list of layers: fields in range, inputs that come before, shapes that follow from one another, every
 * tensor used. */
#include "graph.h"

#include <stdlib.h>

#include "error.h"

nn_shape nn_graph_tensor(nn_shape picture, const nn_layer *layers, int tensor) {
  return tensor == 0 ? picture : layers[tensor - 1].shape;
}

static int has_window(const nn_layer *layer) {
  return layer->type == NN_LAYER_CONVOLUTION || layer->type == NN_LAYER_MAX_POOL ||
         layer->type == NN_LAYER_AVERAGE_POOL;
}

static int has_weights(const nn_layer *layer) {
  return layer->type == NN_LAYER_CONVOLUTION || layer->type == NN_LAYER_FULLY_CONNECTED;
}

static int in_range(int value, int lowest, int highest) {
  return value >= lowest && value <= highest;
}

static int fields_are_good(const nn_layer *layer) {
  if (has_window(layer)) {
    const int least = layer->kernel_height < layer->kernel_width ? layer->kernel_height : layer->kernel_width;
    if (!in_range(layer->kernel_height, 1, NN_MAX_KERNEL) || !in_range(layer->kernel_width, 1, NN_MAX_KERNEL) ||
        !in_range(layer->stride, 1, NN_MAX_STRIDE) || !in_range(layer->padding, 0, least - 1))
      return 0;
  } else if (layer->kernel_height || layer->kernel_width || layer->stride || layer->padding) {
    return 0;
  }
  if (layer->type != NN_LAYER_ADD && layer->second_input) return 0;
  return has_weights(layer) ? in_range(layer->outputs, 1, NN_MAX_SIZE) : layer->outputs == 0;
}

static int window_output(int size, int kernel, const nn_layer *layer) {
  const int room = size + 2 * layer->padding - kernel;
  return room < 0 ? 0 : room / layer->stride + 1;
}

static int infer_window(nn_shape in, nn_layer *layer, size_t number, nn_error *error) {
  const size_t filter = (size_t)layer->kernel_height * (size_t)layer->kernel_width * (size_t)in.channels;
  layer->shape.height = window_output(in.height, layer->kernel_height, layer);
  layer->shape.width = window_output(in.width, layer->kernel_width, layer);
  layer->shape.channels = in.channels;
  if (layer->shape.height < 1 || layer->shape.width < 1)
    return nn_error_set(error, NN_ERR_FORMAT, "layer %zu: a %dx%d window does not fit into its input of %dx%d", number,
                        layer->kernel_width, layer->kernel_height, in.width, in.height);
  if (layer->type == NN_LAYER_CONVOLUTION) {
    layer->shape.channels = layer->outputs;
    layer->bias_count = (size_t)layer->outputs;
    layer->weight_count = layer->bias_count * filter;
  }
  return NN_OK;
}

static int infer_fully_connected(nn_shape in, nn_layer *layer, size_t number, nn_error *error) {
  const size_t flattened = (size_t)in.height * (size_t)in.width * (size_t)in.channels;
  if (flattened > NN_MAX_FLATTENED)
    return nn_error_set(error, NN_ERR_FORMAT, "layer %zu: %zu inputs, expected at most %d", number, flattened,
                        NN_MAX_FLATTENED);
  layer->shape = (nn_shape){1, 1, layer->outputs};
  layer->bias_count = (size_t)layer->outputs;
  layer->weight_count = layer->bias_count * flattened;
  return NN_OK;
}

static int infer_add(nn_shape first, nn_shape second, nn_layer *layer, size_t number, nn_error *error) {
  if (first.height != second.height || first.width != second.width || first.channels != second.channels)
    return nn_error_set(error, NN_ERR_FORMAT, "layer %zu: adds tensors of %dx%dx%d and %dx%dx%d", number, first.height,
                        first.width, first.channels, second.height, second.width, second.channels);
  layer->shape = first;
  return NN_OK;
}

static int infer_layer(nn_shape picture, nn_layer *layers, size_t index, size_t count, nn_error *error) {
  nn_layer *layer = &layers[index];
  const size_t number = index + 1;
  if (!in_range((int)layer->type, NN_LAYER_CONVOLUTION, NN_LAYER_SOFTMAX))
    return nn_error_set(error, NN_ERR_FORMAT, "layer %zu: unknown type %d", number, (int)layer->type);
  if (!fields_are_good(layer))
    return nn_error_set(error, NN_ERR_FORMAT, "layer %zu: kernel, stride, padding or outputs out of range", number);
  if (!in_range(layer->input, 0, (int)index) || !in_range(layer->second_input, 0, (int)index))
    return nn_error_set(error, NN_ERR_FORMAT, "layer %zu: reads tensor %d, expected one made before", number,
                        in_range(layer->input, 0, (int)index) ? layer->second_input : layer->input);
  if (layer->type == NN_LAYER_SOFTMAX && number != count)
    return nn_error_set(error, NN_ERR_FORMAT, "layer %zu: a softmax that is not the last layer", number);
  const nn_shape in = nn_graph_tensor(picture, layers, layer->input);
  layer->weight_count = layer->bias_count = 0;
  layer->shape = in;
  if (has_window(layer)) return infer_window(in, layer, number, error);
  if (layer->type == NN_LAYER_FULLY_CONNECTED) return infer_fully_connected(in, layer, number, error);
  if (layer->type == NN_LAYER_ADD)
    return infer_add(in, nn_graph_tensor(picture, layers, layer->second_input), layer, number, error);
  return NN_OK;
}

static int check_all_used(const nn_layer *layers, size_t count, nn_error *error) {
  unsigned char used[NN_MAX_LAYERS + 1] = {0};
  for (size_t i = 0; i < count; i++) {
    used[layers[i].input] = 1;
    if (layers[i].type == NN_LAYER_ADD) used[layers[i].second_input] = 1;
  }
  for (size_t i = 0; i < count; i++)
    if (!used[i]) return nn_error_set(error, NN_ERR_FORMAT, "tensor %zu is read by no layer", i);
  return NN_OK;
}

static int shape_is_good(nn_shape shape) {
  return in_range(shape.height, 1, NN_MAX_SIZE) && in_range(shape.width, 1, NN_MAX_SIZE) &&
         in_range(shape.channels, 1, NN_MAX_SIZE) &&
         (long long)shape.height * shape.width * shape.channels <= NN_MAX_TENSOR;
}

int nn_graph_infer(nn_shape picture, nn_layer *layers, size_t count, size_t classes, size_t *weight_total,
                   nn_error *error) {
  if (count < 1 || count > NN_MAX_LAYERS)
    return nn_error_set(error, NN_ERR_FORMAT, "%zu layers, expected 1 to %d", count, NN_MAX_LAYERS);
  if (!shape_is_good(picture))
    return nn_error_set(error, NN_ERR_FORMAT, "input pictures of %dx%dx%d are out of range", picture.height,
                        picture.width, picture.channels);
  *weight_total = 0;
  for (size_t i = 0; i < count; i++) {
    const int status = infer_layer(picture, layers, i, count, error);
    if (status != NN_OK) return status;
    if (!shape_is_good(layers[i].shape))
      return nn_error_set(error, NN_ERR_FORMAT, "layer %zu: its tensor is too large", i + 1);
    *weight_total += layers[i].weight_count + layers[i].bias_count;
  }
  const nn_shape last = layers[count - 1].shape;
  if (last.height != 1 || last.width != 1 || (size_t)last.channels != classes)
    return nn_error_set(error, NN_ERR_FORMAT, "the last layer gives %dx%dx%d values, expected 1x1x%zu, one a class",
                        last.height, last.width, last.channels, classes);
  return check_all_used(layers, count, error);
}
