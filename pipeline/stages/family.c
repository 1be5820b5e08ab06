/* One direction of a table's lines as one model: a fan of curves, so that pieces of a line far apart are known for one,
 * and lines that were not seen everywhere can be placed. Perspective makes the slope, paper curl the bend, and both
 * vary from line to line about linearly; all lines are fitted together by least squares. Fails where paper is folded
 * sharply. */
#include "family.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ROUNDS = 5, TERMS = 4, VIRTUAL_MAX = 2 };
static const double ridge[TERMS] = {1e-4, 1e-3, 1e-3, 1e-2}; /* keeps what few crossings do not tell near 0 */

static double along_of(const family *f, const stage_crossing *c) {
  return c->point[f->upright];
}
static double across_of(const family *f, const stage_crossing *c) {
  return c->point[!f->upright];
}
static size_t track_of(const family *f, const stage_crossing *c) {
  return f->upright ? c->b : c->a;
}

static int compare_track(const void *a, const void *b) {
  const family_line *p = a, *q = b;
  return (p->track > q->track) - (p->track < q->track);
}

static int compare_position(const void *a, const void *b) {
  const family_line *p = a, *q = b;
  return p->position != q->position ? (p->position < q->position ? -1 : 1) : compare_track(a, b);
}

/* The lines, by track, with their numbers of crossings; and the range along. */
static int collect(const stage_crossings *crossings, int group, family *f) {
  double low = INFINITY, high = -INFINITY;
  f->lines = calloc(crossings->count + 1, sizeof *f->lines);
  if (!f->lines) return SHIM_ERR_MEMORY;
  size_t n = 0, count = 0;
  for (size_t i = 0; i < crossings->count; i++) {
    const stage_crossing *c = &crossings->items[i];
    if (c->group != group) continue;
    f->lines[n++] = (family_line){track_of(f, c), 0, 1, -1};
    low = fmin(low, along_of(f, c));
    high = fmax(high, along_of(f, c));
  }
  qsort(f->lines, n, sizeof *f->lines, compare_track);
  for (size_t i = 0; i < n; i++) {
    if (count && f->lines[count - 1].track == f->lines[i].track)
      f->lines[count - 1].crossings++;
    else
      f->lines[count++] = f->lines[i];
  }
  f->line_count = count;
  f->middle = (low + high) / 2;
  f->half = fmax((high - low) / 2, 1);
  return SHIM_OK;
}

static family_line *find_line(const family *f, size_t track) {
  const family_line key = {.track = track};
  return bsearch(&key, f->lines, f->line_count, sizeof *f->lines, compare_track);
}

double family_across(const family *f, double position, double along) {
  const double u = (along - f->middle) / f->half, q = (position - f->origin) / f->half, *k = f->shape;
  return position + (k[0] + k[1] * q) * u + (k[2] + k[3] * q) * u * u;
}

double family_position(const family *f, double along, double across) {
  const double u = (along - f->middle) / f->half, *k = f->shape;
  const double fan = 1 + (k[1] * u + k[3] * u * u) / f->half;
  return f->origin + (across - f->origin - k[0] * u - k[2] * u * u) / fmax(fan, 0.2);
}

/* Each line's position is the mean of what its crossings say under the present shape. */
static void place_lines(const stage_crossings *crossings, int group, family *f) {
  for (size_t i = 0; i < f->line_count; i++) f->lines[i].position = 0;
  for (size_t i = 0; i < crossings->count; i++) {
    const stage_crossing *c = &crossings->items[i];
    if (c->group != group) continue;
    family_line *line = find_line(f, track_of(f, c));
    line->position += family_position(f, along_of(f, c), across_of(f, c)) / line->crossings;
  }
  double sum = 0;
  for (size_t i = 0; i < f->line_count; i++) sum += f->lines[i].position;
  f->origin = sum / (double)f->line_count;
}

/* Gaussian elimination; the ridge keeps the pivots away from 0. */
static void solve(double m[TERMS][TERMS + 1], double out[TERMS]) {
  for (int i = 0; i < TERMS; i++)
    for (int row = i + 1; row < TERMS; row++) {
      const double factor = m[row][i] / m[i][i];
      for (int j = i; j <= TERMS; j++) m[row][j] -= factor * m[i][j];
    }
  for (int i = TERMS - 1; i >= 0; i--) {
    out[i] = m[i][TERMS];
    for (int j = i + 1; j < TERMS; j++) out[i] -= m[i][j] * out[j];
    out[i] /= m[i][i];
  }
}

