/* The window module: a sentence where there is no display, and a real window where Xvfb is installed. */
#include "input_helpers.h"

#include <signal.h>
#include <sys/wait.h>

#include "../shim/module.h"

static const shim_window_table *load(void) {
  const char *why;
  if (access(GLYPHLIFT_BUILD_DIR "/glyphlift_window.so", F_OK) != 0) skip();
  const shim_window_table *window = shim_module_window(&why);
  if (!window) fail_msg("%s", why);
  assert_int_equal(window->version, SHIM_WINDOW_VERSION);
  return window;
}

static void expect_no_window(const char *says) {
  const shim_window_table *table = load();
  uint8_t pixels[12] = {0};
  const shim_image image = {pixels, 2, 2, 3, 6};
  int key = 7, open = 7;
  assert_int_equal(table->show("glyphlift", &image), SHIM_ERR_FAILED);
  if (!strstr(table->error(), says)) fail_msg("\"%s\" does not say \"%s\"", table->error(), says);
  assert_int_equal(table->wait_key(1, &key), SHIM_ERR_FAILED);
  assert_int_equal(key, -1);
  assert_int_equal(table->is_open("glyphlift", &open), SHIM_ERR_FAILED);
  assert_int_equal(open, 0);
  assert_int_equal(table->destroy("glyphlift"), SHIM_OK);
}

static void without_a_display(void **state) {
  (void)state;
  unsetenv("DISPLAY");
  unsetenv("WAYLAND_DISPLAY");
  expect_no_window("there is no display");
  setenv("DISPLAY", "", 1);
  expect_no_window("there is no display");
}

static void display_that_does_not_answer(void **state) {
  (void)state;
  setenv("DISPLAY", ":4711", 1);
  expect_no_window("the display :4711 does not answer");
  unsetenv("DISPLAY");
  setenv("WAYLAND_DISPLAY", "/no/such/socket", 1);
  expect_no_window("the display /no/such/socket does not answer");
  unsetenv("WAYLAND_DISPLAY");
}

static void pictures_are_checked(void **state) {
  (void)state;
  const shim_window_table *table = load();
  const shim_image nothing = {NULL, 2, 2, 3, 6};
  assert_int_equal(table->show("glyphlift", &nothing), SHIM_ERR_ARGUMENT);
}

/* Starts Xvfb on a free display, whose number it tells through a pipe; 0 where it is not installed. */
static pid_t start_xvfb(char display[16]) {
  int ends[2];
  char number[8] = "", descriptor[16];
  assert_int_equal(pipe(ends), 0);
  pid_t child = fork();
  assert_true(child >= 0);
  if (child == 0) {
    close(ends[0]);
    FILE *silence = freopen("/dev/null", "w", stderr);
    snprintf(descriptor, sizeof descriptor, "%d", ends[1]);
    if (silence) execlp("Xvfb", "Xvfb", "-displayfd", descriptor, "-nolisten", "tcp", (char *)NULL);
    _exit(127);
  }
  close(ends[1]);
  FILE *answer = fdopen(ends[0], "r");
  const int started = answer && fgets(number, sizeof number, answer) != NULL;
  if (answer) fclose(answer);
  if (started) {
    snprintf(display, 16, ":%d", atoi(number));
    return child;
  }
  kill(child, SIGTERM);
  waitpid(child, NULL, 0);
  return 0;
}

/* The part of the child that has a display: OpenCV's window system ends with the process. */
static int use_a_window(const char *display) {
  const shim_window_table *table = shim_module_window(NULL);
  shim_image image;
  int key = 0, open = 0, status = 0;
  setenv("DISPLAY", display, 1);
  if (!table || shim_image_create(&image, 60, 40, 3)) return 1;
  memset(image.data, 200, (size_t)image.stride * 40);
  if (table->show("glyphlift", &image)) status = 2;
  if (!status && (table->wait_key(50, &key) || key != -1)) status = 3;
  if (!status && (table->is_open("glyphlift", &open) || !open)) status = 4;
  if (!status && (table->show("glyphlift", &image) || table->wait_key(20, &key))) status = 5;
  if (!status && (table->destroy("glyphlift") || table->wait_key(20, &key))) status = 6;
  if (!status && (table->is_open("glyphlift", &open) || open)) status = 7;
  if (!status && table->destroy("glyphlift")) status = 8;
  if (status) fprintf(stderr, "step %d: %s\n", status, table->error());
  shim_image_free(&image);
  return status;
}

static void window_on_a_virtual_display(void **state) {
  (void)state;
  char display[16];
  scratch folder;
  load();
  pid_t server = start_xvfb(display);
  if (!server) skip();
  make_scratch(&folder);
  setenv("XDG_RUNTIME_DIR", folder.folder, 1); /* Qt warns without one of the user's own */
  pid_t child = fork();
  assert_true(child >= 0);
  if (child == 0) _exit(use_a_window(display));
  int result;
  assert_int_equal(waitpid(child, &result, 0), child);
  kill(server, SIGTERM);
  waitpid(server, NULL, 0);
  rmdir(folder.folder);
  assert_true(WIFEXITED(result));
  assert_int_equal(WEXITSTATUS(result), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(without_a_display),
      cmocka_unit_test(display_that_does_not_answer),
      cmocka_unit_test(pictures_are_checked),
      cmocka_unit_test(window_on_a_virtual_display),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
