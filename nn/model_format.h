/* The model file, byte by byte. Everything is little-endian; u32, u64: unsigned integers; f32, f64: IEEE 754.
 *
 *   offset  type  what
 *        0  u8[8] magic: 89 'G' 'L' 'N' 'N' 0D 0A 1A
 *        8  u32   version: 1, or 2 for a model with an int8 part
 *       12  u32   size of this header: 80, of version 2 88
 *       16  u64   size of the whole file
 *       24  u32   CRC-32 (IEEE 802.3, as zlib's) of the whole file without these four bytes
 *       28  u32   height, width and channels of the input picture
 *       40  f32   mean, scale: input value = (byte / 255 - mean) * scale
 *       48  f64   temperature: logits are divided by it before the softmax; above 0
 *       56  u32   number of classes
 *       60  u32   number of layers
 *       64  u32   size of the class names: each ends with a zero byte
 *       68  u32   size of the training record: JSON text, ends with a zero byte
 *       72  u64   number of weights and biases
 *       80  u64   version 2 only: number of outputs of all layers with weights
 *                 the class names, then the training record, then zero bytes up to a multiple of 4
 *                 the layers, 32 bytes each: eight u32 in the order of nn_layer_field
 *                 the weights, f32: layer for layer, weights before biases
 *                 version 2 only, the int8 part:
 *                 for each tensor f32 scale and u32 zero: value = scale * (byte - zero)
 *                 for each output of the layers with weights f32 scale and i32 bias: weight = scale * integer, and the
 *                 bias counts in units of this scale times the input's, and makes up for the input's zero
 *
 * Layer i makes tensor i + 1; tensor 0 is the picture. A layer names the tensors it reads, which come before it. What
 * its type does not use is 0. Sizes follow from the chain: a window's layer gives (size + 2 padding - kernel) / stride
 * + 1, rounded down.
 *
 *   convolution      weights [outputs][kernel_height][kernel_width][channels], then [outputs] biases; batch norm is
 *                    folded into them
 *   relu
 *   max pool         padding does not count; a global pool has a kernel of the tensor's size
 *   average pool     likewise: the mean of the values inside
 *   add              two tensors of one shape
 *   fully connected  flattens height, width, channels in this order: weights [outputs][flattened], then biases
 *   softmax          only as the last layer; nn_session_run stops before it
 *
 * In int8 (int8.h) a layer's integers are its weights divided by their scale, rounded to nearest, ties to even, from
 * -127 to 127. The picture's byte is round(127 / 255 byte); its zero is what padding puts around it. Tensors that a
 * relu or an addition takes over from the layer before it are not looked at; a lone relu and a max pool keep scale and
 * zero.
 *
 * The last tensor has height and width 1 and a channel for each class. */
#ifndef GLYPHLIFT_NN_MODEL_FORMAT_H
#define GLYPHLIFT_NN_MODEL_FORMAT_H

#define NN_MODEL_MAGIC "\x89GLNN\r\n\x1a"

enum {
  NN_MODEL_VERSION = 1,
  NN_MODEL_VERSION_INT8 = 2,
  NN_MODEL_MAGIC_SIZE = 8,
  NN_MODEL_HEADER_SIZE = 80,
  NN_MODEL_HEADER_SIZE_INT8 = 88,
  NN_MODEL_CHECKSUM_OFFSET = 24,
  NN_MODEL_CHECKSUM_SIZE = 4,
  NN_MODEL_LAYER_SIZE = 32,
  NN_MODEL_SCALE_SIZE = 8 /* of a tensor; of an output */
};

typedef enum nn_layer_type {
  NN_LAYER_CONVOLUTION = 1,
  NN_LAYER_RELU = 2,
  NN_LAYER_MAX_POOL = 3,
  NN_LAYER_AVERAGE_POOL = 4,
  NN_LAYER_ADD = 5,
  NN_LAYER_FULLY_CONNECTED = 6,
  NN_LAYER_SOFTMAX = 7
} nn_layer_type;

typedef enum nn_layer_field {
  NN_FIELD_TYPE,
  NN_FIELD_INPUT,
  NN_FIELD_SECOND_INPUT, /* add */
  NN_FIELD_KERNEL_HEIGHT,
  NN_FIELD_KERNEL_WIDTH,
  NN_FIELD_STRIDE,
  NN_FIELD_PADDING, /* smaller than the kernel */
  NN_FIELD_OUTPUTS, /* convolution, fully connected */
  NN_FIELD_COUNT
} nn_layer_field;

/* Bounds that a file may not pass. They keep every product of sizes far from overflow. */
enum {
  NN_MAX_LAYERS = 1024,
  NN_MAX_SIZE = 4096,         /* height, width, channels, classes */
  NN_MAX_FLATTENED = 1 << 20, /* inputs of a fully connected layer */
  NN_MAX_TENSOR = 1 << 24,    /* values of one picture's tensor */
  NN_MAX_KERNEL = 64,
  NN_MAX_STRIDE = 64,
  NN_MAX_TEXT = 1 << 20 /* bytes of class names, of the training record */
};

#endif
