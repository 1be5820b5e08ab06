/* Files as users hand them over: missing, empty, folders, pipes, not pictures at all. And the sentences themselves. */
#include "input_helpers.h"

#include <errno.h>
#include <locale.h>
#include <stdbool.h>
#include <sys/wait.h>

static const input_options gray_options = {.max_pixels = 1000000, .channels = 1};

static void reads_a_whole_file(void **state) {
  scratch *folder = *state;
  const size_t sizes[] = {1, 2, 65535, 65536, 65537, 300000};
  const char *path = scratch_path(folder, "file");
  uint8_t *content = malloc(300000);
  for (size_t i = 0; i < 300000; i++) content[i] = (uint8_t)(i * 7 + i / 251);
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    input_bytes bytes;
    glyph_error error;
    write_file(path, content, sizes[i]);
    assert_int_equal(input_read_file(path, &bytes, &error), GLYPH_OK);
    assert_int_equal(bytes.size, sizes[i]);
    assert_memory_equal(bytes.data, content, sizes[i]);
    input_bytes_free(&bytes);
    assert_null(bytes.data);
  }
  input_bytes_free(NULL);
  free(content);
  unlink(path);
}

static void expect_failure(const char *path, glyph_status status, const char *sentence) {
  input_bytes bytes;
  glyph_error error;
  assert_int_equal(input_read_file(path, &bytes, &error), status);
  assert_int_equal(error.status, status);
  assert_string_equal(error.message, sentence);
  assert_null(bytes.data);
  assert_int_equal(input_read_file(path, &bytes, NULL), status); /* the sentence is optional */
}

static void files_that_cannot_be_read(void **state) {
  scratch *folder = *state;
  char sentence[256];
  const char *path = scratch_path(folder, "empty");
  expect_failure("/no/such/file", GLYPH_ERR_IO, "/no/such/file: cannot be opened: there is no such file or folder");
  expect_failure("/etc/passwd/x", GLYPH_ERR_IO,
                 "/etc/passwd/x: cannot be opened: a part of its path is not a directory");
  expect_failure("/tmp", GLYPH_ERR_IO, "/tmp: is a directory, not a picture");
  expect_failure("", GLYPH_ERR_IO, "the name of the file is empty");
  write_file(path, "", 0);
  snprintf(sentence, sizeof sentence, "%s: the file is empty", path);
  expect_failure(path, GLYPH_ERR_FORMAT, sentence);
  expect_failure("/dev/null", GLYPH_ERR_FORMAT, "/dev/null: the file is empty");
  unlink(path);
}

/* In a child that gives up root, to whom everything is readable. */
static void unreadable_file(void **state) {
  scratch *folder = *state;
  char sentence[256];
  const char *path = scratch_path(folder, "secret");
  enum { NOBODY = 65534, AS_EXPECTED = 0, OTHERWISE = 1, STILL_READABLE = 2 };
  write_file(path, "x", 1);
  assert_int_equal(chmod(path, 0), 0);
  assert_int_equal(chmod(folder->folder, 0755), 0);
  snprintf(sentence, sizeof sentence, "%s: cannot be opened: permission denied", path);
  pid_t child = fork();
  assert_true(child >= 0);
  if (child == 0) {
    input_bytes bytes;
    glyph_error error;
    if (geteuid() == 0 && setuid(NOBODY) != 0) _exit(STILL_READABLE);
    int status = input_read_file(path, &bytes, &error);
    _exit(status == GLYPH_ERR_IO && strcmp(error.message, sentence) == 0 ? AS_EXPECTED : OTHERWISE);
  }
  int result;
  assert_int_equal(waitpid(child, &result, 0), child);
  unlink(path);
  if (WIFEXITED(result) && WEXITSTATUS(result) == STILL_READABLE) skip();
  assert_true(WIFEXITED(result));
  assert_int_equal(WEXITSTATUS(result), AS_EXPECTED);
}

/* A child writes `size` bytes to fd in pieces and ends. */
static pid_t start_writer(int fd, const char *path, size_t size) {
  pid_t child = fork();
  assert_true(child >= 0);
  if (child != 0) return child;
  FILE *to = path ? fopen(path, "wb") : fdopen(fd, "wb");
  for (size_t i = 0; to && i < size; i++) fputc((int)(i % 251), to);
  _exit(to && fclose(to) == 0 ? 0 : 1);
}

static void check_piped(const input_bytes *bytes, size_t size) {
  assert_int_equal(bytes->size, size);
  for (size_t i = 0; i < size; i++) assert_int_equal(bytes->data[i], i % 251);
}

