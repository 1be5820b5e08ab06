/* Time and the CPU's peaks, for bench_nn. */
#ifndef GLYPHLIFT_BENCH_TIMING_H
#define GLYPHLIFT_BENCH_TIMING_H

/* Seconds of CPU time of this thread, as the machine may be shared. */
double timing_now(void);

/* Seconds that work(state) takes, from as many calls as fill `seconds`. */
double timing_of(void (*work)(void *state), void *state, double seconds);

/* Peaks in 1e9 multiply-adds a second, of a loop that does nothing else: of the fp32 kernels of a name, and of the int8
 * level of a name; 0 where there is no such loop. */
double timing_peak_fp32(const char *kernels);
double timing_peak_int8(const char *level);

#endif
