/* Which part of a folder this process takes, where a scheduler has started several. */
#ifndef GLYPHLIFT_PROGRAM_SHARD_H
#define GLYPHLIFT_PROGRAM_SHARD_H

typedef struct shard {
  int index, count;   /* count 0: all of the folder */
  const char *source; /* the scheduler's variable that told the index; NULL: the command line did */
} shard;

/* "K/N", K from 0, or "none". 0, or -1. */
int shard_parse(const char *text, shard *out);
/* From the variables of a Slurm array, or with count above 0 also of an indexed Kubernetes job. Leaves *out as it is
 * where there are none. 0, or -1 having complained of variables that do not fit together. */
int shard_from_environment(int count, shard *out);

#endif
