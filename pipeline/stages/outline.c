/* What strokes enclose. The paper within an outline is a hole of the ink: connectors that touch the outline from
 * outside, corners drawn too far and text inside change nothing about its border, which makes holes a safer sign of a
 * shape than the strokes are. Shapes that overlap or are divided have several holes: those beside each other are also
 * taken together, and the page decides later which of all these ways are shapes. A way that runs into the hole, as text
 * that touches the outline does, is closed over; then the border is moved out to the middle of the stroke. */
#include "shapes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
  FACE_SIDE_MIN = 8, /* pixels of a hole */
  FACE_AREA_MIN = 70,
  ALL_SETS_FACES =
      7, /* up to so many holes of a part, every connected set of them is tried; else pairs and the whole */
  SET_PIXELS_MAX = 8 << 20 /* of all sets' boxes together: a texture has no end of them */
};
static const double wall_widths = 1.4;  /* holes nearer than so many stroke widths are beside each other */
static const double scrap_share = 0.04; /* of a set's largest hole: smaller ones are cut off corners and arrow heads */
static const double ink_near = 0.8;     /* stroke widths, and two pixels, from the way: it is drawn there */

typedef struct face {
  size_t contour; /* in the contours of the closed ink */
  double area;
  uint64_t beside;
} face;

typedef struct finder {
  const stage_strokes *strokes;
  const shim_contours *contours;
  stage_outlines *out;
  face faces[STAGE_FACES_MAX];
  int face_count, part;
  int x, y, width, height; /* the box around the faces */
  double stroke;
  size_t pixels; /* spent on sets */
} finder;

void stage_outlines_free(stage_outlines *outlines) {
  free(outlines->items);
  memset(outlines, 0, sizeof *outlines);
}

int stage_outlines_append(stage_outlines *list, const stage_outline *outline) {
  if (list->count == list->capacity) {
    const size_t capacity = list->capacity ? 2 * list->capacity : 16;
    stage_outline *items = capacity > SIZE_MAX / sizeof *items ? NULL : realloc(list->items, capacity * sizeof *items);
    if (!items) return SHIM_ERR_MEMORY;
    list->items = items;
    list->capacity = capacity;
  }
  list->items[list->count++] = *outline;
  return SHIM_OK;
}

/* ---- from a set of holes to one way ------------------------------------------------------------------------------- */

static double signed_area(const float *points, size_t count) {
  double sum = 0;
  for (size_t i = 0, j = count - 1; i < count; j = i++)
    sum += (double)points[2 * j] * points[2 * i + 1] - (double)points[2 * i] * points[2 * j + 1];
  return sum / 2;
}

/* Points at even distances along a closed contour of whole pixels, their middles. */
void stage_outline_resample(const int *from, size_t count, float *out) {
  double total = 0, at = 0;
  for (size_t i = 0; i < count; i++) {
    const int *p = from + 2 * i, *q = from + 2 * ((i + 1) % count);
    total += hypot(q[0] - p[0], q[1] - p[1]);
  }
  const double step = total / STAGE_OUTLINE_POINTS;
  size_t made = 0;
  for (size_t i = 0; i < count && made < STAGE_OUTLINE_POINTS; i++) {
    const int *p = from + 2 * i, *q = from + 2 * ((i + 1) % count);
    const double length = hypot(q[0] - p[0], q[1] - p[1]);
    for (; made < STAGE_OUTLINE_POINTS && made * step < at + length; made++) {
      const double t = length > 0 ? (made * step - at) / length : 0;
      out[2 * made] = (float)(p[0] + t * (q[0] - p[0]) + 0.5);
      out[2 * made + 1] = (float)(p[1] + t * (q[1] - p[1]) + 0.5);
    }
    at += length;
  }
  for (; made < STAGE_OUTLINE_POINTS; made++) memcpy(out + 2 * made, out, 2 * sizeof *out);
}

