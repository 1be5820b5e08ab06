/* A model as ONNX (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto), operator set 11, which OpenCV's DNN module
 * and ONNX Runtime have read for years; in int8 set 13, the first with a scale an output channel. Each layer becomes one node; pictures turn from height, width, channels to
 * channels, height, width, and the weights with them. A fully connected layer becomes the convolution whose kernel is
 * as large as its input, so that every tensor has four dimensions and any layer can read it.
 *
 * In int8 a pair QuantizeLinear, DequantizeLinear stands behind every tensor that nn rounds to bytes, and a
 * DequantizeLinear behind weights and biases, from which a program sees what it may compute in integers.
 *
 * Where it is weak: a program that knows large matrix products better than large kernels is slower so. A convolution
 * that alone feeds an addition has no scale of its own (int8.h rounds their sum), so that others compute it in fp32. */
#include "onnx.h"

#include <assert.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "../../pipeline/glyphlift.h"
#include "../file.h"
#include "../int8_layers.h"
#include "protobuf.h"

enum { IR_VERSION = 6, OPERATOR_SET = 11, IR_VERSION_INT8 = 7, OPERATOR_SET_INT8 = 13 };

/* Of a tensor's elements. */
typedef enum element { ELEMENT_FLOAT = 1, ELEMENT_UINT8 = 2, ELEMENT_INT8 = 3, ELEMENT_INT32 = 6 } element;

/* Field numbers of onnx.proto. */
enum {
  MODEL_IR_VERSION = 1,
  MODEL_PRODUCER_NAME = 2,
  MODEL_PRODUCER_VERSION = 3,
  MODEL_DOCUMENTATION = 6,
  MODEL_GRAPH = 7,
  MODEL_OPERATOR_SET = 8,
  MODEL_METADATA = 14,
  OPERATOR_SET_VERSION = 2,
  ENTRY_KEY = 1,
  ENTRY_VALUE = 2,
  GRAPH_NODE = 1,
  GRAPH_NAME = 2,
  GRAPH_INITIALIZER = 5,
  GRAPH_INPUT = 11,
  GRAPH_OUTPUT = 12,
  NODE_INPUT = 1,
  NODE_OUTPUT = 2,
  NODE_NAME = 3,
  NODE_TYPE = 4,
  NODE_ATTRIBUTE = 5,
  ATTRIBUTE_NAME = 1,
  ATTRIBUTE_NUMBER = 3,
  ATTRIBUTE_NUMBERS = 8,
  ATTRIBUTE_TYPE = 20,
  TENSOR_SIZE = 1,
  TENSOR_TYPE = 2,
  TENSOR_NAME = 8,
  TENSOR_BYTES = 9,
  VALUE_NAME = 1,
  VALUE_TYPE = 2,
  TYPE_TENSOR = 1,
  TYPE_ELEMENT = 1,
  TYPE_SHAPE = 2,
  SHAPE_DIMENSION = 1,
  DIMENSION_VALUE = 1,
  DIMENSION_NAME = 2
};

enum { ATTRIBUTE_IS_NUMBER = 2, ATTRIBUTE_IS_NUMBERS = 7 };

enum { NAME_SIZE = 48 };

static const char INPUT[] = "input", LOGITS[] = "logits", PROBABILITIES[] = "probabilities";

/* ---- the parts of a graph ---------------------------------------------------------------------------------------- */

static void add_attribute(train_message *node, const char *name, int value) {
  train_message attribute = {0};
  train_message_add_text(&attribute, ATTRIBUTE_NAME, name);
  train_message_add_number(&attribute, ATTRIBUTE_NUMBER, (uint64_t)value);
  train_message_add_number(&attribute, ATTRIBUTE_TYPE, ATTRIBUTE_IS_NUMBER);
  train_message_add_message(node, NODE_ATTRIBUTE, &attribute);
}

/* first, second, first, second ... : `count` values. */
static void add_attribute_pairs(train_message *node, const char *name, int first, int second, int count) {
  train_message attribute = {0};
  train_message_add_text(&attribute, ATTRIBUTE_NAME, name);
  for (int i = 0; i < count; i++)
    train_message_add_number(&attribute, ATTRIBUTE_NUMBERS, (uint64_t)(i % 2 ? second : first));
  train_message_add_number(&attribute, ATTRIBUTE_TYPE, ATTRIBUTE_IS_NUMBERS);
  train_message_add_message(node, NODE_ATTRIBUTE, &attribute);
}

/* Inputs that are NULL are left out; attributes may be added until it is put into the graph. The node is called as what
 * it makes. */
