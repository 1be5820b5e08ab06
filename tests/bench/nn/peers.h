/* Other programs that run the same network, for bench_nn: each is used where it is installed. One thread each. */
#ifndef GLYPHLIFT_BENCH_PEERS_H
#define GLYPHLIFT_BENCH_PEERS_H

#include "../../../nn/model_read.h"

enum { PEER_MESSAGE = 512 };

/* The same network in two forms. */
typedef struct peer_network {
  const nn_model_content *content;
  const char *onnx, *onnx_int8; /* files */
} peer_network;

typedef struct peer {
  const char *name;
  int is_int8;
  /* For this batch size alone; NULL with the reason in message. */
  void *(*open)(const peer_network *network, size_t batch, char *message);
  /* input: batch x channels x height x width, 0 to 255. 0, or -1. */
  int (*run)(void *state, const float *input, float *logits);
  void (*close)(void *state);
} peer;

extern const peer peer_opencv, peer_onednn, peer_onnxruntime, peer_onnxruntime_int8;

#endif
