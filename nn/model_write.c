/* Writes model files (model_format.h). What comes out is opened again before anyone sees it. */
#include "model_write.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "crc.h"
#include "error.h"
#include "file.h"
#include "graph.h"

static uint8_t *write_u32(uint8_t *to, uint32_t value) {
  for (int i = 0; i < 4; i++) to[i] = (uint8_t)(value >> 8 * i);
  return to + 4;
}

static uint8_t *write_u64(uint8_t *to, uint64_t value) {
  return write_u32(write_u32(to, (uint32_t)value), (uint32_t)(value >> 32));
}

static uint8_t *write_f32(uint8_t *to, float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  return write_u32(to, bits);
}

static uint8_t *write_f64(uint8_t *to, double value) {
  uint64_t bits;
  memcpy(&bits, &value, sizeof bits);
  return write_u64(to, bits);
}

static uint8_t *write_floats(uint8_t *to, const float *values, size_t count) {
  for (size_t i = 0; i < count; i++) to = write_f32(to, values[i]);
  return to;
}

typedef struct sizes {
  size_t header, names, record, texts, weights, outputs, file;
} sizes;

static sizes measure(const nn_model_spec *spec, const nn_layer *layers, size_t weight_count) {
  sizes s = {.header = spec->int8 ? NN_MODEL_HEADER_SIZE_INT8 : NN_MODEL_HEADER_SIZE,
             .weights = weight_count,
             .record = strlen(spec->training_record) + 1};
  for (size_t i = 0; i < spec->classes; i++) s.names += strlen(spec->class_names[i]) + 1;
  s.texts = (s.names + s.record + 3) / 4 * 4;
  for (size_t i = 0; i < spec->layer_count; i++) s.outputs += layers[i].bias_count;
  s.file = s.header + s.texts + spec->layer_count * NN_MODEL_LAYER_SIZE + weight_count * 4;
  if (spec->int8) s.file += (spec->layer_count + 1 + s.outputs) * NN_MODEL_SCALE_SIZE;
  return s;
}

/* The checksum stays 0. */
static void write_header(uint8_t *to, const nn_model_spec *spec, const sizes *s) {
  memcpy(to, NN_MODEL_MAGIC, NN_MODEL_MAGIC_SIZE);
  to = write_u32(to + NN_MODEL_MAGIC_SIZE, spec->int8 ? NN_MODEL_VERSION_INT8 : NN_MODEL_VERSION);
  to = write_u32(to, (uint32_t)s->header);
  to = write_u64(to, s->file);
  to = write_u32(to, 0);
  to = write_u32(to, (uint32_t)spec->height);
  to = write_u32(to, (uint32_t)spec->width);
  to = write_u32(to, (uint32_t)spec->channels);
  to = write_f32(to, spec->mean);
  to = write_f32(to, spec->scale);
  to = write_f64(to, spec->temperature);
  to = write_u32(to, (uint32_t)spec->classes);
  to = write_u32(to, (uint32_t)spec->layer_count);
  to = write_u32(to, (uint32_t)s->names);
  to = write_u32(to, (uint32_t)s->record);
  to = write_u64(to, s->weights);
  if (spec->int8) write_u64(to, s->outputs);
}

static void write_texts(uint8_t *to, const nn_model_spec *spec) {
  for (size_t i = 0; i < spec->classes; i++) {
    const size_t size = strlen(spec->class_names[i]) + 1;
    memcpy(to, spec->class_names[i], size);
    to += size;
  }
  memcpy(to, spec->training_record, strlen(spec->training_record) + 1);
}

static uint8_t *write_layer(uint8_t *to, const nn_layer_spec *layer) {
  int field[NN_FIELD_COUNT];
  field[NN_FIELD_TYPE] = (int)layer->type;
  field[NN_FIELD_INPUT] = layer->input;
  field[NN_FIELD_SECOND_INPUT] = layer->second_input;
  field[NN_FIELD_KERNEL_HEIGHT] = layer->kernel_height;
  field[NN_FIELD_KERNEL_WIDTH] = layer->kernel_width;
  field[NN_FIELD_STRIDE] = layer->stride;
  field[NN_FIELD_PADDING] = layer->padding;
  field[NN_FIELD_OUTPUTS] = layer->outputs;
  for (size_t f = 0; f < NN_FIELD_COUNT; f++) to = write_u32(to, (uint32_t)field[f]);
  return to;
}