static train_message start_node(const char *type, const char *const inputs[3], const char *output) {
  train_message node = {0};
  for (int i = 0; i < 3 && inputs[i]; i++) train_message_add_text(&node, NODE_INPUT, inputs[i]);
  train_message_add_text(&node, NODE_OUTPUT, output);
  train_message_add_text(&node, NODE_NAME, output);
  train_message_add_text(&node, NODE_TYPE, type);
  return node;
}

static size_t element_size(element type) {
  return type == ELEMENT_UINT8 || type == ELEMENT_INT8 ? 1 : 4;
}

/* A constant whose values are still to be put. */
static train_message start_constant(const char *name, element type, const size_t *sizes, size_t size_count) {
  train_message tensor = {0};
  size_t count = 1;
  for (size_t i = 0; i < size_count; i++) {
    train_message_add_number(&tensor, TENSOR_SIZE, sizes[i]);
    count *= sizes[i];
  }
  train_message_add_number(&tensor, TENSOR_TYPE, (uint64_t)type);
  train_message_add_text(&tensor, TENSOR_NAME, name);
  train_message_begin_bytes(&tensor, TENSOR_BYTES, count * element_size(type));
  return tensor;
}

static void add_row(train_message *graph, const char *name, element type, const void *values, size_t count) {
  train_message tensor = start_constant(name, type, &count, 1);
  train_message_put_values(&tensor, values, element_size(type), count, 1);
  train_message_add_message(graph, GRAPH_INITIALIZER, &tensor);
}

static void add_scalar(train_message *graph, const char *name, element type, const void *value) {
  train_message tensor = start_constant(name, type, NULL, 0);
  train_message_put_values(&tensor, value, element_size(type), 1, 1);
  train_message_add_message(graph, GRAPH_INITIALIZER, &tensor);
}

/* output = input `type` value */
static void add_scalar_node(train_message *graph, const char *type, const char *input, const char *value_name,
                            double value, const char *output) {
  const float constant = (float)value;
  train_message node = start_node(type, (const char *const[]){input, value_name, NULL}, output);
  add_row(graph, value_name, ELEMENT_FLOAT, &constant, 1);
  train_message_add_message(graph, GRAPH_NODE, &node);
}

/* ---- layers ------------------------------------------------------------------------------------------------------ */

static void name_tensor(char name[NAME_SIZE], int tensor) {
  snprintf(name, NAME_SIZE, tensor ? "tensor%d" : "normalised", tensor);
}

/* weights: [outputs][height][width][channels], written as [outputs][channels][height][width]. */
static void add_weights(train_message *graph, const char *name, element type, const void *weights,
                        const size_t sizes[4]) {
  const size_t channels = sizes[1], window = sizes[2] * sizes[3], size = element_size(type);
  const uint8_t *from = weights;
  train_message tensor = start_constant(name, type, sizes, 4);
  for (size_t output = 0; output < sizes[0]; output++, from += channels * window * size)
    for (size_t c = 0; c < channels; c++) train_message_put_values(&tensor, from + c * size, size, window, channels);
  train_message_add_message(graph, GRAPH_INITIALIZER, &tensor);
}

static void add_window(train_message *node, int height, int width, int stride, int padding) {
  add_attribute_pairs(node, "kernel_shape", height, width, 2);
  add_attribute_pairs(node, "strides", stride, stride, 2);
  add_attribute_pairs(node, "pads", padding, padding, 4);
}

/* Layer `index`, a convolution or a fully connected one: its weights and bias under the names given. */
static void add_parameters(train_message *graph, const nn_model_content *model, size_t index, const size_t sizes[4],
                           const char *weights, const char *bias) {
  const nn_layer_spec *layer = &model->layer_specs[index];
  add_weights(graph, weights, ELEMENT_FLOAT, layer->weights, sizes);
  add_row(graph, bias, ELEMENT_FLOAT, layer->bias, sizes[0]);
}

/* name = integers * scales, one of these for each output. */
static void add_dequantized(train_message *graph, const char *integers, const float *scales, size_t count,
                            const char *name) {
  char scales_name[NAME_SIZE];
  snprintf(scales_name, sizeof scales_name, "%s.scale", integers);
  add_row(graph, scales_name, ELEMENT_FLOAT, scales, count);
  train_message node = start_node("DequantizeLinear", (const char *const[]){integers, scales_name, NULL}, name);
  add_attribute(&node, "axis", 0);
  train_message_add_message(graph, GRAPH_NODE, &node);
}