/* Moves the way outwards; it runs clockwise as seen. */
static void move_out(float *points, double distance) {
  enum { N = STAGE_OUTLINE_POINTS, REACH = 4 };
  float moved[2 * N];
  for (int i = 0; i < N; i++) {
    const float *before = points + 2 * ((i + N - REACH) % N), *after = points + 2 * ((i + REACH) % N);
    const double dx = after[0] - before[0], dy = after[1] - before[1], length = hypot(dx, dy);
    moved[2 * i] = points[2 * i] + (float)(length > 0 ? distance * dy / length : 0);
    moved[2 * i + 1] = points[2 * i + 1] - (float)(length > 0 ? distance * dx / length : 0);
  }
  memcpy(points, moved, sizeof moved);
}

static void turn_clockwise(float *points) {
  if (signed_area(points, STAGE_OUTLINE_POINTS) >= 0) return;
  for (int i = 0, j = STAGE_OUTLINE_POINTS - 1; i < j; i++, j--)
    for (int axis = 0; axis < 2; axis++) {
      const float swap = points[2 * i + axis];
      points[2 * i + axis] = points[2 * j + axis];
      points[2 * j + axis] = swap;
    }
}

static int is_ink_near(const shim_image *ink, double x, double y, double reach) {
  const int r = (int)reach;
  for (int dy = -r; dy <= r; dy++)
    for (int dx = -r; dx <= r; dx++) {
      const int px = (int)floor(x) + dx, py = (int)floor(y) + dy;
      if (px >= 0 && py >= 0 && px < ink->width && py < ink->height && ink->data[py * ink->stride + px]) return 1;
    }
  return 0;
}

void stage_outline_measure(const shim_image *ink, stage_outline *o) {
  int drawn = 0;
  o->box[0] = o->box[1] = INFINITY, o->box[2] = o->box[3] = -INFINITY;
  for (int i = 0; i < STAGE_OUTLINE_POINTS; i++) {
    for (int axis = 0; axis < 2; axis++) {
      o->box[axis] = fmin(o->box[axis], o->points[2 * i + axis]);
      o->box[2 + axis] = fmax(o->box[2 + axis], o->points[2 * i + axis]);
    }
    drawn += is_ink_near(ink, o->points[2 * i], o->points[2 * i + 1], ink_near * o->stroke + 1);
  }
  o->drawn = (double)drawn / STAGE_OUTLINE_POINTS;
  o->area = signed_area(o->points, STAGE_OUTLINE_POINTS);
}

int stage_outline_trace(const shim_image *mask, int x, int y, double outwards, stage_outline *out) {
  shim_contours contours;
  const int status = shim_contours_find(mask, &contours);
  if (status != SHIM_OK) return status;
  size_t best = 0;
  for (size_t i = 0; i < contours.count; i++) {
    const shim_contour *c = &contours.contours[i], *b = &contours.contours[best];
    if (c->parent < 0 && (long)c->width * c->height > (b->parent < 0 ? (long)b->width * b->height : -1)) best = i;
  }
  if (contours.count) {
    stage_outline_resample(contours.points + 2 * contours.contours[best].first_point,
                           contours.contours[best].point_count, out->points);
    for (int i = 0; i < STAGE_OUTLINE_POINTS; i++) out->points[2 * i] += (float)x, out->points[2 * i + 1] += (float)y;
    turn_clockwise(out->points);
    move_out(out->points, outwards);
  }
  shim_contours_free(&contours);
  return SHIM_OK;
}

static int fill_face(const finder *f, const shim_contour *c, int x, int y, shim_image *mask) {
  float *points = malloc((c->point_count + 1) * 2 * sizeof *points);
  if (!points) return SHIM_ERR_MEMORY;
  const int *from = f->contours->points + 2 * c->first_point;
  for (size_t i = 0; i < c->point_count; i++) {
    points[2 * i] = (float)(from[2 * i] - x);
    points[2 * i + 1] = (float)(from[2 * i + 1] - y);
  }
  const int status = shim_fill_polygon(mask, points, c->point_count, 255);
  free(points);
  return status;
}

