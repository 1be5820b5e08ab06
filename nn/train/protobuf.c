/* Protocol Buffers' encoding, written. Inner messages are whole before they are put into the outer one, since their
 * length comes first; a weight is so copied once for each level of nesting. */
#include "protobuf.h"

#include <stdlib.h>
#include <string.h>

enum { WIRE_VARINT = 0, WIRE_LENGTH = 2, FIRST_ROOM = 256 };

void train_message_free(train_message *message) {
  free(message->data);
  *message = (train_message){0};
}

/* Room for `size` more bytes, or NULL. */
static uint8_t *extend(train_message *message, size_t size) {
  if (message->failed) return NULL;
  if (size > message->room - message->size) {
    const size_t twice = message->room > SIZE_MAX / 2 ? SIZE_MAX : 2 * message->room;
    const size_t least = size > SIZE_MAX - message->size ? SIZE_MAX : message->size + size;
    const size_t room = twice > least ? twice : least > FIRST_ROOM ? least : FIRST_ROOM;
    uint8_t *grown = realloc(message->data, room);
    if (!grown) {
      message->failed = 1;
      return NULL;
    }
    message->data = grown;
    message->room = room;
  }
  uint8_t *place = message->data + message->size;
  message->size += size;
  return place;
}

static void put_varint(train_message *message, uint64_t value) {
  uint8_t bytes[10];
  size_t count = 0;
  do {
    bytes[count++] = (uint8_t)((value & 0x7f) | (value > 0x7f ? 0x80 : 0));
    value >>= 7;
  } while (value);
  uint8_t *to = extend(message, count);
  if (to) memcpy(to, bytes, count);
}

static void put_key(train_message *message, unsigned field, unsigned wire) {
  put_varint(message, (uint64_t)field << 3 | wire);
}

static void put_bytes(train_message *message, unsigned field, const void *data, size_t size) {
  put_key(message, field, WIRE_LENGTH);
  put_varint(message, size);
  uint8_t *to = extend(message, size);
  if (to && size) memcpy(to, data, size);
}

void train_message_add_number(train_message *message, unsigned field, uint64_t value) {
  put_key(message, field, WIRE_VARINT);
  put_varint(message, value);
}

void train_message_add_text(train_message *message, unsigned field, const char *text) {
  put_bytes(message, field, text, strlen(text));
}

void train_message_begin_bytes(train_message *message, unsigned field, size_t size) {
  put_key(message, field, WIRE_LENGTH);
  put_varint(message, size);
}

void train_message_put_values(train_message *message, const void *values, size_t width, size_t count, size_t step) {
  const uint8_t *from = values;
  uint8_t *to = extend(message, count * width);
  for (size_t i = 0; to && i < count; i++, from += step * width) {
    uint32_t bits = *from;
    if (width == sizeof bits) memcpy(&bits, from, sizeof bits);
    for (size_t b = 0; b < width; b++) *to++ = (uint8_t)(bits >> 8 * b);
  }
}

void train_message_add_message(train_message *message, unsigned field, train_message *inner) {
  if (inner->failed)
    message->failed = 1;
  else
    put_bytes(message, field, inner->data, inner->size);
  train_message_free(inner);
}
