/* Where modules are looked for, and what is said when one is missing, broken or foreign. The loader answers once per
 * process, so each case runs in a copy of this program in a folder of its own. */
#define _GNU_SOURCE /* dladdr */
#include "input_helpers.h"

#include <dlfcn.h>
#include <link.h>
#include <pthread.h>
#include <stdbool.h>
#include <sys/wait.h>

#include "../shim/module.h"

enum { CHILD_LOADED = 10, CHILD_DID_NOT = 11 };

static const char codecs_file[] = GLYPHLIFT_BUILD_DIR "/glyphlift_codecs.so";
static const char video_file[] = GLYPHLIFT_BUILD_DIR "/glyphlift_video.so";

static void copy_file(const char *from, const char *to, mode_t mode) {
  char buffer[65536];
  size_t count;
  FILE *in = fopen(from, "rb"), *out = fopen(to, "wb");
  assert_non_null(in);
  assert_non_null(out);
  while ((count = fread(buffer, 1, sizeof buffer, in)) > 0) assert_int_equal(fwrite(buffer, 1, count, out), count);
  fclose(in);
  assert_int_equal(fclose(out), 0);
  assert_int_equal(chmod(to, mode), 0);
}

/* The copy's part: asks for the codecs module and prints why there is none. */
static int run_as_child(void) {
  const char *why;
  if (shim_module_codecs(&why)) return CHILD_LOADED;
  puts(why);
  return CHILD_DID_NOT;
}

/* Runs a copy of this program that lies in `folder`, with `working` as working directory. */
static int run_copy(scratch *folder, const char *working, char *why, size_t size) {
  char program[128], command[512];
  snprintf(program, sizeof program, "%s", scratch_path(folder, "program"));
  copy_file("/proc/self/exe", program, 0700);
  snprintf(command, sizeof command, "cd '%s' && '%s' child", working, program);
  FILE *answer = popen(command, "r");
  assert_non_null(answer);
  why[0] = '\0';
  if (fgets(why, (int)size, answer)) why[strcspn(why, "\n")] = '\0';
  int status = pclose(answer);
  unlink(program);
  assert_true(WIFEXITED(status));
  return WEXITSTATUS(status);
}

static void need(const char *file) {
  if (access(file, F_OK) != 0) skip();
}

static void loads_from_beside_the_program(void **state) {
  scratch *folder = *state;
  char why[600], copy[128];
  need(codecs_file);
  snprintf(copy, sizeof copy, "%s", scratch_path(folder, "glyphlift_codecs.so"));
  copy_file(codecs_file, copy, 0600);
  assert_int_equal(run_copy(folder, "/", why, sizeof why), CHILD_LOADED);
  unlink(copy);
}

static void loads_from_the_subfolder(void **state) {
  scratch *folder = *state;
  char why[600], subfolder[128], copy[160];
  need(codecs_file);
  snprintf(subfolder, sizeof subfolder, "%s", scratch_path(folder, "glyphlift"));
  snprintf(copy, sizeof copy, "%s/glyphlift_codecs.so", subfolder);
  assert_int_equal(mkdir(subfolder, 0700), 0);
  copy_file(codecs_file, copy, 0600);
  assert_int_equal(run_copy(folder, "/", why, sizeof why), CHILD_LOADED);
  unlink(copy);
  rmdir(subfolder);
}

/* The three below hold where no glyphlift is installed; where one is, its module is found. */
static void never_from_the_working_directory(void **state) {
  char why[600];
  need(codecs_file);
  if (run_copy(*state, GLYPHLIFT_BUILD_DIR, why, sizeof why) == CHILD_LOADED) skip();
  assert_non_null(strstr(why, "the codecs module (glyphlift_codecs.so) is not installed"));
  assert_non_null(strstr(why, "libopencv-imgcodecs-dev"));
}

static void tells_a_broken_module(void **state) {
  scratch *folder = *state;
  char why[600], broken[128];
  snprintf(broken, sizeof broken, "%s", scratch_path(folder, "glyphlift_codecs.so"));
  write_file(broken, "no shared object", 16);
  int result = run_copy(folder, "/", why, sizeof why);
  unlink(broken);
  if (result == CHILD_LOADED) skip();
  assert_non_null(strstr(why, "the codecs module cannot be loaded ("));
}

static void tells_a_foreign_module(void **state) {
  scratch *folder = *state;
  char why[600], foreign[128];
  need(video_file);
  snprintf(foreign, sizeof foreign, "%s", scratch_path(folder, "glyphlift_codecs.so"));
  copy_file(video_file, foreign, 0600);
  assert_int_equal(run_copy(folder, "/", why, sizeof why), CHILD_DID_NOT);
  unlink(foreign);
  assert_non_null(strstr(why, "belongs to another version"));
}