static void reads_a_fifo(void **state) {
  scratch *folder = *state;
  const char *path = scratch_path(folder, "fifo");
  input_bytes bytes;
  glyph_error error;
  assert_int_equal(mkfifo(path, 0600), 0);
  pid_t child = start_writer(-1, path, 200000);
  assert_int_equal(input_read_file(path, &bytes, &error), GLYPH_OK);
  check_piped(&bytes, 200000);
  input_bytes_free(&bytes);
  assert_int_equal(waitpid(child, NULL, 0), child);
  unlink(path);
}

static void reads_standard_input(void **state) {
  (void)state;
  int ends[2], before = dup(STDIN_FILENO);
  input_bytes bytes;
  glyph_error error;
  assert_int_equal(pipe(ends), 0);
  pid_t child = start_writer(ends[1], NULL, 100000);
  close(ends[1]);
  assert_true(dup2(ends[0], STDIN_FILENO) >= 0);
  close(ends[0]);
  assert_int_equal(input_read_file("-", &bytes, &error), GLYPH_OK);
  check_piped(&bytes, 100000);
  input_bytes_free(&bytes);
  assert_int_equal(waitpid(child, NULL, 0), child);
  /* Its end has come: read again, it is empty. */
  assert_int_equal(input_read_file("-", &bytes, &error), GLYPH_ERR_FORMAT);
  assert_string_equal(error.message, "standard input: the file is empty");
  close(STDIN_FILENO);
  assert_int_equal(input_read_file("-", &bytes, &error), GLYPH_ERR_IO);
  assert_string_equal(error.message, "standard input: cannot be opened: it is not open");
  if (before >= 0) {
    dup2(before, STDIN_FILENO);
    close(before);
  }
}

/* ---- what is not a picture --------------------------------------------------------------------------------------- */

static void expect_refusal(const void *data, size_t size, const char *sentence) {
  shim_image image;
  glyph_error error;
  assert_int_equal(decode_copy(data, size, &gray_options, &image, &error), GLYPH_ERR_FORMAT);
  assert_string_equal(error.message, sentence);
}

#define REFUSE(bytes, sentence) expect_refusal(bytes, sizeof(bytes) - 1, sentence)
#define NOT_SUPPORTED(name)                                                                                            \
  "a.pic: " name " files are not supported; JPEG, PNG, TIFF, PDF, HEIC, WebP, BMP, PNM or JPEG 2000 is expected"

static void files_that_are_not_pictures(void **state) {
  (void)state;
  REFUSE("Dear Sir,\nno picture.", "a.pic: is not a picture but text: it starts with \"Dear Sir,\"");
  REFUSE("BMW and P2P are words", "a.pic: is not a picture but text: it starts with \"BMW and P2P are words\"");
  REFUSE("123456789012345678901234567890",
         "a.pic: is not a picture but text: it starts with \"123456789012345678901234\"");
  REFUSE("Gr\xc3\xbc\xc3\x9f Gott, du sch\xc3\xb6ne \xc3\xb6\xc3\xb6",
         "a.pic: is not a picture but text: it starts with \"Gr\xc3\xbc\xc3\x9f Gott, du sch\xc3\xb6ne \"");
  REFUSE("\x01\x02\x03", "a.pic: is not a picture of a known format: it starts with the bytes 01 02 03");
  REFUSE("\0\xff\0\xff\0\xff\0\xff\0\xff\0\xff",
         "a.pic: is not a picture of a known format: it starts with the bytes 00 ff 00 ff 00 ff 00 ff");
  REFUSE("\xff\xd8", "a.pic: is not a picture of a known format: it starts with the bytes ff d8");
  expect_refusal("", 0, "a.pic: the picture is empty (0 bytes)");
}

static void known_files_that_are_not_read(void **state) {
  (void)state;
  REFUSE("GIF89a\1\0\1\0", NOT_SUPPORTED("GIF"));
  REFUSE("8BPS\0\1", NOT_SUPPORTED("Photoshop"));
  REFUSE("PK\3\4\24\0", "a.pic: is a ZIP archive: unpack it, and read the files that were in it");
  REFUSE("\x1f\x8b\x08\0", "a.pic: is a gzip archive: unpack it, and read the files that were in it");
  REFUSE("BZh91AY&SY\1\2", "a.pic: is a bzip2 archive: unpack it, and read the files that were in it");
  char tar[512] = "pages/one.jpg";
  memcpy(tar + 257, "ustar", 6);
  expect_refusal(tar, sizeof tar, "a.pic: is a tar archive: unpack it, and read the files that were in it");
}

