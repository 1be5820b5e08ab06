/* ONNX Runtime's C library, loaded when asked for: GLYPHLIFT_ONNXRUNTIME names it, otherwise libonnxruntime.so.1 is
 * looked for where the system keeps libraries. Its header is not needed: OrtApi is a table of functions to which every
 * version appends, so that the few used here are known by their places in it (onnxruntime_c_api.h). */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "peers.h"

enum {
  API_VERSION = 11,
  TENSOR_FLOAT = 1,
  LOG_ERRORS = 3,
  OPTIMIZE_ALL = 99,
  DEVICE_ALLOCATOR = 0,
  MEMORY_DEFAULT = 0
};

typedef enum place {
  GET_ERROR_MESSAGE = 2,
  CREATE_ENV = 3,
  CREATE_SESSION = 7,
  RUN = 9,
  CREATE_SESSION_OPTIONS = 10,
  SET_OPTIMIZATION = 23,
  SET_INTRA_OP_THREADS = 24,
  SET_INTER_OP_THREADS = 25,
  CREATE_TENSOR = 49,
  GET_TENSOR_DATA = 51,
  CREATE_CPU_MEMORY_INFO = 69,
  RELEASE_ENV = 92,
  RELEASE_STATUS = 93,
  RELEASE_MEMORY_INFO = 94,
  RELEASE_SESSION = 95,
  RELEASE_VALUE = 96,
  RELEASE_SESSION_OPTIONS = 100
} place;

typedef void (*function)(void);
typedef void *status; /* NULL is good */

typedef struct api_base {
  const function *(*get_api)(uint32_t version);
  const char *(*get_version)(void);
} api_base;

typedef struct runtime {
  const function *api;
  void *env, *options, *session, *memory, *input;
  float *values; /* the input's */
  size_t value_count, logit_count;
} runtime;

#define CALL(runtime, place, type, ...) ((type)(runtime)->api[place])(__VA_ARGS__)

/* Lets go of the status; 0 if it was good. */
static int failed(const runtime *r, status s, char *message) {
  if (!s) return 0;
  if (message) snprintf(message, PEER_MESSAGE, "%s", CALL(r, GET_ERROR_MESSAGE, const char *(*)(status), s));
  CALL(r, RELEASE_STATUS, void (*)(status), s);
  return 1;
}

static const api_base *load(char *message) {
  const char *name = getenv("GLYPHLIFT_ONNXRUNTIME");
  void *library = dlopen(name ? name : "libonnxruntime.so.1", RTLD_NOW | RTLD_LOCAL);
  if (!library) {
    snprintf(message, PEER_MESSAGE, "%s", dlerror());
    return NULL;
  }
  const api_base *(*get)(void);
  *(void **)&get = dlsym(library, "OrtGetApiBase");
  return get ? get() : NULL;
}

static void close_runtime(void *state) {
  runtime *r = state;
  static const place releases[] = {RELEASE_VALUE, RELEASE_MEMORY_INFO, RELEASE_SESSION, RELEASE_SESSION_OPTIONS,
                                   RELEASE_ENV};
  void *const objects[] = {r->input, r->memory, r->session, r->options, r->env};
  for (size_t i = 0; i < sizeof objects / sizeof *objects; i++)
    if (objects[i]) CALL(r, releases[i], void (*)(void *), objects[i]);
  free(r->values);
  free(r);
}

static int open_session(runtime *r, const char *path, const nn_model_spec *spec, size_t batch, char *message) {
  const int64_t sizes[] = {(int64_t)batch, spec->channels, spec->height, spec->width};
  if (failed(r, CALL(r, CREATE_ENV, status(*)(int, const char *, void **), LOG_ERRORS, "bench", &r->env), message) ||
      failed(r, CALL(r, CREATE_SESSION_OPTIONS, status(*)(void **), &r->options), message) ||
      failed(r, CALL(r, SET_INTRA_OP_THREADS, status(*)(void *, int), r->options, 1), message) ||
      failed(r, CALL(r, SET_INTER_OP_THREADS, status(*)(void *, int), r->options, 1), message) ||
      failed(r, CALL(r, SET_OPTIMIZATION, status(*)(void *, int), r->options, OPTIMIZE_ALL), message) ||
      failed(r,
             CALL(r, CREATE_SESSION, status(*)(void *, const char *, void *, void **), r->env, path, r->options,
                  &r->session),
             message) ||
      failed(
          r,
          CALL(r, CREATE_CPU_MEMORY_INFO, status(*)(int, int, void **), DEVICE_ALLOCATOR, MEMORY_DEFAULT, &r->memory),
          message))
    return -1;
  return failed(r,
                CALL(r, CREATE_TENSOR, status(*)(void *, void *, size_t, const int64_t *, size_t, int, void **),
                     r->memory, r->values, r->value_count * sizeof(float), sizes, 4, TENSOR_FLOAT, &r->input),
                message)
             ? -1
             : 0;
}

static void *open_path(const char *path, const peer_network *network, size_t batch, char *message) {
  const nn_model_spec *spec = &network->content->spec;
  const api_base *base = load(message);
  if (!base) return NULL;
  runtime *r = calloc(1, sizeof *r);
  if (!r) return NULL;
  r->value_count = batch * (size_t)(spec->height * spec->width * spec->channels);
  r->logit_count = batch * spec->classes;
  r->values = malloc(r->value_count * sizeof *r->values);
  r->api = base->get_api(API_VERSION);
  if (!r->api || !r->values) {
    snprintf(message, PEER_MESSAGE, "version %s does not offer API version %d", base->get_version(), API_VERSION);
    free(r->values);
    free(r);
    return NULL;
  }
  if (open_session(r, path, spec, batch, message)) {
    close_runtime(r);
    return NULL;
  }
  return r;
}

static void *open_fp32(const peer_network *network, size_t batch, char *message) {
  return open_path(network->onnx, network, batch, message);
}

static void *open_int8(const peer_network *network, size_t batch, char *message) {
  return open_path(network->onnx_int8, network, batch, message);
}

static int run(void *state, const float *input, float *logits) {
  static const char *const inputs[] = {"input"}, *const outputs[] = {"logits"};
  runtime *r = state;
  void *output = NULL, *data = NULL;
  memcpy(r->values, input, r->value_count * sizeof *input);
  if (failed(r,
             CALL(r, RUN,
                  status(*)(void *, const void *, const char *const *, void *const *, size_t, const char *const *,
                            size_t, void **),
                  r->session, NULL, inputs, &r->input, 1, outputs, 1, &output),
             NULL))
    return -1;
  const int bad = failed(r, CALL(r, GET_TENSOR_DATA, status(*)(void *, void **), output, &data), NULL);
  if (!bad) memcpy(logits, data, r->logit_count * sizeof *logits);
  CALL(r, RELEASE_VALUE, void (*)(void *), output);
  return bad ? -1 : 0;
}

const peer peer_onnxruntime = {"ONNX Runtime", 0, open_fp32, run, close_runtime};
const peer peer_onnxruntime_int8 = {"ONNX Runtime int8", 1, open_int8, run, close_runtime};