/* What a crossing says: the terms beside the four factors, and across itself. */
static void find_terms(const family *f, const stage_crossing *c, const family_line *line, double terms[TERMS + 1]) {
  const double u = (along_of(f, c) - f->middle) / f->half, q = (line->position - f->origin) / f->half;
  terms[0] = u, terms[1] = u * q, terms[2] = u * u, terms[3] = u * u * q;
  terms[TERMS] = across_of(f, c);
}

/* Least squares on the deviations from each line's own mean, so that the positions need not be known for it. */
static int fit_shape(const stage_crossings *crossings, int group, family *f) {
  double(*means)[TERMS + 1] = calloc(f->line_count, sizeof *means), m[TERMS][TERMS + 1] = {{0}}, terms[TERMS + 1];
  if (!means) return SHIM_ERR_MEMORY;
  size_t total = 0;
  for (int pass = 0; pass < 2; pass++)
    for (size_t i = 0; i < crossings->count; i++) {
      const stage_crossing *c = &crossings->items[i];
      if (c->group != group) continue;
      const family_line *line = find_line(f, track_of(f, c));
      double *mean = means[line - f->lines];
      find_terms(f, c, line, terms);
      if (pass == 0) {
        for (int t = 0; t <= TERMS; t++) mean[t] += terms[t] / line->crossings;
        total++;
        continue;
      }
      for (int row = 0; row < TERMS; row++)
        for (int t = 0; t <= TERMS; t++) m[row][t] += (terms[row] - mean[row]) * (terms[t] - mean[t]);
    }
  for (int t = 0; t < TERMS; t++) m[t][t] += ridge[t] * (double)total;
  solve(m, f->shape);
  free(means);
  return SHIM_OK;
}

int family_open(const stage_crossings *crossings, int group, int upright, family *out) {
  memset(out, 0, sizeof *out);
  out->upright = upright;
  int status = collect(crossings, group, out);
  for (int i = 0; status == SHIM_OK && i < ROUNDS; i++) {
    place_lines(crossings, group, out);
    status = fit_shape(crossings, group, out);
  }
  if (status == SHIM_OK) {
    place_lines(crossings, group, out);
    qsort(out->lines, out->line_count, sizeof *out->lines, compare_position);
  } else {
    family_free(out);
  }
  return status;
}

void family_free(family *f) {
  free(f->lines);
  free(f->boundaries);
  memset(f, 0, sizeof *f);
}

int family_group(family *f, double together) {
  free(f->boundaries);
  f->boundaries = malloc((f->line_count + VIRTUAL_MAX) * sizeof *f->boundaries);
  if (!f->boundaries) return SHIM_ERR_MEMORY;
  f->boundary_count = 0;
  for (size_t first = 0, last; first < f->line_count; first = last) {
    double sum = 0, weight = 0;
    for (last = first; last < f->line_count && f->lines[last].position - f->lines[first].position <= together; last++) {
      f->lines[last].boundary = f->boundary_count;
      sum += f->lines[last].position * f->lines[last].crossings;
      weight += f->lines[last].crossings;
    }
    f->boundaries[f->boundary_count++] = sum / weight;
  }
  return SHIM_OK;
}

double family_gap(const family *f, double rank) {
  const int count = f->boundary_count - 1, place = (int)(rank * count);
  for (int i = 0; i < count; i++) {
    const double gap = f->boundaries[i + 1] - f->boundaries[i];
    int smaller = 0, equal = 0;
    for (int j = 0; j < count; j++) {
      const double other = f->boundaries[j + 1] - f->boundaries[j];
      smaller += other < gap;
      equal += other == gap;
    }
    if (smaller <= place && smaller + equal > place) return gap;
  }
  return 0;
}

double family_pitch(const family *f) {
  return family_gap(f, 0.5);
}

void family_drop_boundary(family *f, int boundary) {
  size_t kept = 0;
  for (size_t i = 0; i < f->line_count; i++) {
    family_line line = f->lines[i];
    if (line.boundary == boundary) continue;
    line.boundary -= line.boundary > boundary;
    f->lines[kept++] = line;
  }
  f->line_count = kept;
  f->boundary_count--;
  memmove(f->boundaries + boundary, f->boundaries + boundary + 1,
          (size_t)(f->boundary_count - boundary) * sizeof *f->boundaries);
}

void family_add_boundary(family *f, int at, double position) {
  memmove(f->boundaries + at + 1, f->boundaries + at, (size_t)(f->boundary_count - at) * sizeof *f->boundaries);
  f->boundaries[at] = position;
  f->boundary_count++;
  for (size_t i = 0; i < f->line_count; i++) f->lines[i].boundary += f->lines[i].boundary >= at;
}
