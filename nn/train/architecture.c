/* The networks that --arch names. */
#include <string.h>

#include "network.h"

#define CONV_BN_RELU(channels, size, step, pad)                                                                        \
  {.layer = TRAIN_CONVOLUTION, .outputs = channels, .kernel = size, .stride = step, .padding = pad}, {                 \
    .layer = TRAIN_BATCH_NORM, .relu = 1                                                                               \
  }

/* Two 3x3 convolutions around which the picture also goes unchanged (He, Zhang, Ren, Sun: Deep residual learning). */
#define RESIDUAL(channels)                                                                                             \
  CONV_BN_RELU(channels, 3, 1, 1),                                                                                     \
      {.layer = TRAIN_CONVOLUTION, .outputs = channels, .kernel = 3, .stride = 1, .padding = 1},                       \
      {.layer = TRAIN_BATCH_NORM}, {                                                                                   \
    .layer = TRAIN_ADD, .second = 4, .relu = 1                                                                         \
  }

static const train_spec conv6[] = {
    CONV_BN_RELU(16, 3, 1, 0),
    CONV_BN_RELU(24, 3, 2, 0),
    CONV_BN_RELU(48, 3, 1, 0),
    CONV_BN_RELU(64, 3, 1, 0),
    CONV_BN_RELU(96, 3, 2, 1),
    CONV_BN_RELU(128, 3, 2, 1),
    {.layer = TRAIN_DROPOUT, .rate = 0.3f},
    {.layer = TRAIN_FULLY_CONNECTED, .outputs = 10},
};

static const train_spec large[] = {
    CONV_BN_RELU(32, 3, 1, 0),
    CONV_BN_RELU(48, 3, 2, 0),
    CONV_BN_RELU(96, 3, 1, 0),
    CONV_BN_RELU(128, 3, 1, 0),
    CONV_BN_RELU(192, 3, 2, 1),
    CONV_BN_RELU(256, 3, 2, 1),
    {.layer = TRAIN_DROPOUT, .rate = 0.3f},
    {.layer = TRAIN_FULLY_CONNECTED, .outputs = 10},
};

/* Five times conv6's multiply-adds, with one stride only: a teacher. */
static const train_spec late[] = {
    CONV_BN_RELU(24, 3, 1, 0),
    CONV_BN_RELU(32, 3, 1, 0),
    CONV_BN_RELU(64, 3, 2, 0),
    CONV_BN_RELU(96, 3, 1, 0),
    CONV_BN_RELU(128, 3, 1, 0),
    CONV_BN_RELU(160, 3, 1, 0),
    {.layer = TRAIN_DROPOUT, .rate = 0.4f},
    {.layer = TRAIN_FULLY_CONNECTED, .outputs = 10},
};

/* A teacher of another kind: it sees more at once, in fewer layers. */
static const train_spec kernel5[] = {
    CONV_BN_RELU(32, 5, 1, 0),
    CONV_BN_RELU(64, 5, 2, 0),
    CONV_BN_RELU(96, 5, 1, 0),
    CONV_BN_RELU(128, 5, 1, 0),
    {.layer = TRAIN_DROPOUT, .rate = 0.4f},
    {.layer = TRAIN_FULLY_CONNECTED, .outputs = 10},
};

static const train_spec residual[] = {
    CONV_BN_RELU(16, 3, 1, 0),
    CONV_BN_RELU(32, 3, 2, 0),
    RESIDUAL(32),
    CONV_BN_RELU(64, 3, 2, 0),
    RESIDUAL(64),
    {.layer = TRAIN_AVERAGE_POOL, .kernel = 5, .stride = 5},
    {.layer = TRAIN_DROPOUT, .rate = 0.2f},
    {.layer = TRAIN_FULLY_CONNECTED, .outputs = 10},
};

static const train_spec lenet[] = {
    {.layer = TRAIN_CONVOLUTION, .outputs = 6, .kernel = 5, .stride = 1, .padding = 2, .bias = 1},
    {.layer = TRAIN_RELU},
    {.layer = TRAIN_MAX_POOL, .kernel = 2, .stride = 2},
    {.layer = TRAIN_CONVOLUTION, .outputs = 16, .kernel = 5, .stride = 1, .bias = 1},
    {.layer = TRAIN_RELU},
    {.layer = TRAIN_MAX_POOL, .kernel = 2, .stride = 2},
    {.layer = TRAIN_FULLY_CONNECTED, .outputs = 120},
    {.layer = TRAIN_RELU},
    {.layer = TRAIN_FULLY_CONNECTED, .outputs = 84},
    {.layer = TRAIN_RELU},
    {.layer = TRAIN_FULLY_CONNECTED, .outputs = 10},
};

#define DENSE_BN_RELU(size)                                                                                            \
  {.layer = TRAIN_FULLY_CONNECTED, .outputs = size}, {                                                                 \
    .layer = TRAIN_BATCH_NORM, .relu = 1                                                                               \
  }

static const train_spec perceptron[] = {
    DENSE_BN_RELU(512),
    {.layer = TRAIN_DROPOUT, .rate = 0.2f},
    DENSE_BN_RELU(256),
    {.layer = TRAIN_DROPOUT, .rate = 0.2f},
    {.layer = TRAIN_FULLY_CONNECTED, .outputs = 10},
};

/* For the shapes' 40 x 40 pictures of lines: a wide first look, few channels while the picture is large. */
static const train_spec outline[] = {
    CONV_BN_RELU(24, 5, 2, 2),
    CONV_BN_RELU(32, 3, 1, 1),
    CONV_BN_RELU(64, 3, 2, 1),
    CONV_BN_RELU(64, 3, 1, 1),
    CONV_BN_RELU(96, 3, 2, 1),
    CONV_BN_RELU(128, 3, 1, 0),
    {.layer = TRAIN_DROPOUT, .rate = 0.3f},
    {.layer = TRAIN_FULLY_CONNECTED, .outputs = 11},
};

#define ARCHITECTURE(table, text)                                                                                      \
  { .name = #table, .description = text, .specs = table, .count = sizeof table / sizeof *table }

static const train_architecture architectures[] = {
    ARCHITECTURE(conv6, "3x3 convolutions 16, 24/2, 48, 64, 96/2, 128/2 with batch norm, dropout 0.3, 512 -> 10"),
    ARCHITECTURE(large, "conv6 with twice the channels: four times the multiply-adds"),
    ARCHITECTURE(late, "3x3 convolutions 24, 32, 64/2, 96, 128, 160 with batch norm, dropout 0.4, 4000 -> 10"),
    ARCHITECTURE(kernel5, "5x5 convolutions 32, 64/2, 96, 128 with batch norm, dropout 0.4, 512 -> 10"),
    ARCHITECTURE(residual, "3x3 convolutions 16, 32/2, residual block 32, 64/2, residual block 64, average, 64 -> 10"),
    ARCHITECTURE(lenet, "LeNet-5 with ReLU and max pooling, without batch norm"),
    ARCHITECTURE(
        outline,
        "5x5 convolution 24/2, 3x3 convolutions 32, 64/2, 64, 96/2, 128 with batch norm, dropout 0.3, 1152 -> 11"),
    ARCHITECTURE(perceptron, "fully connected 512, 256 with batch norm, dropout 0.2, 10"),
};

const train_architecture *train_architectures(size_t *count) {
  *count = sizeof architectures / sizeof *architectures;
  return architectures;
}

const train_architecture *train_architecture_find(const char *name) {
  for (size_t i = 0; i < sizeof architectures / sizeof *architectures; i++)
    if (strcmp(architectures[i].name, name) == 0) return &architectures[i];
  return NULL;
}
