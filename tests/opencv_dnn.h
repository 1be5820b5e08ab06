/* OpenCV's DNN module for C tests and benchmarks: runs an ONNX file, in one thread. Failures leave the sentence of
 * OpenCV's exception in message (512 bytes, or NULL). */
#ifndef GLYPHLIFT_TESTS_OPENCV_DNN_H
#define GLYPHLIFT_TESTS_OPENCV_DNN_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct opencv_dnn opencv_dnn;

/* For inputs of count x channels x height x width and an output of `values` floats. NULL on failure. */
opencv_dnn *opencv_dnn_open(const char *path, const int sizes[4], size_t values, char *message);
/* Copies the output named. 0 or -1. */
int opencv_dnn_forward(opencv_dnn *network, const float *input, const char *output, float *out, char *message);
void opencv_dnn_close(opencv_dnn *network);

#ifdef __cplusplus
}
#endif

#endif
