/* measure COMMAND...: runs the shell commands at the same time and prints, when all have ended, the seconds that
 * took, the processor seconds of all, and the largest resident memory of one, in MiB. Exit status 1 where one could
 * not run. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now_s(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static double seconds(struct timeval time) {
  return (double)time.tv_sec + (double)time.tv_usec * 1e-6;
}

/* The shell replaces itself with the command, so that its memory is the command's own. */
static void start(const char *command) {
  char line[4096];
  if (fork()) return;
  snprintf(line, sizeof line, "exec %s", command);
  execl("/bin/sh", "sh", "-c", line, (char *)NULL);
  _exit(127);
}

int main(int argc, char **argv) {
  const double started = now_s();
  double processor_s = 0;
  long peak_kib = 0;
  int status, failed = 0;
  struct rusage usage;
  for (int i = 1; i < argc; i++) start(argv[i]);
  while (wait4(-1, &status, 0, &usage) > 0) {
    processor_s += seconds(usage.ru_utime) + seconds(usage.ru_stime);
    if (usage.ru_maxrss > peak_kib) peak_kib = usage.ru_maxrss;
    failed |= !WIFEXITED(status) || WEXITSTATUS(status) > 1; /* 1: some files cannot be read */
  }
  printf("%.3f %.3f %.1f\n", now_s() - started, processor_s, (double)peak_kib / 1024);
  return failed;
}
