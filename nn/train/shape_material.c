/* Puts the shapes network's pictures together, on all threads; what a picture shows follows from seed and index
 * alone. */
#include "shape_material.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "pool.h"

enum { PIXELS = TRAIN_SHAPE_PIXELS, BORDER = 20, ENLARGED = 2, INK = 128, SMALLEST = 20, LARGEST = 160 };
static const float PI = 3.1415927f;
static const float FINEST_PEN = 0.75f; /* radius, pixels */
/* Pen radii between what makes a kind: an arrow whose head the pen closes is a line, and so is a slender ellipse. */
static const float APART = 5;
static const float TOGETHER_SHARE = 0.15f; /* of people's drawings made anew: two in one picture, which is "other" */

/* ---- one picture -------------------------------------------------------------------------------------------------- */

static int crop(const shim_image *mask, uint8_t out[PIXELS], train_error *error) {
  int filled;
  if (stage_shape_crop(mask, out, &filled))
    return train_fail(error, TRAIN_ERR_INTERNAL, "a drawing cannot be cropped: %s", shim_error());
  return TRAIN_OK;
}

int train_shape_picture(train_shape kind, train_random *random, shim_image *out, train_error *error) {
  train_drawing drawing;
  train_drawing_make(&drawing, kind, 0, random);
  const float any_size = SMALLEST * powf((float)LARGEST / SMALLEST, train_random_uniform(random));
  const float size = fmaxf(any_size, APART * FINEST_PEN / drawing.finest);
  const float any_pen = fminf(any_size * train_random_between(random, 0.012f, 0.045f), size * drawing.finest / APART);
  const float radius = fmaxf(any_pen, FINEST_PEN);
  const int side = (int)size + 2 * BORDER;
  if (train_canvas_open(out, side, side)) return train_fail_memory(error);
  train_drawing_draw(&drawing, out, BORDER + train_random_uniform(random), BORDER + train_random_uniform(random), size,
                     radius);
  for (int y = 0; y < side; y++)
    for (int x = 0; x < side; x++) {
      uint8_t *pixel = out->data + y * out->stride + x;
      *pixel = *pixel >= INK ? 255 : 0;
    }
  return TRAIN_OK;
}

static int draw(train_shape kind, train_random *random, uint8_t out[PIXELS], train_error *error) {
  shim_image picture;
  int status = train_shape_picture(kind, random, &picture, error);
  if (status) return status;
  status = crop(&picture, out, error);
  shim_image_free(&picture);
  return status;
}

/* Puts a person's drawing on paper: its middle at (x, y), turned anyhow, mirrored, squeezed a little before. */
static int place(const shim_image *picture, train_random *random, float fill, float x, float y, shim_image *paper) {
  const float turn = PI * train_random_signed(random);
  const float mirror = train_random_uniform(random) < 0.5f ? 1.0f : -1.0f;
  const float sx = fill * train_random_between(random, 0.65f, 1.0f),
              sy = fill * train_random_between(random, 0.65f, 1.0f);
  const float middle = (float)picture->width / 2, c = cosf(turn), s = sinf(turn);
  const double m[6] = {mirror * c / sx, mirror * s / sx, middle - mirror * (c * x + s * y) / sx,
                       -s / sy,         c / sy,          middle - (c * y - s * x) / sy};
  return shim_warp_affine(picture, paper, m, 255);
}

/* A person's drawing anew with a thicker or thinner pen, or (where there is another) two beside each other. */
static int redraw(const shim_image *picture, const shim_image *other, train_random *random, uint8_t out[PIXELS],
                  train_error *error) {
  shim_image canvas = {0}, second = {0};
  const int side = (other ? 2 : 1) * ENLARGED * picture->width;
  const float fill = 0.68f * ENLARGED, half = (float)side / 2;
  int status = shim_image_create(&canvas, side, side, 1);
  if (status == SHIM_OK) status = place(picture, random, fill, half, half, &canvas);
  if (other) {
    const float angle = PI * train_random_signed(random), far = half * train_random_between(random, 0.2f, 0.45f);
    const float size = fill * train_random_between(random, 0.12f, 0.7f);
    if (status == SHIM_OK) status = shim_image_create(&second, side, side, 1);
    if (status == SHIM_OK)
      status = place(other, random, size, half + far * cosf(angle), half + far * sinf(angle), &second);
  }
  const int level = 40 + (int)train_random_below(random, 170); /* how dark ink is: thinner and thicker pens */
  for (int y = 0; y < side && status == SHIM_OK; y++)
    for (int x = 0; x < side; x++) {
      uint8_t *pixel = canvas.data + y * canvas.stride + x;
      *pixel = *pixel < level || (other && second.data[y * second.stride + x] < level) ? 255 : 0;
    }
  status = status == SHIM_OK ? crop(&canvas, out, error) : train_fail(error, TRAIN_ERR_INTERNAL, "%s", shim_error());
  shim_image_free(&canvas);
  shim_image_free(&second);
  return status;
}

