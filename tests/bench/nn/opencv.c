/* OpenCV's DNN module. */
#include <stddef.h>

#include "../../opencv_dnn.h"
#include "peers.h"

static void *open_network(const peer_network *network, size_t batch, char *message) {
  const nn_model_spec *spec = &network->content->spec;
  const int sizes[4] = {(int)batch, spec->channels, spec->height, spec->width};
  return opencv_dnn_open(network->onnx, sizes, batch * spec->classes, message);
}

static int run(void *state, const float *input, float *logits) {
  return opencv_dnn_forward(state, input, "logits", logits, NULL);
}

static void close_network(void *state) {
  opencv_dnn_close(state);
}

const peer peer_opencv = {"OpenCV DNN", 0, open_network, run, close_network};