/* The same in int8. nn's biases make up for the input's zero, which ONNX takes away itself. */
static void add_integer_parameters(train_message *graph, const nn_model_content *model, size_t index,
                                   const size_t sizes[4], const char *weights, const char *bias) {
  const nn_layer_spec *layer = &model->layer_specs[index];
  const nn_output_scale *outputs = model->spec.int8->outputs;
  const size_t count = sizes[0], filter = sizes[1] * sizes[2] * sizes[3];
  const nn_tensor_scale input = model->spec.int8->tensors[layer->input];
  char weights_name[NAME_SIZE + 8], bias_name[NAME_SIZE + 8];
  int8_t *integers = malloc(count * filter);
  int32_t *biases = malloc(count * sizeof *biases);
  float *scales = malloc(2 * count * sizeof *scales), *bias_scales = scales + count;
  if (!integers || !biases || !scales) {
    graph->failed = 1;
    goto done;
  }
  for (size_t i = 0; i < index; i++) outputs += model->layers[i].bias_count;
  for (size_t o = 0; o < count; o++) {
    int32_t sum = 0;
    nn_int8_round_weights(layer->weights + o * filter, filter, outputs[o].scale, integers + o * filter);
    for (size_t k = 0; k < filter; k++) sum += integers[o * filter + k];
    scales[o] = outputs[o].scale;
    bias_scales[o] = scales[o] * input.scale;
    biases[o] = outputs[o].bias + input.zero * sum;
  }
  snprintf(weights_name, sizeof weights_name, "%s.int8", weights);
  snprintf(bias_name, sizeof bias_name, "%s.int32", bias);
  add_weights(graph, weights_name, ELEMENT_INT8, integers, sizes);
  add_row(graph, bias_name, ELEMENT_INT32, biases, count);
  add_dequantized(graph, weights_name, scales, count, weights);
  add_dequantized(graph, bias_name, bias_scales, count, bias);
done:
  free(integers);
  free(biases);
  free(scales);
}

static void add_product(train_message *graph, const nn_model_content *model, size_t index, const char *input,
                        const char *output) {
  const nn_layer_spec *layer = &model->layer_specs[index];
  const nn_shape picture = {model->spec.height, model->spec.width, model->spec.channels};
  const nn_shape in = nn_graph_tensor(picture, model->layers, layer->input);
  const int full = layer->type == NN_LAYER_FULLY_CONNECTED;
  const int height = full ? in.height : layer->kernel_height, width = full ? in.width : layer->kernel_width;
  const size_t sizes[] = {(size_t)layer->outputs, (size_t)in.channels, (size_t)height, (size_t)width};
  char weights[NAME_SIZE + 8], bias[NAME_SIZE + 8];
  snprintf(weights, sizeof weights, "%s.weight", output);
  snprintf(bias, sizeof bias, "%s.bias", output);
  (model->spec.int8 ? add_integer_parameters : add_parameters)(graph, model, index, sizes, weights, bias);
  train_message node = start_node("Conv", (const char *const[]){input, weights, bias}, output);
  add_window(&node, height, width, full ? 1 : layer->stride, layer->padding);
  train_message_add_message(graph, GRAPH_NODE, &node);
}

static int logits_tensor(const nn_model_spec *spec) {
  const nn_layer_spec *last = &spec->layers[spec->layer_count - 1];
  return last->type == NN_LAYER_SOFTMAX ? last->input : (int)spec->layer_count;
}

/* Whether nn may round a tensor to bytes: neither the logits, nor what it hands on in one step to a relu or a sum. */
static int is_rounded(const nn_model_content *model, int tensor) {
  int readers = 0, fusing = 0;
  for (size_t i = 0; i < model->spec.layer_count; i++) {
    const nn_layer_spec *l = &model->layer_specs[i];
    const int reads = l->input == tensor || (l->type == NN_LAYER_ADD && l->second_input == tensor);
    readers += reads;
    fusing += reads && (l->type == NN_LAYER_RELU || l->type == NN_LAYER_ADD);
  }
  return tensor != logits_tensor(&model->spec) && (readers > 1 || !fusing);
}

/* What a tensor is called before it is rounded: then only it goes under its own name. */
static void name_unrounded(char name[NAME_SIZE], const nn_model_content *model, int tensor) {
  name_tensor(name, tensor);
  if (model->spec.int8 && is_rounded(model, tensor)) snprintf(name, NAME_SIZE, "exact%d", tensor);
}

