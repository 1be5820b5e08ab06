/* Two pixels side by side as one: a convolution with few output channels leaves most of a vector empty, so that it is
 * cheaper to compute two neighbours in one vector, with a window that holds both of theirs. In memory (NHWC) they
 * already lie so: a picture of half the width and twice the channels. No kernel knows of it. */
#ifndef GLYPHLIFT_NN_PAIRS_H
#define GLYPHLIFT_NN_PAIRS_H

#include "model.h"

/* Whether the step is to make pairs with vectors of `lanes` outputs and inputs taken `group` at a time; if so its shape
 * becomes that of the convolution of pairs. */
void nn_pairs_choose(nn_step *step, int out_width, int lanes, int group);

/* The plain weights of the convolution of pairs, from those of the layer. value: bytes of a weight. */
void nn_pairs_weights(const nn_step *step, const void *weights, size_t value, void *out);

#endif