/* Where in its file the table of the loaded codecs module stands. */
static long table_offset(const shim_codecs *codecs) {
  Dl_info info;
  assert_true(dladdr((const void *)codecs, &info) != 0);
  const char *base = info.dli_fbase;
  const ElfW(Ehdr) *header = (const ElfW(Ehdr) *)(const void *)base;
  const ElfW(Phdr) *segments = (const ElfW(Phdr) *)(const void *)(base + header->e_phoff);
  const ElfW(Addr) address = (ElfW(Addr))((const char *)codecs - base);
  for (int i = 0; i < header->e_phnum; i++)
    if (segments[i].p_type == PT_LOAD && address >= segments[i].p_vaddr &&
        address - segments[i].p_vaddr < segments[i].p_filesz)
      return (long)(address - segments[i].p_vaddr + segments[i].p_offset);
  fail_msg("the table is in no segment of its file");
  return 0;
}

static void tells_another_version(void **state) {
  scratch *folder = *state;
  char why[600], copy[128];
  need(codecs_file);
  const shim_codecs *codecs = shim_module_codecs(NULL);
  assert_non_null(codecs);
  snprintf(copy, sizeof copy, "%s", scratch_path(folder, "glyphlift_codecs.so"));
  copy_file(codecs_file, copy, 0600);
  FILE *file = fopen(copy, "r+b");
  assert_non_null(file);
  const uint32_t version = SHIM_CODECS_VERSION + 1;
  assert_int_equal(fseek(file, table_offset(codecs), SEEK_SET), 0);
  assert_int_equal(fwrite(&version, sizeof version, 1, file), 1);
  assert_int_equal(fclose(file), 0);
  assert_int_equal(run_copy(folder, "/", why, sizeof why), CHILD_DID_NOT);
  unlink(copy);
  assert_non_null(strstr(why, "belongs to another version"));
}

static void *ask(void *unused) {
  (void)unused;
  return (void *)(uintptr_t)shim_module_codecs(NULL);
}

static void all_threads_get_the_same(void **state) {
  (void)state;
  enum { THREADS = 8 };
  pthread_t threads[THREADS];
  for (int i = 0; i < THREADS; i++) assert_int_equal(pthread_create(&threads[i], NULL, ask, NULL), 0);
  for (int i = 0; i < THREADS; i++) {
    void *table;
    assert_int_equal(pthread_join(threads[i], &table), 0);
    assert_ptr_equal(table, shim_module_codecs(NULL));
  }
  need(codecs_file);
  const char *why = "set";
  const shim_codecs *codecs = shim_module_codecs(&why);
  assert_non_null(codecs);
  assert_null(why);
  assert_int_equal(codecs->version, SHIM_CODECS_VERSION);
  assert_int_equal(codecs->size, sizeof *codecs);
}

static int fail_to_allocate(shim_image *out, int width, int height, int channels) {
  (void)out;
  (void)width;
  (void)height;
  (void)channels;
  return SHIM_ERR_MEMORY;
}

static void codecs_tell_their_failures(void **state) {
  (void)state;
  static const uint8_t pixel[] = "P5 1 1 255\nA";
  shim_image image;
  need(codecs_file);
  const shim_codecs *codecs = shim_module_codecs(NULL);
  assert_non_null(codecs);
  assert_int_equal(codecs->decode(pixel, sizeof pixel - 1, 1, shim_image_create, &image), SHIM_OK);
  assert_int_equal(*image.data, 'A');
  shim_image_free(&image);
  assert_int_equal(codecs->decode(pixel, sizeof pixel - 1, 1, fail_to_allocate, &image), SHIM_ERR_MEMORY);
  assert_string_equal(codecs->error(), "out of memory");
  assert_int_equal(codecs->decode(pixel, sizeof pixel - 1, 2, shim_image_create, &image), SHIM_ERR_ARGUMENT);
  assert_int_equal(codecs->decode(pixel, 0, 1, shim_image_create, &image), SHIM_ERR_ARGUMENT);
  assert_int_equal(codecs->decode(pixel, 4, 1, shim_image_create, &image), SHIM_ERR_FAILED);
  assert_non_null(strstr(codecs->error(), "damaged"));
  assert_null(image.data);
}

int main(int argc, char **argv) {
  if (argc == 2 && strcmp(argv[1], "child") == 0) return run_as_child();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(loads_from_beside_the_program),    cmocka_unit_test(loads_from_the_subfolder),
      cmocka_unit_test(never_from_the_working_directory), cmocka_unit_test(tells_a_broken_module),
      cmocka_unit_test(tells_a_foreign_module),           cmocka_unit_test(tells_another_version),
      cmocka_unit_test(all_threads_get_the_same),         cmocka_unit_test(codecs_tell_their_failures),
  };
  return cmocka_run_group_tests(tests, scratch_set_up, scratch_tear_down);
}