static void write_int8(uint8_t *to, const nn_model_spec *spec, size_t outputs) {
  for (size_t t = 0; t <= spec->layer_count; t++) {
    to = write_f32(to, spec->int8->tensors[t].scale);
    to = write_u32(to, (uint32_t)spec->int8->tensors[t].zero);
  }
  for (size_t o = 0; o < outputs; o++) {
    to = write_f32(to, spec->int8->outputs[o].scale);
    to = write_u32(to, (uint32_t)spec->int8->outputs[o].bias);
  }
}

/* Shapes of all layers, which say how many weights there are. */
static int infer(const nn_model_spec *spec, nn_layer *layers, size_t *weight_count, nn_error *error) {
  for (size_t i = 0; i < spec->layer_count; i++) {
    const nn_layer_spec *from = &spec->layers[i];
    layers[i] = (nn_layer){.type = from->type,
                           .input = from->input,
                           .second_input = from->second_input,
                           .kernel_height = from->kernel_height,
                           .kernel_width = from->kernel_width,
                           .stride = from->stride,
                           .padding = from->padding,
                           .outputs = from->outputs};
  }
  const nn_shape picture = {spec->height, spec->width, spec->channels};
  const int status = nn_graph_infer(picture, layers, spec->layer_count, spec->classes, weight_count, error);
  for (size_t i = 0; status == NN_OK && i < spec->layer_count; i++)
    if (layers[i].weight_count > 0 && (!spec->layers[i].weights || !spec->layers[i].bias))
      return nn_error_set(error, NN_ERR_ARGUMENT, "layer %zu: no weights or no biases given", i + 1);
  return status;
}

static void write_all(uint8_t *data, const nn_model_spec *spec, const nn_layer *layers, const sizes *s) {
  const size_t after = NN_MODEL_CHECKSUM_OFFSET + NN_MODEL_CHECKSUM_SIZE;
  uint8_t *to = data + s->header + s->texts;
  write_header(data, spec, s);
  write_texts(data + s->header, spec);
  for (size_t i = 0; i < spec->layer_count; i++) to = write_layer(to, &spec->layers[i]);
  for (size_t i = 0; i < spec->layer_count; i++) {
    to = write_floats(to, spec->layers[i].weights, layers[i].weight_count);
    to = write_floats(to, spec->layers[i].bias, layers[i].bias_count);
  }
  if (spec->int8) write_int8(to, spec, s->outputs);
  write_u32(data + NN_MODEL_CHECKSUM_OFFSET,
            nn_crc32(nn_crc32(0, data, NN_MODEL_CHECKSUM_OFFSET), data + after, s->file - after));
}

int nn_model_write_memory(const nn_model_spec *spec, void **data, size_t *size, nn_error *error) {
  assert(spec && data && size);
  nn_layer *layers = NULL;
  nn_model *model = NULL;
  size_t weight_count;
  int status;
  *data = NULL;
  *size = 0;
  if (spec->layer_count < 1 || spec->layer_count > NN_MAX_LAYERS || spec->classes > NN_MAX_SIZE)
    return nn_error_set(error, NN_ERR_ARGUMENT, "%zu layers and %zu classes, expected 1 to %d and at most %d",
                        spec->layer_count, spec->classes, NN_MAX_LAYERS, NN_MAX_SIZE);
  layers = calloc(spec->layer_count, sizeof *layers);
  if (!layers) return nn_error_memory(error);
  status = infer(spec, layers, &weight_count, error);
  if (status != NN_OK) goto done;
  const sizes s = measure(spec, layers, weight_count);
  *data = calloc(1, s.file);
  if (!*data) {
    status = nn_error_memory(error);
    goto done;
  }
  *size = s.file;
  write_all(*data, spec, layers, &s);
  status = nn_model_open_memory(&model, *data, *size, error);
done:
  if (status != NN_OK) {
    free(*data);
    *data = NULL;
    *size = 0;
  }
  nn_model_close(&model);
  free(layers);
  return status;
}

int nn_model_write_file(const nn_model_spec *spec, const char *path, nn_error *error) {
  void *data;
  size_t size;
  assert(path);
  int status = nn_model_write_memory(spec, &data, &size, error);
  if (status != NN_OK) {
    nn_error_name_file(error, path);
    return status;
  }
  status = nn_file_write(path, data, size, error);
  free(data);
  return status;
}
