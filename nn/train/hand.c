/* How outlines become strokes. What people's drawings show was taken for a model: sides bow, one corner is rounder than
 * the others, strokes end too early or too late or beside where they began, and a shape has one stroke, one a side, or
 * two. */
#include "hand.h"

#include <math.h>
#include <string.h>

static const float STEP = 0.025f; /* between the points of a stroke */
static const float TURN = 6.2831853f;

enum { WAVES = 3, CURVE_STEPS = 10, LOOP_MOST = TRAIN_STROKE_POINTS };

float train_hand_between(train_hand *h, float low, float high) {
  return train_random_between(h->random, low, high);
}

int train_hand_chance(train_hand *h, float probability) {
  return train_random_uniform(h->random) < probability;
}

uint32_t train_hand_below(train_hand *h, uint32_t bound) {
  return train_random_below(h->random, bound);
}

void train_hand_draw(train_hand *h, train_drawing *drawing, train_random *random) {
  const float care = train_random_uniform(random), loose = 0.15f + 0.85f * care * care;
  *h = (train_hand){.random = random, .drawing = drawing};
  h->wobble = loose * train_hand_between(h, 0.002f, 0.018f);
  h->tremor = loose * train_hand_between(h, 0.0f, 0.006f);
  h->bow = loose * train_hand_between(h, 0.0f, 0.08f);
  h->rounding = loose * train_hand_between(h, 0.0f, 0.35f);
  h->misplaced = loose * train_hand_between(h, 0.0f, 0.03f);
  h->overshoot = loose * train_hand_between(h, 0.0f, 0.09f);
  h->drift = loose * train_hand_between(h, 0.0f, 0.05f);
  h->gaps = train_hand_chance(h, 0.93f) ? 0 : train_hand_chance(h, 0.6f) ? 1 : 2;
}

void train_place(train_point *points, size_t count, float radians, float scale, train_point to) {
  const float c = scale * cosf(radians), s = scale * sinf(radians);
  for (size_t i = 0; i < count; i++) {
    const float x = points[i].x, y = points[i].y;
    points[i] = (train_point){to.x + c * x - s * y, to.y + s * x + c * y};
  }
}

/* ---- from a way to strokes ---- */

/* Slow waves, and a quick tremor. */
static void shake(train_hand *h, train_point *points, size_t count) {
  float phase[2][WAVES], pace[2][WAVES], last[2] = {0, 0};
  for (int axis = 0; axis < 2; axis++)
    for (int w = 0; w < WAVES; w++) {
      phase[axis][w] = train_hand_between(h, 0, TURN);
      pace[axis][w] = TURN * STEP / train_hand_between(h, 0.25f, 1.6f);
    }
  for (size_t i = 0; i < count; i++) {
    float move[2] = {0, 0};
    for (int axis = 0; axis < 2; axis++) {
      for (int w = 0; w < WAVES; w++)
        move[axis] += h->wobble * sinf(phase[axis][w] + pace[axis][w] * (float)i) / WAVES * 1.7f;
      last[axis] = 0.5f * last[axis] + h->tremor * train_random_normal(h->random);
    }
    points[i].x += move[0] + last[0];
    points[i].y += move[1] + last[1];
  }
}

static void push(train_hand *h, const train_point *points, size_t count) {
  train_drawing *d = h->drawing;
  if (count < 2 || d->stroke_count == TRAIN_DRAWING_STROKES) return;
  train_stroke *stroke = &d->strokes[d->stroke_count++];
  stroke->count = count < TRAIN_STROKE_POINTS ? count : TRAIN_STROKE_POINTS;
  memcpy(stroke->points, points, stroke->count * sizeof *points);
}

/* Lifts the pen on the way: once or twice, or all along in dashes. */
static void push_with_gaps(train_hand *h, const train_point *points, size_t count) {
  const float mark = train_hand_between(h, 0.06f, 0.15f), space = train_hand_between(h, 0.03f, 0.08f);
  const int dashed = h->gaps == 2 && count * STEP > 3 * (mark + space);
  size_t from = 0;
  for (int pieces = 0; from < count && (dashed ? pieces < 8 : pieces < 2); pieces++) {
    const float length = dashed ? mark : train_hand_between(h, 0.1f, 0.9f) * (float)count * STEP;
    size_t end = from + 2 + (size_t)(length / STEP);
    if (end > count || h->gaps == 0) end = count;
    push(h, points + from, end - from);
    from = end + 1 + (size_t)(space / STEP);
  }
  if (from < count) push(h, points + from, count - from);
}

