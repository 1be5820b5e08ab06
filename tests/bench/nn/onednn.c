/* oneDNN (its C interface of version 2): the network built from the model file, relus fused into the layer before, data
 * in the formats that it asks for, reordered where two primitives disagree. */
#include <oneapi/dnnl/dnnl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "peers.h"

enum { MAX_PRIMITIVES = 64, MAX_ARGUMENTS = 4 };

typedef struct step {
  dnnl_primitive_t primitive;
  int count;
  dnnl_exec_arg_t arguments[MAX_ARGUMENTS];
} step;

typedef struct network {
  const nn_model_content *content;
  size_t batch;
  dnnl_engine_t engine;
  dnnl_stream_t stream;
  step steps[MAX_PRIMITIVES];
  size_t step_count;
  dnnl_memory_t memories[4 * MAX_PRIMITIVES]; /* owned */
  size_t memory_count;
  dnnl_memory_t input, logits;
} network;

/* On failure NULL, and so is everything made of it. */
static dnnl_memory_t make_memory(network *n, const dnnl_memory_desc_t *description) {
  dnnl_memory_t memory = NULL;
  if (n->memory_count == sizeof n->memories / sizeof *n->memories ||
      dnnl_memory_create(&memory, description, n->engine, DNNL_MEMORY_ALLOCATE) != dnnl_success)
    return NULL;
  n->memories[n->memory_count++] = memory;
  return memory;
}

static dnnl_memory_desc_t describe(const dnnl_dim_t *sizes, int rank, dnnl_format_tag_t tag) {
  dnnl_memory_desc_t description;
  dnnl_dims_t all = {0};
  memcpy(all, sizes, (size_t)rank * sizeof *sizes);
  memset(&description, 0, sizeof description);
  dnnl_memory_desc_init_by_tag(&description, rank, all, dnnl_f32, tag);
  return description;
}

static dnnl_memory_t plain_memory(network *n, const float *values, const dnnl_dim_t *sizes, int rank,
                                  dnnl_format_tag_t tag) {
  const dnnl_memory_desc_t description = describe(sizes, rank, tag);
  dnnl_memory_t memory = make_memory(n, &description);
  void *data = NULL;
  if (memory && values && dnnl_memory_get_data_handle(memory, &data) == dnnl_success)
    memcpy(data, values, dnnl_memory_desc_get_size(&description));
  return memory;
}

static int add_step(network *n, const_dnnl_primitive_desc_t description, const dnnl_exec_arg_t *arguments, int count) {
  if (n->step_count == MAX_PRIMITIVES) return -1;
  step *s = &n->steps[n->step_count];
  for (int i = 0; i < count; i++)
    if (!(s->arguments[i] = arguments[i]).memory) return -1;
  s->count = count;
  if (dnnl_primitive_create(&s->primitive, description) != dnnl_success) return -1;
  n->step_count++;
  return 0;
}

static const dnnl_memory_desc_t *description_of(dnnl_memory_t memory) {
  const dnnl_memory_desc_t *description = NULL;
  dnnl_memory_get_memory_desc(memory, &description);
  return description;
}

/* `memory` in the format wanted: itself, or a new one that a step fills; if only_now the step is done at once. */
static dnnl_memory_t reorder(network *n, dnnl_memory_t memory, const dnnl_memory_desc_t *wanted, int only_now) {
  dnnl_primitive_desc_t description;
  if (!memory || dnnl_memory_desc_equal(description_of(memory), wanted)) return memory;
  dnnl_memory_t to = make_memory(n, wanted);
  if (!to || dnnl_reorder_primitive_desc_create(&description, description_of(memory), n->engine, wanted, n->engine,
                                                NULL) != dnnl_success)
    return NULL;
  const dnnl_exec_arg_t arguments[] = {{DNNL_ARG_FROM, memory}, {DNNL_ARG_TO, to}};
  const int bad = add_step(n, description, arguments, 2);
  dnnl_primitive_desc_destroy(description);
  if (bad) return NULL;
  if (only_now) {
    step *s = &n->steps[--n->step_count];
    dnnl_primitive_execute(s->primitive, n->stream, s->count, s->arguments);
    dnnl_stream_wait(n->stream);
    dnnl_primitive_destroy(s->primitive);
  }
  return to;
}

static const dnnl_memory_desc_t *query(const_dnnl_primitive_desc_t description, dnnl_query_t what) {
  return dnnl_primitive_desc_query_md(description, what, 0);
}

