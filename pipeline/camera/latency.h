/* How long frames took: shares of them, without keeping each. */
#ifndef GLYPHLIFT_CAMERA_LATENCY_H
#define GLYPHLIFT_CAMERA_LATENCY_H

#include <stdint.h>

enum { LATENCY_BINS = 2000 };

/* Zeroed: of no frame. */
typedef struct latencies {
  int64_t bins[LATENCY_BINS], count;
  double sum_ms, max_ms;
} latencies;

void latencies_add(latencies *l, double ms);
/* What a share (0..1) of the frames did not exceed, up to 1 % too long. */
double latencies_share(const latencies *l, double share);

#endif
