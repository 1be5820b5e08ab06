/* L-BFGS (Nocedal, Wright: Numerical optimization, algorithm 7.4 and 7.5) with HISTORY pairs and steps that are halved
 * until Armijo's condition holds. A pair without curvature is left out, so that a function that is not convex is no
 * danger, only slow. */
#include "minimise.h"

#include <cblas.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { HISTORY = 10, HALVINGS = 30 };

typedef struct search {
  size_t size;
  float *steps, *changes;   /* HISTORY rows each: of x, and of the gradient with it */
  double products[HISTORY]; /* step * change */
  size_t pairs;             /* so far; row pairs % HISTORY is the next */
  float *gradient, *direction, *next, *next_gradient;
} search;

static double dot(const search *s, const float *a, const float *b) {
  return cblas_dsdot((int)s->size, a, 1, b, 1);
}

static float *row(const search *s, float *rows, size_t pair) {
  return rows + pair % HISTORY * s->size;
}

/* direction = -(approximate inverse Hessian) gradient, by the two loops. */
static void find_direction(search *s) {
  const size_t oldest = s->pairs > HISTORY ? s->pairs - HISTORY : 0;
  double shares[HISTORY];
  for (size_t i = 0; i < s->size; i++) s->direction[i] = -s->gradient[i];
  for (size_t p = s->pairs; p-- > oldest;) {
    const double share = dot(s, row(s, s->steps, p), s->direction) / s->products[p % HISTORY];
    shares[p % HISTORY] = share;
    cblas_saxpy((int)s->size, (float)-share, row(s, s->changes, p), 1, s->direction, 1);
  }
  if (s->pairs) {
    const float *change = row(s, s->changes, s->pairs - 1);
    cblas_sscal((int)s->size, (float)(s->products[(s->pairs - 1) % HISTORY] / dot(s, change, change)), s->direction, 1);
  }
  for (size_t p = oldest; p < s->pairs; p++) {
    const double share = dot(s, row(s, s->changes, p), s->direction) / s->products[p % HISTORY];
    cblas_saxpy((int)s->size, (float)(shares[p % HISTORY] - share), row(s, s->steps, p), 1, s->direction, 1);
  }
}

static void remember(search *s, const float *x) {
  float *step = row(s, s->steps, s->pairs), *change = row(s, s->changes, s->pairs);
  for (size_t i = 0; i < s->size; i++) {
    step[i] = s->next[i] - x[i];
    change[i] = s->next_gradient[i] - s->gradient[i];
  }
  const double product = dot(s, step, change);
  if (product <= 1e-12 * dot(s, change, change)) return;
  s->products[s->pairs % HISTORY] = product;
  s->pairs++;
}

/* Returns 0 where no step leads down. */
static int walk(search *s, train_objective *objective, void *user, float *x, double *value) {
  const double slope = dot(s, s->gradient, s->direction);
  double length = s->pairs ? 1.0 : 1.0 / (1e-12 + sqrt(dot(s, s->gradient, s->gradient)));
  for (int i = 0; i < HALVINGS; i++, length *= 0.5) {
    for (size_t k = 0; k < s->size; k++) s->next[k] = x[k] + (float)length * s->direction[k];
    const double there = objective(user, s->next, s->next_gradient);
    if (!(there <= *value + 1e-4 * length * slope) || !(there < *value)) continue;
    remember(s, x);
    memcpy(x, s->next, s->size * sizeof *x);
    memcpy(s->gradient, s->next_gradient, s->size * sizeof *x);
    *value = there;
    return 1;
  }
  return 0;
}

static double largest_part(const search *s) {
  return fabs((double)s->gradient[cblas_isamax((int)s->size, s->gradient, 1)]);
}

int train_minimise(train_objective *objective, void *user, size_t size, float *x, double tolerance, int most,
                   int (*stop)(void *), train_minimum *out, train_error *error) {
  search s = {.size = size};
  int status = TRAIN_OK, moved = 1;
  *out = (train_minimum){0};
  float *memory = calloc(2 * HISTORY + 4, size * sizeof *memory);
  if (!memory) return train_fail_memory(error);
  s.steps = memory;
  s.changes = s.steps + HISTORY * size;
  s.gradient = s.changes + HISTORY * size;
  s.direction = s.gradient + size;
  s.next = s.direction + size;
  s.next_gradient = s.next + size;
  out->value = objective(user, x, s.gradient);
  while (!(out->converged = largest_part(&s) < tolerance) && moved && out->iterations < most) {
    if (stop && stop(NULL)) {
      status = train_fail(error, TRAIN_ERR_STOPPED, "stopped after %d iterations", out->iterations);
      break;
    }
    find_direction(&s);
    moved = walk(&s, objective, user, x, &out->value);
    out->iterations += moved;
  }
  if (!status && !moved) out->converged = 1; /* as far as single precision goes */
  free(memory);
  return status;
}
