/* OpenCV's DNN module for a C test: runs an ONNX file. */
#ifndef GLYPHLIFT_TESTS_OPENCV_DNN_H
#define GLYPHLIFT_TESTS_OPENCV_DNN_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* input: count x channels x height x width. Copies `values` floats of the output named. 0, or -1 with the sentence of
 * OpenCV's exception in message (512 bytes). */
int opencv_dnn_run(const char *path, const float *input, const int sizes[4], const char *output, float *out,
                   size_t values, char *message);

#ifdef __cplusplus
}
#endif

#endif
