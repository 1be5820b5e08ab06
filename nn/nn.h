/* nn: inference of small convolutional networks in C. libc and libm only; usable without the rest of glyphlift.
 *
 * A model is immutable and may be shared by threads; a session holds the buffers of one thread. Functions return NN_OK
 * or a negative status and fill *error (may be NULL) with one sentence. */
#ifndef GLYPHLIFT_NN_H
#define GLYPHLIFT_NN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define NN_API __attribute__((visibility("default")))
#else
#define NN_API
#endif

typedef enum nn_status {
  NN_OK = 0,
  NN_ERR_ARGUMENT = -1,
  NN_ERR_MEMORY = -2,
  NN_ERR_IO = -3,
  NN_ERR_FORMAT = -4,  /* not a model file, damaged, or layers that do not fit together */
  NN_ERR_VERSION = -5, /* a model file of another version */
  NN_ERR_CHECKSUM = -6
} nn_status;

typedef struct nn_error {
  nn_status status;
  char message[256];
} nn_error;

typedef struct nn_model nn_model;
typedef struct nn_session nn_session;

/* Both verify the whole file (magic, version, sizes, checksum, shape chain) before anything is used. The memory is
 * copied. */
NN_API int nn_model_open_file(nn_model **out, const char *path, nn_error *error);
NN_API int nn_model_open_memory(nn_model **out, const void *data, size_t size, nn_error *error);
/* The models embedded by the build, which has verified their checksums: digits in MNIST's form, and shapes as lines two
 * pixels wide (nn/models/SHAPES_CARD.md). */
NN_API int nn_model_open_digits(nn_model **out, nn_error *error);
NN_API int nn_model_open_shapes(nn_model **out, nn_error *error);
NN_API void nn_model_close(nn_model **model);

/* A model file may hold, beside its fp32 weights, what it takes to run in 8-bit integers: three times as fast, and the
 * same bits on every machine. Where it does, that is how it is opened. */
typedef enum nn_precision { NN_PRECISION_BEST, NN_PRECISION_FP32, NN_PRECISION_INT8 } nn_precision;

/* As nn_model_open_file, or with path NULL nn_model_open_digits. NN_PRECISION_INT8 of a model that has none is
 * NN_ERR_ARGUMENT. */
NN_API int nn_model_open_as(nn_model **out, const char *path, nn_precision precision, nn_error *error);

typedef struct nn_model_info {
  int height, width, channels; /* input picture */
  size_t classes;
  const char *const *class_names;
  float mean, scale;           /* input value = (byte / 255 - mean) * scale */
  double temperature;          /* logits are divided by it before the softmax */
  size_t parameters;           /* weights and biases stored */
  uint32_t checksum;           /* of the model file: tells models apart */
  uint64_t multiply_adds;      /* per picture */
  const char *training_record; /* JSON text */
  const char *kernels;         /* level chosen for this CPU */
  const char *precision;       /* "fp32" or "int8" */
} nn_model_info;

/* Valid as long as the model. */
NN_API const nn_model_info *nn_model_get_info(const nn_model *model);

/* Buffers for up to max_batch pictures; the model must outlive the session. */
NN_API int nn_session_open(nn_session **out, const nn_model *model, size_t max_batch, nn_error *error);
NN_API void nn_session_close(nn_session **session);

/* pictures: batch x height x width x channels bytes, ink 255 on 0. logits: batch x classes. batch may be larger than
 * max_batch: it is cut up. Never allocates. */
NN_API int nn_session_run(nn_session *session, const uint8_t *pictures, size_t batch, float *logits);
/* The same, then softmax at the model's temperature. */
NN_API int nn_session_classify(nn_session *session, const uint8_t *pictures, size_t batch, float *probabilities);

#ifdef __cplusplus
}
#endif
#endif