/* Moves an end straight on, or back along the way. Returns how many points are left; room for one more. */
static size_t set_end(train_point *points, size_t count, float length) {
  if (length < 0) {
    const size_t gone = (size_t)(-length / STEP);
    return gone + 3 < count ? count - gone : count;
  }
  const train_point end = points[count - 1], before = points[count > 4 ? count - 4 : 0];
  const float dx = end.x - before.x, dy = end.y - before.y, norm = hypotf(dx, dy);
  if (norm <= 0 || length < STEP) return count;
  points[count] = (train_point){end.x + length * dx / norm, end.y + length * dy / norm};
  return count + 1;
}

static void reverse(train_point *points, size_t count) {
  for (size_t i = 0; i < count / 2; i++) {
    const train_point swap = points[i];
    points[i] = points[count - 1 - i];
    points[count - 1 - i] = swap;
  }
}

/* One pull of the pen along the way; ends: standard deviation of what is too long or too short there. Points are
 * changed; room for two more. */
static void pull(train_hand *h, train_point *points, size_t count, float ends) {
  const float dx = h->drift * train_random_normal(h->random), dy = h->drift * train_random_normal(h->random);
  for (size_t i = 0; i < count; i++) { /* the hand drifts away */
    const float share = (float)i / (float)count - 0.5f;
    points[i].x += dx * share;
    points[i].y += dy * share;
  }
  count = set_end(points, count, ends * train_random_normal(h->random));
  reverse(points, count);
  count = set_end(points, count, ends * train_random_normal(h->random));
  shake(h, points, count);
  push_with_gaps(h, points, count);
}

/* ---- ways ---- */

/* Points from `from` (it is left out where there are points already) to `to`, bowed. Returns the new count. */
static size_t run_side(train_hand *h, train_point *points, size_t count, train_point from, train_point to) {
  const float dx = to.x - from.x, dy = to.y - from.y, length = hypotf(dx, dy);
  const float bow = h->bow * train_random_normal(h->random);
  size_t steps = (size_t)(length / STEP) + 1;
  if (count == 0) points[count++] = from;
  if (count + steps > LOOP_MOST - 2) steps = LOOP_MOST - 2 - count;
  for (size_t i = 1; i <= steps; i++) {
    const float t = (float)i / (float)steps, side = bow * 4 * t * (1 - t);
    points[count++] = (train_point){from.x + t * dx - side * dy, from.y + t * dy + side * dx};
  }
  return count;
}

/* Bends the way around the corner at index `at`, from `reach` points before to as many after; of `count` points,
 * closed. */
static void round_corner(train_point *points, size_t count, size_t at, size_t reach) {
  const train_point from = points[(at + count - reach) % count], corner = points[at % count];
  const train_point to = points[(at + reach) % count];
  for (size_t i = 0; i <= 2 * reach; i++) {
    const float t = (float)i / (float)(2 * reach), a = (1 - t) * (1 - t), b = 2 * t * (1 - t), c = t * t;
    points[(at + count - reach + i) % count] =
        (train_point){a * from.x + b * corner.x + c * to.x, a * from.y + b * corner.y + c * to.y};
  }
}

/* Pulls the pen along part of a closed way. */
static void pull_part(train_hand *h, const train_point *loop, size_t count, size_t from, size_t length) {
  train_point points[LOOP_MOST + 2];
  if (length > LOOP_MOST - 1) length = LOOP_MOST - 1;
  for (size_t i = 0; i <= length; i++) points[i] = loop[(from + i) % count];
  if (train_hand_chance(h, 0.5f)) reverse(points, length + 1);
  pull(h, points, length + 1, h->overshoot);
}