static void arguments_are_checked(void **state) {
  (void)state;
  shim_image image;
  glyph_error error;
  const input_options options = {.max_pixels = 100, .channels = 2};
  assert_int_equal(decode_copy((const uint8_t *)"abc", 3, &options, &image, &error), GLYPH_ERR_ARGUMENT);
  assert_int_equal(input_decode((const uint8_t *)"abc", 3, NULL, &gray_options, &image, &error), GLYPH_ERR_FORMAT);
  assert_says(&error, "the picture in memory: ");
}

/* ---- sentences --------------------------------------------------------------------------------------------------- */

static bool is_valid_utf8(const char *text) {
  const unsigned char *s = (const unsigned char *)text;
  while (*s) {
    int more = *s < 0x80 ? 0 : *s >= 0xf0 ? 3 : *s >= 0xe0 ? 2 : *s >= 0xc2 ? 1 : -1;
    if (more < 0 || *s > 0xf4) return false;
    for (s++; more > 0; more--, s++)
      if ((*s & 0xc0) != 0x80) return false;
  }
  return true;
}

static void sentences_are_one_line_of_utf8(void **state) {
  (void)state;
  glyph_error error;
  assert_int_equal(glyph_error_set(&error, GLYPH_ERR_IO, "%s: %d",
                                   "a\nb\t\x7f"
                                   "c",
                                   7),
                   GLYPH_ERR_IO);
  assert_string_equal(error.message, "a?b??c: 7");
  glyph_error_set(&error, GLYPH_ERR_IO, "%s",
                  "gr\xfc\xdf, \xc3\xa9t\xc3\xa9, \xed\xa0\x80, \xc0\x80, \xf0\x9f\x98\x80");
  assert_string_equal(error.message, "gr\xef\xbf\xbd\xef\xbf\xbd, \xc3\xa9t\xc3\xa9, "
                                     "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd, \xef\xbf\xbd\xef\xbf\xbd, "
                                     "\xf0\x9f\x98\x80");
  assert_int_equal(glyph_error_set(NULL, GLYPH_ERR_MEMORY, "nobody listens"), GLYPH_ERR_MEMORY);
}

/* However long the name is, and wherever the cut falls, the reason is still there. */
static void long_names_lose_their_middle(void **state) {
  (void)state;
  char name[5000];
  for (size_t length = 100; length < sizeof name; length += length < 600 ? 1 : 371) {
    glyph_error error;
    for (size_t i = 0; i + 3 < length; i += 3) memcpy(name + i, "\xe2\x82\xac", 3); /* euro signs */
    name[length / 3 * 3 - 3] = '\0';
    glyph_error_set(&error, GLYPH_ERR_IO, "%s: cannot be opened: permission denied", name);
    assert_true(strlen(error.message) < sizeof error.message);
    assert_true(is_valid_utf8(error.message));
    assert_non_null(strstr(error.message, ": cannot be opened: permission denied"));
    if (length > 600) assert_non_null(strstr(error.message, "..."));
  }
}

static void reasons_do_not_follow_the_locale(void **state) {
  (void)state;
  setlocale(LC_ALL, "");
  assert_string_equal(glyph_errno_text(ENOENT), "there is no such file or folder");
  assert_string_equal(glyph_errno_text(EACCES), "permission denied");
  assert_string_equal(glyph_errno_text(123456), "unexpected system error");
  setlocale(LC_ALL, "C");
}

static void status_names(void **state) {
  (void)state;
  static const char *const names[] = {"ok",    "argument", "memory",    "io",     "format",
                                      "limit", "model",    "cancelled", "module", "internal"};
  for (int i = 0; i < 10; i++) assert_string_equal(glyph_status_name((glyph_status)-i), names[i]);
  assert_string_equal(glyph_status_name((glyph_status)5), "unknown");
  assert_string_equal(glyph_version(), GLYPH_VERSION);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(reads_a_whole_file),
      cmocka_unit_test(files_that_cannot_be_read),
      cmocka_unit_test(unreadable_file),
      cmocka_unit_test(reads_a_fifo),
      cmocka_unit_test(reads_standard_input),
      cmocka_unit_test(files_that_are_not_pictures),
      cmocka_unit_test(known_files_that_are_not_read),
      cmocka_unit_test(arguments_are_checked),
      cmocka_unit_test(sentences_are_one_line_of_utf8),
      cmocka_unit_test(long_names_lose_their_middle),
      cmocka_unit_test(reasons_do_not_follow_the_locale),
      cmocka_unit_test(status_names),
  };
  return cmocka_run_group_tests(tests, scratch_set_up, scratch_tear_down);
}