static void add_rounding(train_message *graph, const nn_model_content *model, int tensor) {
  char from[NAME_SIZE], bytes[NAME_SIZE], scale[NAME_SIZE], zero[NAME_SIZE], to[NAME_SIZE];
  if (!model->spec.int8 || !is_rounded(model, tensor)) return;
  const nn_tensor_scale *values = &model->spec.int8->tensors[tensor];
  const uint8_t zero_byte = (uint8_t)values->zero;
  name_unrounded(from, model, tensor);
  name_tensor(to, tensor);
  snprintf(bytes, sizeof bytes, "bytes%d", tensor);
  snprintf(scale, sizeof scale, "bytes%d.scale", tensor);
  snprintf(zero, sizeof zero, "bytes%d.zero", tensor);
  add_scalar(graph, scale, ELEMENT_FLOAT, &values->scale);
  add_scalar(graph, zero, ELEMENT_UINT8, &zero_byte);
  train_message node = start_node("QuantizeLinear", (const char *const[]){from, scale, zero}, bytes);
  train_message_add_message(graph, GRAPH_NODE, &node);
  node = start_node("DequantizeLinear", (const char *const[]){bytes, scale, zero}, to);
  train_message_add_message(graph, GRAPH_NODE, &node);
}

static void add_layer(train_message *graph, const nn_model_content *model, size_t index) {
  static const char *const types[] = {[NN_LAYER_RELU] = "Relu",
                                      [NN_LAYER_MAX_POOL] = "MaxPool",
                                      [NN_LAYER_AVERAGE_POOL] = "AveragePool",
                                      [NN_LAYER_ADD] = "Add"};
  const nn_layer_spec *layer = &model->layer_specs[index];
  char input[NAME_SIZE], second[NAME_SIZE], output[NAME_SIZE];
  name_tensor(input, layer->input);
  name_tensor(second, layer->second_input);
  name_unrounded(output, model, (int)index + 1);
  if (layer->type == NN_LAYER_SOFTMAX) return; /* every file ends in one, with the temperature */
  if (layer->type == NN_LAYER_CONVOLUTION || layer->type == NN_LAYER_FULLY_CONNECTED) {
    add_product(graph, model, index, input, output);
  } else {
    const char *const inputs[3] = {input, layer->type == NN_LAYER_ADD ? second : NULL};
    train_message node = start_node(types[layer->type], inputs, output);
    if (layer->kernel_height)
      add_window(&node, layer->kernel_height, layer->kernel_width, layer->stride, layer->padding);
    train_message_add_message(graph, GRAPH_NODE, &node);
  }
  add_rounding(graph, model, (int)index + 1);
}

/* ---- the file ---------------------------------------------------------------------------------------------------- */

/* What goes in or out: pictures of any number x sizes. */
static void add_value(train_message *graph, unsigned field, const char *name, const int *sizes, int count) {
  train_message value = {0}, type = {0}, tensor = {0}, shape = {0}, dimension = {0};
  train_message_add_text(&dimension, DIMENSION_NAME, "pictures");
  train_message_add_message(&shape, SHAPE_DIMENSION, &dimension);
  for (int i = 0; i < count; i++) {
    train_message_add_number(&dimension, DIMENSION_VALUE, (uint64_t)sizes[i]);
    train_message_add_message(&shape, SHAPE_DIMENSION, &dimension);
  }
  train_message_add_number(&tensor, TYPE_ELEMENT, ELEMENT_FLOAT);
  train_message_add_message(&tensor, TYPE_SHAPE, &shape);
  train_message_add_message(&type, TYPE_TENSOR, &tensor);
  train_message_add_text(&value, VALUE_NAME, name);
  train_message_add_message(&value, VALUE_TYPE, &type);
  train_message_add_message(graph, field, &value);
}

/* What a byte of 0 stands for. In int8 that is a whole number of steps, and nn's biases make up for the rest. */
static double picture_offset(const nn_model_spec *spec) {
  const nn_tensor_scale *rounded = spec->int8 ? &spec->int8->tensors[0] : NULL;
  return rounded ? -(double)rounded->scale * rounded->zero : -(double)spec->mean * (double)spec->scale;
}

