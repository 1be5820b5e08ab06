/* Writes a model as ONNX, the file that other inference programs read. */
#ifndef GLYPHLIFT_TRAIN_ONNX_H
#define GLYPHLIFT_TRAIN_ONNX_H

#include "../model_read.h"
#include "error.h"

/* The file takes "input", float32, pictures x channels x height x width, as many pictures as one likes, with the values
 * of the bytes that nn_session_run takes: 0 for paper to 255 for ink. It gives "logits" and "probabilities" (softmax at
 * the model's temperature), both pictures x classes. Class names (a JSON array), temperature and training record stand
 * in its metadata.
 *
 * precision: NN_PRECISION_FP32; or NN_PRECISION_INT8, of a model that has that part: its weights are integers and what
 * nn rounds to bytes is rounded, for programs that compute in them (a program's bytes reach 255, nn's 127); or what is
 * NN_PRECISION_BEST of it. */
int train_onnx_write(const nn_model_content *model, nn_precision precision, const char *path, train_error *error);

#endif
