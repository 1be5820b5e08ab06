/* The trainer's threads: each task is done once, and who waits sleeps. */
#define _POSIX_C_SOURCE 200809L
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdatomic.h>
#include <time.h>

#include "../nn/train/clock.h"
#include "../nn/train/pool.h"

enum { TASKS = 1000, THREADS = 4 };

typedef struct tally {
  atomic_int done[TASKS];
  atomic_int strangers; /* tasks on a worker that there is not */
} tally;

static void count_task(void *user, size_t task, int worker) {
  tally *t = user;
  atomic_fetch_add(&t->done[task], 1);
  if (worker < 0 || worker >= THREADS) atomic_fetch_add(&t->strangers, 1);
}

static void test_each_task_once(void **state) {
  (void)state;
  static tally t;
  train_pool *pool;
  assert_int_equal(train_pool_open(&pool, THREADS, NULL), TRAIN_OK);
  for (int round = 1; round <= 20; round++) {
    train_pool_run(pool, count_task, &t, TASKS);
    for (int i = 0; i < TASKS; i++) assert_int_equal(atomic_load(&t.done[i]), round);
  }
  train_pool_run(pool, count_task, &t, 0);
  assert_int_equal(atomic_load(&t.strangers), 0);
  train_pool_close(&pool);
  assert_null(pool);
}

static void sleep_task(void *user, size_t task, int worker) {
  (void)task;
  (void)worker;
  nanosleep(user, NULL);
}

/* One task lasts while three threads, the caller's among them or not, have nothing to do; then all wait for the next
 * round. Had one of them spun, the process would have worked as long as it waited. */
static void test_waiting_sleeps(void **state) {
  (void)state;
  struct timespec nap = {.tv_nsec = 100 * 1000 * 1000};
  train_pool *pool;
  assert_int_equal(train_pool_open(&pool, THREADS, NULL), TRAIN_OK);
  const double worked = train_clock_seconds(CLOCK_PROCESS_CPUTIME_ID), start = train_clock_seconds(CLOCK_MONOTONIC);
  for (int round = 0; round < 3; round++) {
    train_pool_run(pool, sleep_task, &nap, 1);
    nanosleep(&nap, NULL);
  }
  const double waited = train_clock_seconds(CLOCK_MONOTONIC) - start;
  assert_true(waited >= 0.6);
  assert_true(train_clock_seconds(CLOCK_PROCESS_CPUTIME_ID) - worked < 0.05);
  train_pool_close(&pool);
}

static void test_refused(void **state) {
  (void)state;
  train_pool *pool;
  train_error error;
  assert_int_equal(train_pool_open(&pool, 0, &error), TRAIN_ERR_ARGUMENT);
  assert_int_equal(train_pool_open(&pool, TRAIN_MAX_THREADS + 1, &error), TRAIN_ERR_ARGUMENT);
  assert_null(pool);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_each_task_once),
      cmocka_unit_test(test_waiting_sleeps),
      cmocka_unit_test(test_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