/* Where the sides begin in the way; firsts gets count + 1 indices. */
static size_t run_polygon(train_hand *h, const train_point *corners, size_t count, train_point *loop, size_t *firsts) {
  size_t points = 0;
  for (size_t i = 0; i < count; i++) {
    firsts[i] = i ? points - 1 : 0;
    points = run_side(h, loop, points, corners[i], corners[(i + 1) % count]);
  }
  points--; /* the first corner again */
  firsts[count] = points;
  for (size_t i = 0; i < count; i++) {
    const size_t before = firsts[i ? i : count] - firsts[i ? i - 1 : count - 1], after = firsts[i + 1] - firsts[i];
    const float share = h->rounding * train_random_uniform(h->random) * train_random_uniform(h->random);
    const size_t reach = (size_t)(share * (float)(before < after ? before : after));
    if (reach > 0) round_corner(loop, points, firsts[i], reach);
  }
  return points;
}

void train_hand_polygon(train_hand *h, train_point *corners, size_t count) {
  train_point loop[LOOP_MOST];
  size_t firsts[TRAIN_DRAWING_CORNERS + 1];
  for (size_t i = 0; i < count; i++) {
    corners[i].x += h->misplaced * train_random_normal(h->random);
    corners[i].y += h->misplaced * train_random_normal(h->random);
  }
  const size_t points = run_polygon(h, corners, count, loop, firsts);
  const uint32_t way = train_hand_below(h, 10), start = train_hand_below(h, (uint32_t)count);
  if (way < 6) { /* in one go, from a corner or from anywhere */
    const size_t from = way < 5 ? firsts[start] : train_hand_below(h, (uint32_t)points);
    pull_part(h, loop, points, from, points);
  } else if (way < 8) { /* a stroke a side */
    for (size_t i = 0; i < count; i++) pull_part(h, loop, points, firsts[i], firsts[i + 1] - firsts[i]);
  } else { /* two strokes that meet in corners */
    const size_t other = (start + 1 + train_hand_below(h, (uint32_t)count - 1)) % count;
    const size_t length = (firsts[other] + points - firsts[start]) % points;
    pull_part(h, loop, points, firsts[start], length);
    pull_part(h, loop, points, firsts[other], points - length);
  }
}

void train_hand_loop(train_hand *h, const train_point *points, size_t count) {
  const size_t from = train_hand_below(h, (uint32_t)count);
  if (train_hand_chance(h, 0.88f)) {
    const size_t more = train_hand_chance(h, 0.3f) ? train_hand_below(h, (uint32_t)count / 8) : 0;
    pull_part(h, points, count, from, count + more);
    return;
  }
  const size_t length = count / 3 + train_hand_below(h, (uint32_t)count / 3);
  pull_part(h, points, count, from, length);
  pull_part(h, points, count, from + length, count - length);
}

void train_hand_polyline(train_hand *h, const train_point *points, size_t count) {
  train_point way[LOOP_MOST + 2];
  size_t made = 0;
  for (size_t i = 1; i < count; i++) made = run_side(h, way, made, points[i - 1], points[i]);
  pull(h, way, made, 0.3f * h->overshoot);
}

void train_hand_curve(train_hand *h, const train_point *controls, size_t count) {
  train_point way[LOOP_MOST + 2];
  if (count > (LOOP_MOST - 1) / CURVE_STEPS) count = (LOOP_MOST - 1) / CURVE_STEPS;
  pull(h, way, train_curve(controls, count, CURVE_STEPS, way), 0);
}

void train_hand_arc(train_hand *h, train_point centre, float rx, float ry, float from, float to) {
  train_point way[LOOP_MOST + 2];
  size_t steps = 2 + (size_t)(fabsf(to - from) * fmaxf(rx, ry) / STEP);
  if (steps > LOOP_MOST - 1) steps = LOOP_MOST - 1;
  for (size_t i = 0; i <= steps; i++) {
    const float angle = from + (to - from) * (float)i / (float)steps;
    way[i] = (train_point){centre.x + rx * cosf(angle), centre.y + ry * sinf(angle)};
  }
  pull(h, way, steps + 1, 0.3f * h->overshoot);
}
