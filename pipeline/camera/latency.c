/* Latencies in bins each 1 % wider than the one before, from a tenth of a millisecond to hours: a slow reader's seconds
 * are told as truly as a fast one's milliseconds. */
#include "latency.h"

#include <math.h>

static const double first_end_ms = 0.1, growth = 1.01;

void latencies_add(latencies *l, double ms) {
  const double bin = ms > first_end_ms ? ceil(log(ms / first_end_ms) / log(growth)) : 0;
  l->bins[bin < LATENCY_BINS ? (int)bin : LATENCY_BINS - 1]++;
  l->count++;
  l->sum_ms += ms;
  if (ms > l->max_ms) l->max_ms = ms;
}

double latencies_share(const latencies *l, double share) {
  int64_t below = 0;
  int bin = 0;
  while (bin < LATENCY_BINS - 1 && (double)(below += l->bins[bin]) < share * (double)l->count) bin++;
  return fmin(first_end_ms * pow(growth, bin), l->max_ms);
}
