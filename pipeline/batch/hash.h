/* SHA-256 of files and paths. */
#ifndef GLYPHLIFT_BATCH_HASH_H
#define GLYPHLIFT_BATCH_HASH_H

#include "../glyphlift.h"

enum { HASH_TEXT_BYTES = 65 }; /* 64 hexadecimal digits and the NUL */

/* What tells whether a file is as it was. */
typedef struct file_facts {
  int64_t size;
  int64_t modified_ns, changed_ns; /* since 1970: of its content, of its inode */
  char sha256[HASH_TEXT_BYTES];    /* empty where it is not known */
} file_facts;

/* All but the hash. Fails where it is no regular file: `name` stands in the sentence. */
int file_facts_look(const char *path, const char *name, file_facts *out, glyph_error *error);
/* Size and times are the same. */
int file_facts_agree(const file_facts *a, const file_facts *b);
/* Adds the hash of the content. */
int file_facts_hash(const char *path, const char *name, file_facts *facts, glyph_error *error);

/* The first 8 bytes of the path's SHA-256 as a big-endian number, modulo count: the same on every machine. */
int shard_of_path(const char *path, int count);

#endif
