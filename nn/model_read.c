/* Reads model files (model_format.h). Nothing is believed before it is checked: first what the file is, then its size
 * and checksum, then every count against the bytes that are there, then the chain of layers; only then is memory taken
 * for what they say. */
#include "model_read.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "crc.h"
#include "error.h"
#include "file.h"
#include "int8.h"

typedef struct header {
  uint64_t file_size, weight_count, output_count;
  uint32_t version, header_size, checksum;
  uint32_t height, width, channels, classes, layers, names_size, record_size;
  float mean, scale;
  double temperature;
} header;

static uint32_t read_u32(const uint8_t *from) {
  return (uint32_t)from[0] | (uint32_t)from[1] << 8 | (uint32_t)from[2] << 16 | (uint32_t)from[3] << 24;
}

static uint64_t read_u64(const uint8_t *from) {
  return read_u32(from) | (uint64_t)read_u32(from + 4) << 32;
}

static float read_f32(const uint8_t *from) {
  const uint32_t bits = read_u32(from);
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

static double read_f64(const uint8_t *from) {
  const uint64_t bits = read_u64(from);
  double value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

static header read_header(const uint8_t *data) {
  return (header){
      .version = read_u32(data + 8),
      .header_size = read_u32(data + 12),
      .file_size = read_u64(data + 16),
      .checksum = read_u32(data + 24),
      .height = read_u32(data + 28),
      .width = read_u32(data + 32),
      .channels = read_u32(data + 36),
      .mean = read_f32(data + 40),
      .scale = read_f32(data + 44),
      .temperature = read_f64(data + 48),
      .classes = read_u32(data + 56),
      .layers = read_u32(data + 60),
      .names_size = read_u32(data + 64),
      .record_size = read_u32(data + 68),
      .weight_count = read_u64(data + 72),
  };
}

static uint32_t checksum_of(const uint8_t *data, size_t size) {
  const size_t after = NN_MODEL_CHECKSUM_OFFSET + NN_MODEL_CHECKSUM_SIZE;
  return nn_crc32(nn_crc32(0, data, NN_MODEL_CHECKSUM_OFFSET), data + after, size - after);
}

static size_t header_size(const header *h) {
  return h->version == NN_MODEL_VERSION_INT8 ? NN_MODEL_HEADER_SIZE_INT8 : NN_MODEL_HEADER_SIZE;
}

/* Is it a model file, of a known version, whole? */
static int check_file(const uint8_t *data, size_t size, int trusted, header *h, nn_error *error) {
  if (size < NN_MODEL_MAGIC_SIZE || memcmp(data, NN_MODEL_MAGIC, NN_MODEL_MAGIC_SIZE) != 0)
    return nn_error_set(error, NN_ERR_FORMAT, "not a glyphlift model file (its first bytes are others)");
  if (size < NN_MODEL_HEADER_SIZE)
    return nn_error_set(error, NN_ERR_FORMAT, "the model file is cut short: %zu bytes, expected at least %d", size,
                        NN_MODEL_HEADER_SIZE);
  *h = read_header(data);
  if (h->version != NN_MODEL_VERSION && h->version != NN_MODEL_VERSION_INT8)
    return nn_error_set(error, NN_ERR_VERSION, "model file version %u, this program reads versions %d and %d",
                        h->version, NN_MODEL_VERSION, NN_MODEL_VERSION_INT8);
  if (h->header_size != header_size(h))
    return nn_error_set(error, NN_ERR_FORMAT, "the model file's header has %u bytes, expected %zu", h->header_size,
                        header_size(h));
  if (h->file_size != size)
    return nn_error_set(error, NN_ERR_FORMAT, "the model file is %s: %zu bytes, expected %llu",
                        size < h->file_size ? "cut short" : "followed by other data", size,
                        (unsigned long long)h->file_size);
  if (h->version == NN_MODEL_VERSION_INT8 && size >= NN_MODEL_HEADER_SIZE_INT8)
    h->output_count = read_u64(data + NN_MODEL_HEADER_SIZE);
  if (!trusted && h->checksum != checksum_of(data, size))
    return nn_error_set(error, NN_ERR_CHECKSUM, "the model file is damaged: its checksum is %08x, expected %08x",
                        checksum_of(data, size), h->checksum);
  return NN_OK;
}

static size_t text_size(const header *h) {
  return ((size_t)h->names_size + h->record_size + 3) / 4 * 4;
}

/* Do the counts add up to the file's size, and are the values of use? */
static int check_header(const header *h, nn_error *error) {
  if (h->height > NN_MAX_SIZE || h->width > NN_MAX_SIZE || h->channels > NN_MAX_SIZE || h->classes < 1 ||
      h->classes > NN_MAX_SIZE || h->layers < 1 || h->layers > NN_MAX_LAYERS || h->names_size > NN_MAX_TEXT ||
      h->record_size < 1 || h->record_size > NN_MAX_TEXT || h->weight_count > h->file_size / 4 ||
      h->output_count > h->file_size / 4)
    return nn_error_set(error, NN_ERR_FORMAT, "the model file's header has a count that is out of range");
  const uint64_t scales = h->version == NN_MODEL_VERSION_INT8 ? h->layers + 1 + h->output_count : 0;
  const uint64_t expected = header_size(h) + text_size(h) + (uint64_t)h->layers * NN_MODEL_LAYER_SIZE +
                            h->weight_count * 4 + scales * NN_MODEL_SCALE_SIZE;
  if (expected != h->file_size)
    return nn_error_set(error, NN_ERR_FORMAT, "the model file's parts take %llu bytes, but it has %llu",
                        (unsigned long long)expected, (unsigned long long)h->file_size);
  if (!isfinite(h->mean) || !isfinite(h->scale) || !isfinite(h->temperature) || h->temperature <= 0)
    return nn_error_set(error, NN_ERR_FORMAT, "the model file's mean, scale or temperature is out of range");
  return NN_OK;
}

/* Copies the texts and finds the class names in them. */
static int read_texts(nn_model_content *content, const uint8_t *data, const header *h, nn_error *error) {
  const size_t size = (size_t)h->names_size + h->record_size;
  content->text = malloc(size);
  content->class_names = calloc(h->classes, sizeof *content->class_names);
  if (!content->text || !content->class_names) return nn_error_memory(error);
  memcpy(content->text, data, size);
  size_t at = 0, names = 0;
  while (at < h->names_size && names < h->classes) {
    const char *end = memchr(content->text + at, 0, h->names_size - at);
    if (!end) break;
    content->class_names[names++] = content->text + at;
    at = (size_t)(end - content->text) + 1;
  }
  if (at != h->names_size || names != h->classes)
    return nn_error_set(error, NN_ERR_FORMAT, "the model file's class names are not %u texts", h->classes);
  const char *record = content->text + h->names_size;
  if (memchr(record, 0, h->record_size) != record + h->record_size - 1)
    return nn_error_set(error, NN_ERR_FORMAT, "the model file's training record is not one text");
  for (size_t i = size; i < text_size(h); i++)
    if (data[i] != 0) return nn_error_set(error, NN_ERR_FORMAT, "the model file has data between its texts and layers");
  content->spec.training_record = record;
  return NN_OK;
}

static int read_layers(nn_layer *layers, const uint8_t *data, const header *h, nn_error *error) {
  for (size_t i = 0; i < h->layers; i++) {
    int field[NN_FIELD_COUNT];
    for (size_t f = 0; f < NN_FIELD_COUNT; f++) {
      const uint32_t value = read_u32(data + i * NN_MODEL_LAYER_SIZE + 4 * f);
      if (value > NN_MAX_SIZE)
        return nn_error_set(error, NN_ERR_FORMAT, "layer %zu: a field is %u, expected at most %d", i + 1, value,
                            NN_MAX_SIZE);
      field[f] = (int)value;
    }
    layers[i] = (nn_layer){.type = (nn_layer_type)field[NN_FIELD_TYPE],
                           .input = field[NN_FIELD_INPUT],
                           .second_input = field[NN_FIELD_SECOND_INPUT],
                           .kernel_height = field[NN_FIELD_KERNEL_HEIGHT],
                           .kernel_width = field[NN_FIELD_KERNEL_WIDTH],
                           .stride = field[NN_FIELD_STRIDE],
                           .padding = field[NN_FIELD_PADDING],
                           .outputs = field[NN_FIELD_OUTPUTS]};
  }
  return NN_OK;
}

static int read_weights(float *weights, const uint8_t *data, size_t count, nn_error *error) {
  for (size_t i = 0; i < count; i++) {
    weights[i] = read_f32(data + 4 * i);
    if (!isfinite(weights[i]))
      return nn_error_set(error, NN_ERR_FORMAT, "the model file's weight %zu is not a finite number", i);
  }
  return NN_OK;
}

/* Steps far too large or small for any network: their products and quotients stay finite and above 0. */
static int is_scale(float value) {
  return value >= 1e-12f && value <= 1e12f;
}

/* The scales of tensors, then those of outputs. */
static int read_int8(nn_model_content *content, const uint8_t *data, const header *h, nn_error *error) {
  size_t outputs = 0;
  for (size_t i = 0; i < h->layers; i++) {
    const nn_layer *layer = &content->layers[i];
    outputs += layer->bias_count;
    if (layer->bias_count && layer->weight_count / layer->bias_count > NN_INT8_MAX_FILTER)
      return nn_error_set(error, NN_ERR_FORMAT, "layer %zu: %zu inputs an output, in int8 at most %d", i + 1,
                          layer->weight_count / layer->bias_count, NN_INT8_MAX_FILTER);
  }
  if (outputs != h->output_count)
    return nn_error_set(error, NN_ERR_FORMAT, "the model file's int8 part is for %llu outputs, but its layers have %zu",
                        (unsigned long long)h->output_count, outputs);
  content->tensor_scales = calloc(h->layers + 1, sizeof *content->tensor_scales);
  content->output_scales = calloc(outputs + 1, sizeof *content->output_scales);
  if (!content->tensor_scales || !content->output_scales) return nn_error_memory(error);
  for (size_t t = 0; t <= h->layers; t++, data += NN_MODEL_SCALE_SIZE) {
    const uint32_t zero = read_u32(data + 4);
    content->tensor_scales[t] = (nn_tensor_scale){read_f32(data), (int)(zero & NN_INT8_MAX)};
    if (!is_scale(content->tensor_scales[t].scale) || zero > NN_INT8_MAX)
      return nn_error_set(error, NN_ERR_FORMAT, "the model file's int8 scale or zero of tensor %zu is out of range", t);
  }
  for (size_t o = 0; o < outputs; o++, data += NN_MODEL_SCALE_SIZE) {
    content->output_scales[o] = (nn_output_scale){read_f32(data), (int32_t)read_u32(data + 4)};
    if (!is_scale(content->output_scales[o].scale) || content->output_scales[o].bias > NN_INT8_MAX_BIAS ||
        content->output_scales[o].bias < -NN_INT8_MAX_BIAS)
      return nn_error_set(error, NN_ERR_FORMAT, "the model file's int8 scale or bias of output %zu is out of range", o);
  }
  content->int8 = (nn_int8_spec){content->tensor_scales, content->output_scales};
  content->spec.int8 = &content->int8;
  return NN_OK;
}

/* What the header says, and layer for layer the fields and where the weights are. */
static void fill_spec(nn_model_content *content, const header *h) {
  const float *next = content->weights;
  content->spec = (nn_model_spec){.height = (int)h->height,
                                  .width = (int)h->width,
                                  .channels = (int)h->channels,
                                  .mean = h->mean,
                                  .scale = h->scale,
                                  .temperature = h->temperature,
                                  .classes = h->classes,
                                  .class_names = content->class_names,
                                  .training_record = content->spec.training_record,
                                  .layers = content->layer_specs,
                                  .layer_count = h->layers};
  for (size_t i = 0; i < h->layers; i++) {
    const nn_layer *layer = &content->layers[i];
    content->layer_specs[i] = (nn_layer_spec){.type = layer->type,
                                              .input = layer->input,
                                              .second_input = layer->second_input,
                                              .kernel_height = layer->kernel_height,
                                              .kernel_width = layer->kernel_width,
                                              .stride = layer->stride,
                                              .padding = layer->padding,
                                              .outputs = layer->outputs};
    if (layer->weight_count == 0) continue;
    content->layer_specs[i].weights = next;
    content->layer_specs[i].bias = next + layer->weight_count;
    next += layer->weight_count + layer->bias_count;
  }
}

/* Trusted weights stay where they are, if the machine can read them there. */
static int take_weights(nn_model_content *content, const uint8_t *data, int trusted, nn_error *error) {
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
  if (trusted && (uintptr_t)data % sizeof(float) == 0) {
    content->weights = (const float *)(const void *)data;
    return NN_OK;
  }
#endif
  content->weight_memory = malloc((content->weight_count + 1) * sizeof(float)); /* there may be none: not malloc(0) */
  content->weights = content->weight_memory;
  if (!content->weights) return nn_error_memory(error);
  return read_weights(content->weight_memory, data, content->weight_count, error);
}

/* data is known to be as large as the header says. */
static int read_content(nn_model_content *content, const uint8_t *data, const header *h, int trusted, nn_error *error) {
  const uint8_t *layer_data = data + header_size(h) + text_size(h);
  const uint8_t *weight_data = layer_data + (size_t)h->layers * NN_MODEL_LAYER_SIZE;
  const nn_shape picture = {(int)h->height, (int)h->width, (int)h->channels};
  size_t weight_count = 0;
  content->layers = calloc(h->layers, sizeof *content->layers);
  content->layer_specs = calloc(h->layers, sizeof *content->layer_specs);
  content->weight_count = (size_t)h->weight_count;
  content->checksum = h->checksum;
  if (!content->layers || !content->layer_specs) return nn_error_memory(error);
  int status = read_texts(content, data + header_size(h), h, error);
  if (status == NN_OK) status = read_layers(content->layers, layer_data, h, error);
  if (status == NN_OK) status = nn_graph_infer(picture, content->layers, h->layers, h->classes, &weight_count, error);
  if (status == NN_OK && weight_count != h->weight_count)
    status = nn_error_set(error, NN_ERR_FORMAT, "the model file has %llu weights, but its layers take %zu",
                          (unsigned long long)h->weight_count, weight_count);
  if (status == NN_OK) status = take_weights(content, weight_data, trusted, error);
  if (status == NN_OK) fill_spec(content, h);
  if (status == NN_OK && h->version == NN_MODEL_VERSION_INT8)
    status = read_int8(content, weight_data + weight_count * 4, h, error);
  return status;
}

static int read_memory(nn_model_content *out, const void *data, size_t size, int trusted, nn_error *error) {
  header h = {0};
  assert(out && (data || size == 0));
  *out = (nn_model_content){0};
  int status = check_file(data, size, trusted, &h, error);
  if (status == NN_OK) status = check_header(&h, error);
  if (status == NN_OK) status = read_content(out, data, &h, trusted, error);
  if (status != NN_OK) nn_model_content_free(out);
  return status;
}

int nn_model_read_memory(nn_model_content *out, const void *data, size_t size, nn_error *error) {
  return read_memory(out, data, size, 0, error);
}

int nn_model_read_trusted(nn_model_content *out, const void *data, size_t size, nn_error *error) {
  return read_memory(out, data, size, 1, error);
}

int nn_model_read_file(nn_model_content *out, const char *path, nn_error *error) {
  void *data;
  size_t size;
  assert(out && path);
  *out = (nn_model_content){0};
  int status = nn_file_read(path, &data, &size, error);
  if (status != NN_OK) return status;
  status = nn_model_read_memory(out, data, size, error);
  if (status != NN_OK) nn_error_name_file(error, path);
  free(data);
  return status;
}

void nn_model_content_free(nn_model_content *content) {
  free(content->layers);
  free(content->layer_specs);
  free(content->weight_memory);
  free(content->tensor_scales);
  free(content->output_scales);
  free(content->text);
  free(content->class_names);
  *content = (nn_model_content){0};
}
