/* As much of cmocka as the tests of nn use, for machines that it is not built for: a test that fails ends the
 * program. */
#ifndef GLYPHLIFT_TEST_ARM64_CMOCKA_H
#define GLYPHLIFT_TEST_ARM64_CMOCKA_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct CMUnitTest {
  const char *name;
  void (*run)(void **state);
};

#define cmocka_unit_test(function)                                                                                     \
  { #function, function }

#define fail_msg(...)                                                                                                  \
  do {                                                                                                                 \
    fprintf(stderr, "%s:%d: ", __FILE__, __LINE__);                                                                    \
    fprintf(stderr, __VA_ARGS__);                                                                                      \
    fputc('\n', stderr);                                                                                               \
    exit(1);                                                                                                           \
  } while (0)
#define assert_true(condition)                                                                                         \
  do {                                                                                                                 \
    if (!(condition)) fail_msg("%s", #condition);                                                                      \
  } while (0)
#define assert_non_null(pointer) assert_true((pointer) != NULL)
#define assert_null(pointer) assert_true((pointer) == NULL)
#define assert_int_equal(a, b) assert_true((long long)(a) == (long long)(b))
#define assert_int_not_equal(a, b) assert_true((long long)(a) != (long long)(b))
#define assert_in_range(a, lowest, highest) assert_true((a) >= (lowest) && (a) <= (highest))
#define assert_ptr_equal(a, b) assert_true((const void *)(a) == (const void *)(b))
#define assert_string_equal(a, b) assert_true(strcmp(a, b) == 0)
#define assert_string_not_equal(a, b) assert_true(strcmp(a, b) != 0)
#define assert_memory_equal(a, b, size) assert_true(memcmp(a, b, size) == 0)
#define skip() return

static inline int run_tests(const struct CMUnitTest *tests, size_t count) {
  for (size_t i = 0; i < count; i++) {
    printf("%s\n", tests[i].name);
    fflush(stdout);
    tests[i].run(NULL);
  }
  printf("%zu tests passed\n", count);
  return 0;
}
#define cmocka_run_group_tests(tests, set_up, tear_down) run_tests(tests, sizeof(tests) / sizeof *(tests))

#endif