/* A convolution or fully connected layer with its relu. */
static dnnl_memory_t add_product(network *n, size_t index, dnnl_memory_t in, nn_shape in_shape, int relu) {
  const nn_layer *layer = &n->content->layers[index];
  const nn_layer_spec *spec = &n->content->spec.layers[index];
  const int full = layer->type == NN_LAYER_FULLY_CONNECTED;
  const int rank = description_of(in)->ndims; /* 2 behind a fully connected layer */
  const dnnl_dim_t batch = (dnnl_dim_t)n->batch, outputs = layer->outputs;
  const dnnl_dim_t src[] = {batch, in_shape.channels, in_shape.height, in_shape.width};
  const dnnl_dim_t dst[] = {batch, outputs, layer->shape.height, layer->shape.width};
  const dnnl_dim_t weights[] = {outputs, in_shape.channels, full ? in_shape.height : layer->kernel_height,
                                full ? in_shape.width : layer->kernel_width};
  const dnnl_dims_t strides = {full ? 1 : layer->stride, full ? 1 : layer->stride};
  const dnnl_dims_t padding = {layer->padding, layer->padding};
  const dnnl_memory_desc_t any_src = describe(src, rank, dnnl_format_tag_any);
  const dnnl_memory_desc_t any_weights = describe(weights, rank, dnnl_format_tag_any);
  const dnnl_memory_desc_t bias = describe(&outputs, 1, dnnl_a);
  const dnnl_memory_desc_t any_dst = describe(dst, full ? 2 : 4, dnnl_format_tag_any);
  dnnl_convolution_desc_t conv;
  dnnl_inner_product_desc_t product;
  dnnl_primitive_attr_t attributes;
  dnnl_post_ops_t after;
  dnnl_primitive_desc_t description;
  if (full)
    dnnl_inner_product_forward_desc_init(&product, dnnl_forward_inference, &any_src, &any_weights, &bias, &any_dst);
  else
    dnnl_convolution_forward_desc_init(&conv, dnnl_forward_inference, dnnl_convolution_direct, &any_src, &any_weights,
                                       &bias, &any_dst, strides, padding, padding);
  dnnl_primitive_attr_create(&attributes);
  dnnl_post_ops_create(&after);
  if (relu) dnnl_post_ops_append_eltwise(after, 1, dnnl_eltwise_relu, 0, 0);
  dnnl_primitive_attr_set_post_ops(attributes, after);
  const dnnl_status_t status =
      dnnl_primitive_desc_create(&description, full ? (const void *)&product : &conv, attributes, n->engine, NULL);
  dnnl_post_ops_destroy(after);
  dnnl_primitive_attr_destroy(attributes);
  if (status != dnnl_success) return NULL;
  dnnl_memory_t out = make_memory(n, query(description, dnnl_query_dst_md));
  dnnl_memory_t plain = plain_memory(n, spec->weights, weights, rank, rank == 2 ? dnnl_ab : dnnl_acdb);
  const dnnl_exec_arg_t arguments[] = {
      {DNNL_ARG_SRC, reorder(n, in, query(description, dnnl_query_src_md), 0)},
      {DNNL_ARG_WEIGHTS, reorder(n, plain, query(description, dnnl_query_weights_md), 1)},
      {DNNL_ARG_BIAS, plain_memory(n, spec->bias, &outputs, 1, dnnl_a)},
      {DNNL_ARG_DST, out}};
  const int bad = add_step(n, description, arguments, 4);
  dnnl_primitive_desc_destroy(description);
  return bad ? NULL : out;
}

static dnnl_memory_t add_pool(network *n, const nn_layer *layer, dnnl_memory_t in) {
  const dnnl_dim_t dst[] = {(dnnl_dim_t)n->batch, layer->shape.channels, layer->shape.height, layer->shape.width};
  const dnnl_dims_t strides = {layer->stride, layer->stride}, padding = {layer->padding, layer->padding};
  const dnnl_dims_t kernel = {layer->kernel_height, layer->kernel_width};
  const dnnl_memory_desc_t any_dst = describe(dst, 4, dnnl_format_tag_any);
  dnnl_pooling_desc_t pool;
  dnnl_primitive_desc_t description;
  dnnl_pooling_forward_desc_init(&pool, dnnl_forward_inference,
                                 layer->type == NN_LAYER_MAX_POOL ? dnnl_pooling_max : dnnl_pooling_avg_exclude_padding,
                                 description_of(in), &any_dst, strides, kernel, padding, padding);
  if (dnnl_primitive_desc_create(&description, &pool, NULL, n->engine, NULL) != dnnl_success) return NULL;
  dnnl_memory_t out = make_memory(n, query(description, dnnl_query_dst_md));
  const dnnl_exec_arg_t arguments[] = {{DNNL_ARG_SRC, in}, {DNNL_ARG_DST, out}};
  const int bad = add_step(n, description, arguments, 2);
  dnnl_primitive_desc_destroy(description);
  return bad ? NULL : out;
}