/* ---- many pictures ------------------------------------------------------------------------------------------------ */

typedef struct work {
  train_dataset *out;
  const train_people *people;
  uint64_t seed;
  uint32_t purpose, part;
  size_t first;        /* of the set, that is being made now */
  train_error *errors; /* one a thread; its status is the worker's first */
  int *statuses;
} work;

static void draw_one(void *user, size_t task, int worker) {
  work *w = user;
  train_random random;
  const train_shape kind = (train_shape)(task % TRAIN_SHAPES);
  if (w->statuses[worker]) return;
  train_random_start(&random, w->seed, w->purpose, w->part, (uint32_t)task);
  w->out->labels[w->first + task] = (uint8_t)train_shape_class(kind);
  w->statuses[worker] = draw(kind, &random, w->out->pixels + (w->first + task) * PIXELS, &w->errors[worker]);
}

static shim_image view(const train_dataset *set, size_t index) {
  const size_t pixels = (size_t)set->height * (size_t)set->width;
  return (shim_image){set->pixels + index * pixels, set->width, set->height, 1, set->width};
}

static void redraw_one(void *user, size_t task, int worker) {
  work *w = user;
  train_random random;
  const train_dataset *from = &w->people->drawings;
  if (w->statuses[worker]) return;
  train_random_start(&random, w->seed, w->purpose, w->part, (uint32_t)task);
  const size_t index = train_random_below(&random, (uint32_t)from->count);
  const size_t beside = train_random_below(&random, (uint32_t)from->count);
  const int together = train_random_uniform(&random) < TOGETHER_SHARE;
  const shim_image picture = view(from, index), other = view(from, beside);
  w->out->labels[w->first + task] =
      together ? (uint8_t)train_shape_class(TRAIN_SHAPE_OTHER) : (uint8_t)(TRAIN_SHAPE_CLASSES + from->labels[index]);
  w->statuses[worker] = redraw(&picture, together ? &other : NULL, &random, w->out->pixels + (w->first + task) * PIXELS,
                               &w->errors[worker]);
}

static void crop_one(void *user, size_t task, int worker) {
  work *w = user;
  const shim_image picture = view(&w->people->drawings, task);
  if (w->statuses[worker]) return;
  w->out->labels[w->first + task] = (uint8_t)(TRAIN_SHAPE_CLASSES + w->people->drawings.labels[task]);
  if (stage_shape_normalize(&picture, w->out->pixels + (w->first + task) * PIXELS))
    w->statuses[worker] =
        train_fail(&w->errors[worker], TRAIN_ERR_INTERNAL, "drawing %zu cannot be cropped: %s", task, shim_error());
}

/* Runs count tasks and moves `first` behind them. */
static int make(work *w, train_pool *pool, train_task *task, size_t count, int threads, train_error *error) {
  train_pool_run(pool, task, w, count);
  w->first += count;
  for (int i = 0; i < threads; i++)
    if (w->statuses[i]) {
      if (error) *error = w->errors[i];
      return w->statuses[i];
    }
  return TRAIN_OK;
}

static int open_set(train_dataset *set, size_t count, train_error *error) {
  *set = (train_dataset){.count = count, .height = STAGE_SHAPE_SIDE, .width = STAGE_SHAPE_SIDE};
  if (count < SIZE_MAX / PIXELS) {
    set->pixels = malloc(count * PIXELS + 1);
    set->labels = malloc(count + 1);
  }
  return set->pixels && set->labels ? TRAIN_OK : train_fail_memory(error);
}

static int open_work(work *w, train_pool **pool, int threads, train_error *error) {
  w->errors = calloc((size_t)threads, sizeof *w->errors);
  w->statuses = calloc((size_t)threads, sizeof *w->statuses);
  return w->errors && w->statuses ? train_pool_open(pool, threads, error) : train_fail_memory(error);
}

