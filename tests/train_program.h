/* The trainer as its users meet it: glyphlift-train run on files of a folder of the test's own. */
#ifndef GLYPHLIFT_TESTS_TRAIN_PROGRAM_H
#define GLYPHLIFT_TESTS_TRAIN_PROGRAM_H

#include <signal.h>
#include <stdarg.h>
#include <sys/wait.h>
#include <unistd.h>

#include "train_data.h"

enum { PROGRAM_TEXT_SIZE = 1 << 17, PROGRAM_PICTURE_SIDE = 28 };

static char *folder;

/* Valid until seven calls later. */
static const char *in_folder(const char *format, ...) __attribute__((format(printf, 1, 2)));
static inline const char *in_folder(const char *format, ...) {
  static char paths[8][512];
  static int next;
  char *path = paths[next++ % 8], name[200];
  va_list list;
  va_start(list, format);
  vsnprintf(name, sizeof name, format, list);
  va_end(list);
  snprintf(path, sizeof paths[0], "%s/%s", folder, name);
  return path;
}

/* Returns the exit status. Output and complaints go to the folder's out and err, unless the arguments send them
 * elsewhere. */
static int run(const char *format, ...) __attribute__((format(printf, 1, 2)));
static inline int run(const char *format, ...) {
  char arguments[2048], command[4096];
  va_list list;
  va_start(list, format);
  vsnprintf(arguments, sizeof arguments, format, list);
  va_end(list);
  snprintf(command, sizeof command, "'%s/glyphlift-train' >'%s/out' 2>'%s/err' %s", GLYPHLIFT_BUILD_DIR, folder, folder,
           arguments);
  const int status = system(command);
  assert_true(WIFEXITED(status));
  return WEXITSTATUS(status);
}

/* A file of the folder; valid until three calls later. */
static inline const char *read_text(const char *name) {
  static char texts[4][PROGRAM_TEXT_SIZE];
  static int next;
  char *text = texts[next++ % 4];
  FILE *file = fopen(in_folder("%s", name), "rb");
  if (!file) fail_msg("%s is not there", name);
  text[fread(text, 1, PROGRAM_TEXT_SIZE - 1, file)] = '\0';
  fclose(file);
  return text;
}

static inline void expect_in(const char *name, const char *part) {
  const char *text = read_text(name);
  if (!strstr(text, part)) fail_msg("%s lacks '%s': %s", name, part, text);
}

/* SIGTERM as soon as err says so much; returns the exit status. arguments: NULL behind the last. */
static inline int run_and_interrupt(const char *const *arguments, const char *part) {
  const char *program = GLYPHLIFT_BUILD_DIR "/glyphlift-train";
  const pid_t child = fork();
  int status;
  assert_true(child >= 0);
  if (child == 0) {
    if (!freopen(in_folder("err"), "wb", stderr)) _exit(99);
    execv(program, (char *const *)arguments);
    _exit(98);
  }
  for (int i = 0; i < 600 && !(i && strstr(read_text("err"), part)); i++) usleep(50000);
  assert_int_equal(kill(child, SIGTERM), 0);
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_true(WIFEXITED(status));
  return WEXITSTATUS(status);
}

/* `part` (train or t10k) under MNIST's file names, with pictures of our own, the first ones left out. */
static inline void write_part(const char *part, size_t count, size_t left_out) {
  const size_t pixels = PROGRAM_PICTURE_SIDE * PROGRAM_PICTURE_SIDE;
  train_dataset set = data_make(left_out + count, PROGRAM_PICTURE_SIDE);
  const uint32_t dimensions[3] = {(uint32_t)count, PROGRAM_PICTURE_SIDE, PROGRAM_PICTURE_SIDE};
  idx_write(in_folder("%s-images-idx3-ubyte.gz", part), 3, dimensions, set.pixels + left_out * pixels);
  idx_write(in_folder("%s-labels-idx1-ubyte", part), 1, dimensions, set.labels + left_out);
  train_dataset_free(&set);
}

static inline int tear_down(void **state) {
  (void)state;
  char command[600];
  snprintf(command, sizeof command, "rm -rf '%s'", folder);
  free(folder);
  return system(command) ? -1 : 0;
}

#endif