/* 0, or -1 where a layer is none of those that are built here: chains only. */
static int build(network *n) {
  const nn_model_spec *spec = &n->content->spec;
  const nn_shape picture = {spec->height, spec->width, spec->channels};
  const dnnl_dim_t sizes[] = {(dnnl_dim_t)n->batch, picture.channels, picture.height, picture.width};
  const dnnl_dim_t classes[] = {(dnnl_dim_t)n->batch, (dnnl_dim_t)spec->classes};
  dnnl_memory_t at = n->input = plain_memory(n, NULL, sizes, 4, dnnl_abcd);
  for (size_t i = 0; i < spec->layer_count && at; i++) {
    const nn_layer *layer = &n->content->layers[i];
    const int relu = i + 1 < spec->layer_count && n->content->layers[i + 1].type == NN_LAYER_RELU;
    if (layer->input != (int)i) return -1;
    if (layer->type == NN_LAYER_CONVOLUTION || layer->type == NN_LAYER_FULLY_CONNECTED) {
      at = add_product(n, i, at, nn_graph_tensor(picture, n->content->layers, (int)i), relu);
    } else if (layer->type == NN_LAYER_MAX_POOL || layer->type == NN_LAYER_AVERAGE_POOL) {
      at = add_pool(n, layer, at);
    } else if (layer->type != NN_LAYER_RELU && layer->type != NN_LAYER_SOFTMAX) {
      return -1;
    }
  }
  if (!at) return -1;
  const int flat = description_of(at)->ndims == 2;
  const dnnl_dim_t classes4[] = {classes[0], classes[1], 1, 1};
  const dnnl_memory_desc_t plain = flat ? describe(classes, 2, dnnl_ab) : describe(classes4, 4, dnnl_abcd);
  n->logits = reorder(n, at, &plain, 0);
  return n->logits ? 0 : -1;
}

static void close_network(void *state) {
  network *n = state;
  for (size_t i = 0; i < n->step_count; i++) dnnl_primitive_destroy(n->steps[i].primitive);
  for (size_t i = 0; i < n->memory_count; i++) dnnl_memory_destroy(n->memories[i]);
  if (n->stream) dnnl_stream_destroy(n->stream);
  if (n->engine) dnnl_engine_destroy(n->engine);
  free(n);
}

static void *open_network(const peer_network *from, size_t batch, char *message) {
  network *n = calloc(1, sizeof *n);
  if (!n) return NULL;
  n->content = from->content;
  n->batch = batch;
  if (dnnl_engine_create(&n->engine, dnnl_cpu, 0) != dnnl_success ||
      dnnl_stream_create(&n->stream, n->engine, dnnl_stream_default_flags) != dnnl_success || build(n)) {
    snprintf(message, PEER_MESSAGE, "the network could not be built");
    close_network(n);
    return NULL;
  }
  return n;
}

/* The model's normalisation is done here, as the other peers find it in the file. */
static int run(void *state, const float *input, float *logits) {
  network *n = state;
  const nn_model_spec *spec = &n->content->spec;
  const size_t count = n->batch * (size_t)(spec->height * spec->width * spec->channels);
  const float factor = spec->scale / 255, offset = -spec->mean * spec->scale;
  void *data;
  dnnl_memory_get_data_handle(n->input, &data);
  for (size_t i = 0; i < count; i++) ((float *)data)[i] = input[i] * factor + offset;
  for (size_t i = 0; i < n->step_count; i++)
    if (dnnl_primitive_execute(n->steps[i].primitive, n->stream, n->steps[i].count, n->steps[i].arguments) !=
        dnnl_success)
      return -1;
  dnnl_stream_wait(n->stream);
  dnnl_memory_get_data_handle(n->logits, &data);
  memcpy(logits, data, n->batch * spec->classes * sizeof *logits);
  return 0;
}

const peer peer_onednn = {"oneDNN", 0, open_network, run, close_network};