static void close_work(work *w, train_pool **pool) {
  train_pool_close(pool);
  free(w->errors);
  free(w->statuses);
}

int train_shape_drawings(train_dataset *out, size_t count, uint64_t seed, uint32_t part, int threads,
                         train_error *error) {
  train_pool *pool = NULL;
  work w = {.out = out, .seed = seed, .purpose = TRAIN_PURPOSE_DRAWINGS, .part = part};
  int status = open_set(out, count, error);
  if (!status) status = open_work(&w, &pool, threads, error);
  if (!status) status = make(&w, pool, draw_one, count, threads, error);
  close_work(&w, &pool);
  if (status) train_dataset_free(out);
  return status;
}

/* ---- all of it ---------------------------------------------------------------------------------------------------- */

static int is_held(const char *writers, const char *name) {
  const size_t length = strlen(name);
  while (writers && *writers) {
    if (strncmp(writers, name, length) == 0 && (writers[length] == ',' || !writers[length])) return 1;
    writers = strchr(writers, ',');
    if (writers) writers++;
  }
  return 0;
}

/* Moves the drawings of held writers to the end, both parts in their order. Returns their number. */
static size_t move_held(train_people *people, const char *writers, train_dataset *sorted, train_error *error,
                        int *status) {
  const train_dataset *from = &people->drawings;
  const size_t pixels = (size_t)from->height * (size_t)from->width;
  size_t held = 0, at = 0;
  *sorted = *from;
  sorted->pixels = malloc(from->count * pixels);
  sorted->labels = malloc(from->count);
  *status = sorted->pixels && sorted->labels ? TRAIN_OK : train_fail_memory(error);
  for (int part = 0; part < 2 && !*status; part++)
    for (size_t i = 0; i < from->count; i++) {
      if (is_held(writers, people->index.entries[i].writer) != part) continue;
      memcpy(sorted->pixels + at * pixels, from->pixels + i * pixels, pixels);
      sorted->labels[at++] = from->labels[i];
      held += (size_t)part;
    }
  return held;
}

static int make_all(train_dataset *out, train_people *people, size_t held, const train_config *config, int threads,
                    train_error *error) {
  train_pool *pool = NULL;
  work w = {.out = out, .people = people, .seed = config->seed, .purpose = TRAIN_PURPOSE_DRAWINGS};
  const size_t all = people->drawings.count;
  int status = open_set(out, (size_t)config->drawings + (size_t)config->rescans + all, error);
  if (!status) status = open_work(&w, &pool, threads, error);
  if (!status) status = make(&w, pool, draw_one, (size_t)config->drawings, threads, error);
  w.purpose = TRAIN_PURPOSE_RESCANS;
  people->drawings.count = all - held; /* those held out are not redrawn */
  if (!status) status = make(&w, pool, redraw_one, (size_t)config->rescans, threads, error);
  people->drawings.count = all;
  if (!status) status = make(&w, pool, crop_one, all, threads, error);
  close_work(&w, &pool);
  return status;
}

int train_shape_material_open(train_dataset *dataset, train_dataset *held, size_t *holdout, const train_config *config,
                              const char *folder, int threads, train_error *error) {
  train_people people;
  train_dataset sorted = {0};
  *dataset = *held = (train_dataset){0};
  int status = train_people_read(&people, folder, "train", error);
  if (status) return status;
  *holdout = move_held(&people, config->held_writers, &sorted, error, &status);
  train_dataset_free(&people.drawings);
  people.drawings = sorted;
  if (!status && *config->held_writers && *holdout == 0)
    status = train_fail(error, TRAIN_ERR_ARGUMENT, "--held-writers %s: nobody in %s has such a name",
                        config->held_writers, folder);
  if (!status && *holdout == people.drawings.count)
    status =
        train_fail(error, TRAIN_ERR_ARGUMENT, "--held-writers %s: leaves nobody to learn from", config->held_writers);
  if (!status) status = make_all(dataset, &people, *holdout, config, threads, error);
  if (!status && config->drawings)
    status = train_shape_drawings(held, (size_t)config->drawings / 10 + 1, config->seed, TRAIN_SHAPE_PART_HELD, threads,
                                  error);
  train_people_free(&people);
  if (status) {
    train_dataset_free(dataset);
    train_dataset_free(held);
  }
  return status;
}
