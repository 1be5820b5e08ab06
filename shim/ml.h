/* The ml module, for the trainer alone: classic models trained by OpenCV's ml. Reached through shim_module_ml() of
 * module.h.
 *
 * Samples are count x width floats without gaps, labels 0 .. classes - 1, each of which must occur. */
#ifndef GLYPHLIFT_SHIM_ML_H
#define GLYPHLIFT_SHIM_ML_H

#include "shim.h"

#ifdef __cplusplus
extern "C" {
#endif

#define SHIM_ML_VERSION 1

typedef struct shim_samples {
  const float *values;
  const int32_t *labels;
  size_t count, width;
  int classes;
} shim_samples;

/* A support vector machine with the kernel exp(-gamma |a - b|^2), one against one: for the classes i < j, in the order
 * (0,1) (0,2) ... (1,2) ..., class i has the vote where sum_k weights[pair][k] kernel(vectors[k], x) > offsets[pair],
 * otherwise class j. */
typedef struct shim_svm {
  float *vectors; /* vector_count x width */
  size_t vector_count, width, pair_count;
  double gamma;
  float *weights;  /* pair_count x vector_count; 0 where a pair does not use a vector */
  double *offsets; /* pair_count */
} shim_svm;

typedef struct shim_forest shim_forest;

typedef struct shim_forest_options {
  int trees, depth; /* depth: the most, up to 25 */
  int variables;    /* drawn anew at each node, among which it finds its split */
} shim_forest_options;

typedef struct shim_ml_table {
  uint32_t version; /* SHIM_ML_VERSION */
  uint32_t size;    /* bytes of this table */
  /* Why the last call on this thread failed. Valid until the thread's next call. */
  const char *(*error)(void);
  /* penalty: the C of C-SVC. On failure *out is zeroed. */
  int (*svm_train)(const shim_samples *samples, double penalty, double gamma, shim_svm *out);
  /* Accepts NULL; zeroes *svm. */
  void (*svm_free)(shim_svm *svm);
  /* Breiman's random forest; the same samples give the same trees. On failure *out is NULL. */
  int (*forest_train)(const shim_samples *samples, const shim_forest_options *options, shim_forest **out);
  /* votes: count x classes; each tree has one. */
  int (*forest_predict)(const shim_forest *forest, const float *values, size_t count, float *votes);
  /* Nodes of all trees, and the bytes they take in memory. */
  int (*forest_measure)(const shim_forest *forest, size_t *nodes, size_t *bytes);
  /* Accepts NULL; sets *forest to NULL. */
  void (*forest_close)(shim_forest **forest);
} shim_ml_table;

#ifdef __cplusplus
}
#endif
#endif