static train_message make_graph(const nn_model_content *model) {
  const nn_model_spec *spec = &model->spec;
  const int classes = (int)spec->classes;
  const int picture[] = {spec->channels, spec->height, spec->width};
  char last[NAME_SIZE], normalised[NAME_SIZE];
  train_message graph = {0};
  train_message_add_text(&graph, GRAPH_NAME, "glyphlift");
  add_value(&graph, GRAPH_INPUT, INPUT, picture, 3);
  add_value(&graph, GRAPH_OUTPUT, LOGITS, &classes, 1);
  add_value(&graph, GRAPH_OUTPUT, PROBABILITIES, &classes, 1);
  add_scalar_node(&graph, "Mul", INPUT, "scale", (double)spec->scale / 255.0, "scaled");
  name_unrounded(normalised, model, 0);
  add_scalar_node(&graph, "Add", "scaled", "offset", picture_offset(spec), normalised);
  add_rounding(&graph, model, 0);
  for (size_t i = 0; i < spec->layer_count; i++) add_layer(&graph, model, i);
  name_tensor(last, logits_tensor(spec));
  train_message node = start_node("Flatten", (const char *const[]){last, NULL, NULL}, LOGITS);
  add_attribute(&node, "axis", 1);
  train_message_add_message(&graph, GRAPH_NODE, &node);
  add_scalar_node(&graph, "Mul", LOGITS, "inverse_temperature", 1.0 / spec->temperature, "calibrated");
  node = start_node("Softmax", (const char *const[]){"calibrated", NULL, NULL}, PROBABILITIES);
  add_attribute(&node, "axis", 1);
  train_message_add_message(&graph, GRAPH_NODE, &node);
  return graph;
}

static void add_metadata(train_message *file, const char *key, const char *value) {
  train_message entry = {0};
  train_message_add_text(&entry, ENTRY_KEY, key);
  train_message_add_text(&entry, ENTRY_VALUE, value);
  train_message_add_message(file, MODEL_METADATA, &entry);
}

static void add_class_names(train_message *file, const nn_model_spec *spec) {
  json_t *names = json_array();
  for (size_t i = 0; i < spec->classes; i++) json_array_append_new(names, json_string(spec->class_names[i]));
  char *text = json_array_size(names) == spec->classes ? json_dumps(names, JSON_COMPACT) : NULL;
  if (text)
    add_metadata(file, "class_names", text);
  else
    file->failed = 1;
  free(text);
  json_decref(names);
}

static train_message make_file(const nn_model_content *model) {
  char temperature[NAME_SIZE];
  train_message file = {0}, set = {0}, graph = make_graph(model);
  const int is_int8 = model->spec.int8 != NULL;
  train_message_add_number(&file, MODEL_IR_VERSION, is_int8 ? IR_VERSION_INT8 : IR_VERSION);
  train_message_add_text(&file, MODEL_PRODUCER_NAME, "glyphlift");
  train_message_add_text(&file, MODEL_PRODUCER_VERSION, GLYPH_VERSION);
  train_message_add_text(&file, MODEL_DOCUMENTATION,
                         "input: pictures x channels x height x width, float32, 0 for paper to 255 for ink; logits and "
                         "probabilities: pictures x classes");
  train_message_add_number(&set, OPERATOR_SET_VERSION, is_int8 ? OPERATOR_SET_INT8 : OPERATOR_SET);
  train_message_add_message(&file, MODEL_OPERATOR_SET, &set);
  train_message_add_message(&file, MODEL_GRAPH, &graph);
  add_class_names(&file, &model->spec);
  snprintf(temperature, sizeof temperature, "%.9g", model->spec.temperature);
  add_metadata(&file, "temperature", temperature);
  add_metadata(&file, "training_record", model->spec.training_record);
  return file;
}

/* Texts of the format are UTF-8; class names and training record may be anything. */
static int check_texts(const nn_model_spec *spec, train_error *error) {
  for (size_t i = 0; i <= spec->classes; i++) {
    json_t *text = json_string(i < spec->classes ? spec->class_names[i] : spec->training_record);
    if (!text)
      return train_fail(error, TRAIN_ERR_FORMAT, "the model's %s is not UTF-8 text, which ONNX asks for",
                        i < spec->classes ? "list of class names" : "training record");
    json_decref(text);
  }
  return TRAIN_OK;
}

int train_onnx_write(const nn_model_content *model, nn_precision precision, const char *path, train_error *error) {
  assert(precision != NN_PRECISION_INT8 || model->spec.int8);
  nn_model_content written = *model;
  nn_error failure = {0};
  int status = check_texts(&model->spec, error);
  if (status) return status;
  if (precision == NN_PRECISION_FP32) written.spec.int8 = NULL;
  train_message file = make_file(&written);
  status = file.failed ? train_fail_memory(error) : TRAIN_OK;
  if (!status && nn_file_write(path, file.data, file.size, &failure))
    status = train_fail(error, TRAIN_ERR_IO, "%s", failure.message);
  train_message_free(&file);
  return status;
}
