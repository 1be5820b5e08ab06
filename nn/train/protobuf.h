/* Writes messages in Protocol Buffers' encoding (https://protobuf.dev/programming-guides/encoding): a field is a key
 * (number and kind) and a varint, or a length and bytes. ONNX needs a dozen small messages of it, and only
 * written: a generated codec and its library would be heavier than these few functions. */
#ifndef GLYPHLIFT_TRAIN_PROTOBUF_H
#define GLYPHLIFT_TRAIN_PROTOBUF_H

#include <stddef.h>
#include <stdint.h>

/* A message being written; starts zeroed. Without memory it keeps `failed` set, also that of a message it was put
 * into, so that one look at the end is enough. */
typedef struct train_message {
  uint8_t *data;
  size_t size, room;
  int failed;
} train_message;

void train_message_free(train_message *message);

/* Also for fields of type int64 and enum; none below 0 is needed here. */
void train_message_add_number(train_message *message, unsigned field, uint64_t value);
void train_message_add_text(train_message *message, unsigned field, const char *text);
/* A field of `size` bytes: begun once, then put in as many calls as one likes: `count` values of `width` bytes (1, or 4
 * of the machine's order, written little-endian), `step` values apart. */
void train_message_begin_bytes(train_message *message, unsigned field, size_t size);
void train_message_put_values(train_message *message, const void *values, size_t width, size_t count, size_t step);
/* Frees what it puts in. */
void train_message_add_message(train_message *message, unsigned field, train_message *inner);

#endif