static int add_set(finder *f, uint64_t set) {
  const int window = 2 * (int)ceil((f->stroke + 3) / 2) + 1, margin = window + 1;
  int x0 = f->x + f->width, y0 = f->y + f->height, x1 = 0, y1 = 0;
  double largest = 0;
  stage_outline o = {.stroke = f->stroke, .part = f->part, .faces = set};
  for (int i = 0; i < f->face_count; i++) {
    if (!(set >> i & 1)) continue;
    const shim_contour *c = &f->contours->contours[f->faces[i].contour];
    x0 = c->x < x0 ? c->x : x0, y0 = c->y < y0 ? c->y : y0;
    x1 = c->x + c->width > x1 ? c->x + c->width : x1, y1 = c->y + c->height > y1 ? c->y + c->height : y1;
    largest = fmax(largest, f->faces[i].area);
  }
  for (int i = 0; i < f->face_count; i++) o.face_count += set >> i & 1 && f->faces[i].area >= scrap_share * largest;
  shim_image mask, closed = {0};
  const int width = x1 - x0 + 2 * margin, height = y1 - y0 + 2 * margin;
  f->pixels += (size_t)width * (size_t)height;
  int status = shim_image_create(&mask, width, height, 1);
  if (status == SHIM_OK) status = shim_image_create(&closed, width, height, 1);
  if (status == SHIM_OK) memset(mask.data, 0, (size_t)width * (size_t)height);
  for (int i = 0; status == SHIM_OK && i < f->face_count; i++)
    if (set >> i & 1)
      status = fill_face(f, &f->contours->contours[f->faces[i].contour], x0 - margin, y0 - margin, &mask);
  if (status == SHIM_OK) status = shim_close(&mask, &closed, window);
  if (status == SHIM_OK)
    status = stage_outline_trace(&closed, x0 - margin, y0 - margin, fmax(0, (f->stroke - 1) / 2), &o);
  shim_image_free(&mask), shim_image_free(&closed);
  if (status != SHIM_OK) return status;
  stage_outline_measure(f->strokes->ink, &o);
  return stage_outlines_append(f->out, &o);
}

/* ---- which holes are beside each other ---------------------------------------------------------------------------- */

static void count_neighbours(const finder *f, const uint8_t *map, int own, int counts[STAGE_FACES_MAX]) {
  const shim_contour *c = &f->contours->contours[f->faces[own].contour];
  const int reach = (int)ceil(wall_widths * f->stroke) + 1;
  for (size_t i = 0; i < c->point_count; i++) {
    const int *p = f->contours->points + 2 * (c->first_point + i);
    uint64_t met = 0;
    for (int d = 0; d < 8; d++)
      for (int k = 0; k <= reach; k++) {
        const int x = p[0] - f->x + k * stage_around[d][0], y = p[1] - f->y + k * stage_around[d][1];
        if (x < 0 || y < 0 || x >= f->width || y >= f->height) break;
        const int other = map[(size_t)y * (size_t)f->width + (size_t)x];
        if (other && other != own + 1) met |= (uint64_t)1 << (other - 1);
      }
    for (int k = 0; k < f->face_count; k++) counts[k] += met >> k & 1;
  }
}

static int find_neighbours(finder *f) {
  uint8_t *map = calloc((size_t)f->width * (size_t)f->height, 1);
  if (!map) return SHIM_ERR_MEMORY;
  for (int i = 0; i < f->face_count; i++) {
    const shim_contour *c = &f->contours->contours[f->faces[i].contour];
    for (size_t k = 0; k < c->point_count; k++) {
      const int *p = f->contours->points + 2 * (c->first_point + k);
      map[(size_t)(p[1] - f->y) * (size_t)f->width + (size_t)(p[0] - f->x)] = (uint8_t)(i + 1);
    }
  }
  for (int i = 0; i < f->face_count; i++) {
    int counts[STAGE_FACES_MAX] = {0};
    count_neighbours(f, map, i, counts);
    for (int k = 0; k < f->face_count; k++)
      if (counts[k] > 2 * f->stroke + 2) f->faces[i].beside |= (uint64_t)1 << k, f->faces[k].beside |= (uint64_t)1 << i;
  }
  free(map);
  return SHIM_OK;
}

/* All that can be reached from the lowest face of the set without leaving it. */
static uint64_t reachable(const finder *f, uint64_t set) {
  uint64_t reached = set & ~(set - 1), before = 0;
  while (reached != before) {
    before = reached;
    for (int i = 0; i < f->face_count; i++)
      if (reached >> i & 1) reached |= f->faces[i].beside & set;
  }
  return reached;
}

static int add_sets(finder *f) {
  const uint64_t all = f->face_count == 64 ? ~(uint64_t)0 : ((uint64_t)1 << f->face_count) - 1;
  int status = SHIM_OK;
  for (int i = 0; status == SHIM_OK && i < f->face_count; i++) status = add_set(f, (uint64_t)1 << i);
  if (f->face_count <= ALL_SETS_FACES) {
    for (uint64_t set = 1; status == SHIM_OK && set <= all && f->pixels < SET_PIXELS_MAX; set++)
      if ((set & (set - 1)) && reachable(f, set) == set) status = add_set(f, set);
    return status;
  }
  for (int i = 0; i < f->face_count; i++)
    for (int k = i + 1; status == SHIM_OK && k < f->face_count && f->pixels < SET_PIXELS_MAX; k++)
      if (f->faces[i].beside >> k & 1) status = add_set(f, (uint64_t)1 << i | (uint64_t)1 << k);
  for (uint64_t left = all; status == SHIM_OK && left && f->pixels < SET_PIXELS_MAX;) {
    const uint64_t set = reachable(f, left);
    if (set & (set - 1)) status = add_set(f, set);
    left &= ~set;
  }
  return status;
}

/* ---- the page ----------------------------------------------------------------------------------------------------- */

/* Its area; 0 for what is too small to be a face. */
static double face_area(const shim_contours *contours, const shim_contour *c) {
  if (c->width < FACE_SIDE_MIN || c->height < FACE_SIDE_MIN) return 0;
  double twice = 0;
  const int *points = contours->points + 2 * c->first_point;
  for (size_t i = 0, j = c->point_count - 1; i < c->point_count; j = i++)
    twice += (double)points[2 * j] * points[2 * i + 1] - (double)points[2 * i] * points[2 * j + 1];
  return fabs(twice) / 2 >= FACE_AREA_MIN ? fabs(twice) / 2 : 0;
}

/* Of too many holes the first ones, which are as good as any. */
static void collect_faces(finder *f, int outer) {
  int x1 = 0, y1 = 0;
  f->face_count = 0;
  f->x = f->y = 1 << 30;
  for (int hole = f->contours->contours[outer].first_hole; hole >= 0; hole = f->contours->contours[hole].next_hole) {
    const shim_contour *c = &f->contours->contours[hole];
    const double area = face_area(f->contours, c);
    if (f->face_count == STAGE_FACES_MAX || area == 0) continue;
    f->faces[f->face_count++] = (face){(size_t)hole, area, 0};
    f->x = c->x < f->x ? c->x : f->x, f->y = c->y < f->y ? c->y : f->y;
    x1 = c->x + c->width > x1 ? c->x + c->width : x1, y1 = c->y + c->height > y1 ? c->y + c->height : y1;
  }
  f->width = x1 - f->x, f->height = y1 - f->y;
}

/* The part whose ink is at the outer contour's first point that has any: bridges are not ink. */
static int part_of(const finder *f, const shim_contour *outer) {
  int part = -1;
  for (size_t i = 0; part < 0 && i < outer->point_count; i++) {
    const int *p = f->contours->points + 2 * (outer->first_point + i);
    part = stage_strokes_part(f->strokes, p[0], p[1]);
  }
  return part;
}

int stage_outlines_find(const stage_strokes *strokes, stage_outlines *out) {
  shim_image closed;
  shim_contours contours = {0};
  int status = stage_bridge_gaps(strokes, &closed);
  if (status != SHIM_OK) return status;
  status = shim_contours_find(&closed, &contours);
  finder f = {.strokes = strokes, .contours = &contours, .out = out};
  for (size_t i = 0; status == SHIM_OK && i < contours.count; i++) {
    if (contours.contours[i].parent >= 0) continue;
    collect_faces(&f, (int)i);
    if (!f.face_count) continue;
    f.part = part_of(&f, &contours.contours[i]);
    if (f.part < 0) continue;
    f.stroke = strokes->widths[f.part];
    if (f.face_count > 1) status = find_neighbours(&f);
    if (status == SHIM_OK) status = add_sets(&f);
  }
  shim_contours_free(&contours);
  shim_image_free(&closed);
  return status;
}
