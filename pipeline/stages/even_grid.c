/* Even grids of which only a part was traced, as sudokus and the boxes of forms are where their lines are faint, or the
 * picture small or blurred. What was found tells how the grid lies. Seen straight on, a line that is too faint to be
 * followed still shows in the median over all of its length, to which digits add nothing, since they cover less than
 * half of it (a projection profile). Where such lines stand at even distances, make cells that are about square and end
 * with the grid, they are its lines; boundaries found between them that show far less so were strokes of digits that
 * stand below each other. In a row of boxes that share their sides the narrowest tells how far the others are apart, and
 * what was found how the row goes on.
 *
 * Lines that go on beyond the grid are squared paper's. Fails on grids of which not even two lines of either direction
 * were traced, or of which these are but a corner. */
#include "even_grid.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "flat.h"

enum {
  PITCH_MIN = 12, /* pixels of the view */
  CELLS_MIN = 4,
  CELLS_MAX = 16,
  BOXES_MIN = 3,
  LINES_MAX = CELLS_MAX + 1,
  PEAKS_MAX = 160,
  SKIPPED_MAX = 6, /* peaks between two neighbouring lines */
  END_APART = 4,   /* pixels of the view */
  ROUNDS = 3,      /* each of which shows more of what lies around */
  DRIFT = 2        /* pixels of the view by which a line's part may lie aside of the whole */
};
static const double depth_min = 3;      /* 256ths of the paper's brightness, as of flat_depth */
static const double even = 0.12;        /* pitches by which a line may stand aside of where it is expected */
static const double stray_depth = 0.5;  /* of the mean line's */
static const double aspect_max = 1.35;  /* of a cell */
static const double strip_depth = 0.3;  /* of the line's own, where it leads on */
static const double strip_share = 0.6;  /* of the crossing lines that lead up to a line beyond what was found */
static const double beyond_share = 0.4; /* of the lines' ends: paper's lines go on there */
static const double near_line = 0.2;    /* pitches */
static const double frame_depth = 1.3;  /* of the mean line's: such a line closes the grid */
static const double shown_min = 0.6, border_near = 0.25; /* pitches */
static const double line_width = 2;                      /* pixels of the view */
/* Of a box for one digit: its width beside its height, how far aside of even places its sides stand, in pitches, and how
 * many of a row's cells must be one box. */
static const double box_narrowest = 0.5, box_widest = 1.4, box_even = 0.12, box_singles_min = 0.3;
static const double faint_depth = 2;    /* as depth_min, where a line is expected */
static const double box_seen_min = 0.6; /* of the lines between boxes that were overlooked */

/* The lines of one direction. */
typedef struct comb {
  double at[LINES_MAX], depth[LINES_MAX];
  int count;
} comb;

typedef struct grid {
  const flat *view;
  const shim_image *page;
  comb along[2]; /* lines along x; lines along y */
} grid;

static double pitch_of(const comb *c) {
  return (c->at[c->count - 1] - c->at[0]) / (c->count - 1);
}

/* ---- one direction ------------------------------------------------------------------------------------------------ */

typedef struct peak {
  double at, depth;
} peak;

/* A frame that is too thick for flat_depth, or at the picture's edge, was seen when it was traced. */
static int add_ends(const flat *view, int direction, peak *peaks, int count) {
  const int last = flat_boundaries(view, direction) - 1;
  for (int end = 0; end < 2; end++) {
    const double at = view->found[direction][end ? last : 0];
    int place = 0;
    while (place < count && peaks[place].at < at - END_APART) place++;
    if (place < count && peaks[place].at <= at + END_APART) continue;
    memmove(peaks + place + 1, peaks + place, (size_t)(count - place) * sizeof *peaks);
    peaks[place] = (peak){at, depth_min};
    count++;
  }
  return count;
}

/* Where lines of the direction seem to be, over all of the table's breadth. */
static int find_peaks(const flat *view, int direction, peak *peaks) {
  const double *other = view->found[!direction];
  const double from = other[0], to = other[flat_boundaries(view, !direction) - 1];
  const int size = direction ? view->gray.width : view->gray.height;
  double before = 0, here = flat_depth(view, direction, 0, from, to);
  int count = 0;
  for (int at = 0; at + 1 < size && count + 2 < PEAKS_MAX; at++) {
    const double after = flat_depth(view, direction, at + 1, from, to);
    if (here >= depth_min && here > before && here >= after) {
      const double bend = before - 2 * here + after;
      peaks[count++] = (peak){at + 0.5 + (bend < 0 ? (before - after) / (2 * bend) : 0), here};
    }
    before = here;
    here = after;
  }
  return add_ends(view, direction, peaks, count);
}

/* The peak nearest to `at` within reach; -1: none. */
static int nearest_peak(const peak *peaks, int count, double at, double reach) {
  int best = -1;
  for (int i = 0; i < count; i++)
    if (fabs(peaks[i].at - at) <= (best < 0 ? reach : fabs(peaks[best].at - at))) best = i;
  return best;
}

static void insert(comb *c, const peak *p, int at_end) {
  if (!at_end) {
    memmove(c->at + 1, c->at, (size_t)c->count * sizeof *c->at);
    memmove(c->depth + 1, c->depth, (size_t)c->count * sizeof *c->depth);
  }
  c->at[at_end ? c->count : 0] = p->at;
  c->depth[at_end ? c->count : 0] = p->depth;
  c->count++;
}

/* Moves the others up, whose count is already one less. */
static void drop_first(comb *c) {
  memmove(c->at, c->at + 1, (size_t)c->count * sizeof *c->at);
  memmove(c->depth, c->depth + 1, (size_t)c->count * sizeof *c->depth);
}

/* Goes on from two neighbouring lines in even steps both ways; 0 where there is no end to it. */
static int grow(const peak *peaks, int count, int a, int b, comb *out) {
  *out = (comb){{peaks[a].at, peaks[b].at}, {peaks[a].depth, peaks[b].depth}, 2};
  for (int at_end = 1; at_end >= 0; at_end--)
    for (;;) {
      const double pitch = pitch_of(out), next = at_end ? out->at[out->count - 1] + pitch : out->at[0] - pitch;
      const int found = nearest_peak(peaks, count, next, even * pitch);
      if (found < 0) break;
      if (out->count == LINES_MAX) return 0;
      insert(out, &peaks[found], at_end);
    }
  return 1;
}

/* How far the lines stand aside of even distances, in pitches. */
static double unevenness(const comb *c) {
  const double pitch = pitch_of(c);
  double sum = 0;
  for (int i = 1; i < c->count; i++) sum += fabs(c->at[i] - c->at[i - 1] - pitch) / pitch;
  return sum;
}

/* The even lines that are the most, of several the most even. */
static void find_comb(const flat *view, int direction, comb *best) {
  peak peaks[PEAKS_MAX];
  const int count = find_peaks(view, direction, peaks);
  *best = (comb){.count = 0};
  for (int a = 0; a < count; a++)
    for (int b = a + 1; b < count && b <= a + SKIPPED_MAX; b++) {
      comb c;
      if (peaks[b].at - peaks[a].at < PITCH_MIN || !grow(peaks, count, a, b, &c)) continue;
      if (c.count > best->count || (c.count == best->count && unevenness(&c) < unevenness(best))) *best = c;
    }
}

/* How deep the line is at its deepest nearby: a part of it, or where it was traced, lies somewhat aside. */
static double depth_near(const grid *g, int direction, double at, double from, double to) {
  double most = 0;
  for (int aside = -DRIFT; aside <= DRIFT; aside++)
    most = fmax(most, flat_depth(g->view, direction, (int)at + aside, from, to));
  return most;
}

/* ---- both directions ---------------------------------------------------------------------------------------------- */

/* Whether most lines of the other direction lead up to the first (end 0) or last line of a direction. */
static int has_strip(const grid *g, int direction, int end) {
  const comb *c = &g->along[direction], *other = &g->along[!direction];
  const double near = end ? c->at[c->count - 2] : c->at[0], far = end ? c->at[c->count - 1] : c->at[1];
  int seen = 0;
  for (int i = 0; i < other->count; i++)
    seen += depth_near(g, !direction, other->at[i], near, far) >= fmax(depth_min, strip_depth * other->depth[i]);
  return seen >= strip_share * other->count;
}

/* Takes lines away at the ends that stand beyond what was found and to which nothing leads. */
static void cut_ends(grid *g, int direction) {
  comb *c = &g->along[direction];
  const double *found = g->view->found[direction], reach = near_line * pitch_of(c);
  const double last = found[flat_boundaries(g->view, direction) - 1];
  while (c->count > 2 && c->at[c->count - 1] > last + reach && !has_strip(g, direction, 1)) c->count--;
  while (c->count > 2 && c->at[0] < found[0] - reach && !has_strip(g, direction, 0)) {
    c->count--;
    drop_first(c);
  }
}

static int is_in_picture(const grid *g, int direction, double at) {
  const comb *other = &g->along[!direction];
  const double middle = (other->at[0] + other->at[other->count - 1]) / 2;
  double page[2];
  flat_to_page(g->view, direction ? at : middle, direction ? middle : at, page);
  return page[0] >= 0 && page[1] >= 0 && page[0] < g->page->width && page[1] < g->page->height;
}

/* Where the picture ends less than a cell beyond the last line and the crossing lines lead on, it has cut the grid's last
 * line off, or hides it. */
static void add_at_border(grid *g, int direction, int end) {
  comb *c = &g->along[direction];
  const double last = end ? c->at[c->count - 1] : c->at[0], step = end ? pitch_of(c) : -pitch_of(c);
  const peak cut = {last + step, depth_min};
  double mean = 0;
  for (int i = 0; i < c->count; i++) mean += c->depth[i] / c->count;
  if (c->count == LINES_MAX || c->depth[end ? c->count - 1 : 0] > frame_depth * mean ||
      !is_in_picture(g, direction, last + shown_min * step) ||
      is_in_picture(g, direction, last + (1 + border_near) * step))
    return;
  insert(c, &cut, end);
  if (has_strip(g, direction, end)) return;
  c->count--;
  if (!end) drop_first(c);
}

static int nearest_line(const comb *c, double at) {
  int best = 0;
  for (int i = 1; i < c->count; i++)
    if (fabs(c->at[i] - at) < fabs(c->at[best] - at)) best = i;
  return best;
}

static int is_near_line(const comb *c, double at) {
  return fabs(c->at[nearest_line(c, at)] - at) <= near_line * pitch_of(c);
}

/* Whether the lines leave hardly anything unexplained: what they do not, a crease say, shows less than a line. */
static int explains_table(const grid *g, int direction) {
  const comb *c = &g->along[direction], *other = &g->along[!direction];
  const double *found = g->view->found[direction];
  double lines = 0, strays = 0;
  for (int i = 0; i < c->count; i++) lines += c->depth[i] / c->count;
  for (int i = 0; i < flat_boundaries(g->view, direction); i++)
    if (!is_near_line(c, found[i]))
      strays += depth_near(g, direction, found[i], other->at[0], other->at[other->count - 1]);
  return strays <= stray_depth * lines;
}

static int ends_with_grid(const grid *g) {
  int ends = 0, beyond = 0;
  for (int d = 0; d < 2; d++) {
    const comb *c = &g->along[d], *other = &g->along[!d];
    const double pitch = pitch_of(other), first = other->at[0], last = other->at[other->count - 1];
    for (int i = 0; i < c->count; i++, ends += 2) {
      const double least = fmax(depth_min, stray_depth * c->depth[i]);
      beyond += flat_depth(g->view, d, (int)c->at[i], first - 0.8 * pitch, first - 0.2 * pitch) >= least;
      beyond += flat_depth(g->view, d, (int)c->at[i], last + 0.2 * pitch, last + 0.8 * pitch) >= least;
    }
  }
  return beyond < beyond_share * ends;
}

/* Whether the lines are just those that were found. */
static int is_known(const grid *g) {
  for (int d = 0; d < 2; d++) {
    const comb *c = &g->along[d];
    if (c->count != flat_boundaries(g->view, d)) return 0;
    for (int i = 0; i < c->count; i++)
      if (!is_near_line(c, g->view->found[d][i])) return 0;
  }
  return 1;
}

/* Finds the grid that the table is a part of; 0 where it is none, or all of it. */
static int find_grid(const flat *view, const shim_image *page, grid *out) {
  out->view = view;
  out->page = page;
  for (int d = 0; d < 2; d++) {
    find_comb(view, d, &out->along[d]);
    if (out->along[d].count < 2) return 0;
  }
  for (int d = 0; d < 2; d++) {
    cut_ends(out, d);
    if (out->along[d].count <= CELLS_MIN) return 0;
  }
  for (int i = 0; i < 4; i++) add_at_border(out, i / 2, i % 2);
  const double width = pitch_of(&out->along[1]), height = pitch_of(&out->along[0]);
  return fmax(width, height) <= aspect_max * fmin(width, height) && !is_known(out) && explains_table(out, 0) &&
         explains_table(out, 1) && ends_with_grid(out);
}

/* ---- rows of boxes ------------------------------------------------------------------------------------------------ */

/* How many boxes a table of one row or column is, by its narrowest cell; 0 where its cells are not whole numbers of that
 * one, or it is none for a digit. */
static int count_boxes(const flat *view, int direction, double *pitch) {
  const double *found = view->found[direction], high = view->found[!direction][1] - view->found[!direction][0];
  const int cells = flat_boundaries(view, direction) - 1;
  double narrow = INFINITY;
  for (int i = 0; i < cells; i++) narrow = fmin(narrow, found[i + 1] - found[i]);
  if (narrow < box_narrowest * high || narrow > box_widest * high || narrow < PITCH_MIN) return 0;
  int boxes = 0, single = 0;
  for (int i = 0; i < cells; i++) {
    const int here = (int)floor((found[i + 1] - found[i]) / narrow + 0.5);
    boxes += here;
    single += here == 1;
  }
  *pitch = (found[cells] - found[0]) / boxes;
  for (int i = 0; i <= cells; i++) {
    const double place = (found[i] - found[0]) / *pitch;
    if (fabs(place - floor(place + 0.5)) > box_even) return 0;
  }
  return boxes <= CELLS_MAX && single >= box_singles_min * cells ? boxes : 0;
}

/* The line of the row's direction that is best seen about there. */
static peak find_line(const flat *view, int direction, double at, double reach) {
  const double *other = view->found[!direction];
  peak best = {at, 0};
  for (int place = (int)ceil(at - reach); place <= at + reach; place++) {
    const double depth = flat_depth(view, direction, place, other[0], other[1]);
    if (depth > best.depth || (depth == best.depth && fabs(place - at) < fabs(best.at - at)))
      best = (peak){place, depth};
  }
  return best;
}

/* Boxes beyond an end, whose sides show. */
static void extend_row(grid *g, int direction, int end) {
  comb *c = &g->along[direction];
  const comb *other = &g->along[!direction];
  const double pitch = pitch_of(c);
  while (c->count <= CELLS_MAX) {
    const double last = c->at[end ? c->count - 1 : 0], sign = end ? 1 : -1;
    const peak line = find_line(g->view, direction, last + sign * pitch, box_even * pitch);
    const double a = last + 0.2 * sign * pitch, b = line.at - 0.2 * sign * pitch;
    int strips = 0;
    for (int i = 0; i < 2; i++) strips += depth_near(g, !direction, other->at[i], fmin(a, b), fmax(a, b)) >= depth_min;
    if (line.depth < faint_depth || !strips) return;
    insert(c, &line, end);
  }
}

/* Whether the row's boxes share their sides: those that stand apart have their borders in the gaps. */
static int shares_sides(const flat *view, int direction, double pitch) {
  const int inner = flat_boundaries(view, direction) - 2;
  int drawn = 0;
  for (int i = 1; i <= inner; i++)
    drawn += find_line(view, direction, view->found[direction][i], box_even / 2 * pitch).depth >= faint_depth;
  return 2 * drawn > inner;
}

/* A row of boxes for a digit each, between some of which the line was overlooked, or which was found in part; 0 where the
 * table is none, or all of it. */
static int find_row(const flat *view, const shim_image *page, grid *out) {
  const int d = view->table->rows == 1, known = flat_boundaries(view, d);
  double pitch;
  const int boxes = count_boxes(view, d, &pitch);
  if (boxes < 2 || !shares_sides(view, d, pitch)) return 0;
  *out = (grid){.view = view, .page = page};
  comb *across = &out->along[!d], *along = &out->along[d];
  *across = (comb){.at = {view->found[!d][0], view->found[!d][1]}, .depth = {depth_min, depth_min}, .count = 2};
  int seen = 0, next = 0;
  for (along->count = 0; along->count <= boxes; along->count++) {
    const double at = view->found[d][0] + along->count * pitch;
    peak line = {view->found[d][next], depth_min};
    if (fabs(line.at - at) <= 2 * box_even * pitch) {
      next++;
    } else {
      line = find_line(view, d, at, box_even * pitch);
      seen += line.depth >= faint_depth;
    }
    along->at[along->count] = line.at, along->depth[along->count] = line.depth;
  }
  if (seen < box_seen_min * (boxes + 1 - known)) return 0;
  for (int end = 0; end < 2; end++) extend_row(out, d, end);
  return along->count >= BOXES_MIN + 1 && along->count > known;
}

/* ---- the table ---------------------------------------------------------------------------------------------------- */

/* By how much a line's part between two crossing lines lies aside of the whole. */
static double drift_of(const grid *g, int direction, int line, int part) {
  const comb *c = &g->along[direction], *other = &g->along[!direction];
  const int at = (int)c->at[line];
  double best = depth_min, drift = 0;
  for (int aside = -DRIFT; aside <= DRIFT; aside++) {
    const double depth = flat_depth(g->view, direction, at + aside, other->at[part], other->at[part + 1]);
    if (depth < best || (depth == best && abs(aside) >= fabs(drift))) continue;
    best = depth;
    drift = aside;
  }
  return drift;
}

/* How far aside a line lies where it crosses another: the mean of the parts on both sides. */
static double drift_at(const grid *g, int direction, int line, int crossing) {
  const int parts = g->along[!direction].count - 1;
  const int before = crossing > 0 ? crossing - 1 : 0, after = crossing < parts ? crossing : parts - 1;
  return (drift_of(g, direction, line, before) + drift_of(g, direction, line, after)) / 2;
}

static int make_table(const grid *g, stage_table *out) {
  const comb *rows = &g->along[0], *columns = &g->along[1];
  const size_t corners = (size_t)rows->count * (size_t)columns->count;
  *out = (stage_table){rows->count - 1, columns->count - 1, malloc(2 * corners * sizeof *out->corners),
                       malloc(corners * sizeof *out->cells)};
  if (!out->corners || !out->cells) {
    free(out->corners), free(out->cells);
    return SHIM_ERR_MEMORY;
  }
  for (int r = 0; r < rows->count; r++)
    for (int c = 0; c < columns->count; c++)
      flat_to_page(g->view, columns->at[c] + drift_at(g, 1, c, r), rows->at[r] + drift_at(g, 0, r, c),
                   out->corners + 2 * (r * columns->count + c));
  for (int i = 0; i < out->rows * out->columns; i++) out->cells[i] = i;
  return SHIM_OK;
}

/* ---- tracks ------------------------------------------------------------------------------------------------------- */

static const double *corner_on(const stage_table *t, int direction, int line, int part) {
  return t->corners + 2 * (direction ? part * (t->columns + 1) + line : line * (t->columns + 1) + part);
}

/* Whether a chosen track runs along the middle of the side. */
static int is_traced(const stage_rules *rules, const double *from, const double *to, int direction, double near) {
  const double along = (from[direction] + to[direction]) / 2, across = (from[!direction] + to[!direction]) / 2;
  for (size_t i = 0; i < rules->tracks.count; i++) {
    const stage_track *track = &rules->tracks.items[i];
    if (rules->chosen[i] && track->upright == direction && along >= stage_track_start(track) &&
        along <= stage_track_end(track) && fabs(stage_track_at(track, along) - across) <= near)
      return 1;
  }
  return 0;
}

static int append_track(stage_rules *rules, stage_track *track) {
  stage_track *tracks = realloc(rules->tracks.items, (rules->tracks.count + 1) * sizeof *tracks);
  if (tracks) rules->tracks.items = tracks;
  unsigned char *chosen = realloc(rules->chosen, rules->tracks.count + 1);
  if (chosen) rules->chosen = chosen;
  if (!tracks || !chosen) {
    free(track->across), free(track->seen);
    return SHIM_ERR_MEMORY;
  }
  rules->tracks.items[rules->tracks.count] = *track;
  rules->chosen[rules->tracks.count++] = 1;
  return SHIM_OK;
}

/* Where a line of the table is at a place along it, between the parts `first` and `last`. */
static double across_at(const stage_table *t, int direction, int line, int first, int last, double along) {
  int part = first;
  while (part < last && corner_on(t, direction, line, part + 1)[direction] < along) part++;
  const double *a = corner_on(t, direction, line, part), *b = corner_on(t, direction, line, part + 1);
  const double slope = (b[!direction] - a[!direction]) / fmax(b[direction] - a[direction], 1e-6);
  return a[!direction] + slope * (along - a[direction]);
}

/* A track along the sides `first` to `last` of a line's cells. */
static int trace_sides(stage_rules *rules, const stage_table *t, int direction, int line, int first, int last,
                       stage_track track) {
  const double from = corner_on(t, direction, line, first)[direction];
  const double to = corner_on(t, direction, line, last + 1)[direction];
  track.upright = direction;
  track.step = rules->tracks.items[0].step;
  track.first = (int)floor(from / track.step);
  track.count = track.hits = (int)ceil(to / track.step) - track.first;
  if (track.count < 1) return SHIM_OK;
  track.across = malloc((size_t)track.count * sizeof *track.across);
  track.seen = malloc((size_t)track.count);
  if (!track.across || !track.seen) {
    free(track.across), free(track.seen);
    return SHIM_ERR_MEMORY;
  }
  for (int i = 0; i < track.count; i++)
    track.across[i] = (float)across_at(t, direction, line, first, last, (track.first + i + 0.5) * track.step);
  memset(track.seen, (int)track.depth, (size_t)track.count);
  return append_track(rules, &track);
}

/* Tracks along the sides of a line's cells which have none, those of a row together. */
static int trace_line(const grid *g, stage_rules *rules, const stage_table *t, int direction, int line,
                      double thickness) {
  const int parts = direction ? t->rows : t->columns;
  const stage_track like = {.thickness = thickness, .depth = g->along[direction].depth[line]};
  int status = SHIM_OK;
  for (int first = 0, last; status == SHIM_OK && first < parts; first = last + 1) {
    for (last = first; last < parts; last++) {
      const double *a = corner_on(t, direction, line, last), *b = corner_on(t, direction, line, last + 1);
      if (is_traced(rules, a, b, direction, near_line * hypot(b[0] - a[0], b[1] - a[1]))) break;
    }
    if (last > first) status = trace_sides(rules, t, direction, line, first, last - 1, like);
  }
  return status;
}

static int trace_grid(const grid *g, stage_rules *rules, const stage_table *t) {
  const double *from = corner_on(t, 0, 0, 0), *to = corner_on(t, 0, 0, t->columns);
  const double cell = hypot(to[0] - from[0], to[1] - from[1]) / t->columns;
  const double thickness = line_width * cell / pitch_of(&g->along[1]);
  int status = SHIM_OK;
  for (int d = 0; d < 2; d++)
    for (int line = 0; status == SHIM_OK && line < g->along[d].count; line++)
      status = trace_line(g, rules, t, d, line, thickness);
  return status;
}

/* What runs through the grid's cells is no rule. */
static void drop_strays(const grid *g, stage_rules *rules) {
  for (size_t i = 0; i < rules->tracks.count; i++) {
    const stage_track *track = &rules->tracks.items[i];
    const int d = track->upright;
    const comb *c = &g->along[d], *other = &g->along[!d];
    const double along = (stage_track_start(track) + stage_track_end(track)) / 2, across = stage_track_at(track, along);
    const double page[2] = {d ? across : along, d ? along : across};
    double flat[2];
    stage_map_to_reading(&g->view->map, page, flat);
    if (flat[!d] > c->at[0] && flat[!d] < c->at[c->count - 1] && flat[d] > other->at[0] &&
        flat[d] < other->at[other->count - 1] && !is_near_line(c, flat[!d]))
      rules->chosen[i] = 0;
  }
}

/* Other tables in the completed one's place were parts of it. */
static void drop_parts(stage_tables *tables, size_t whole) {
  stage_table one = tables->items[whole];
  const stage_tables only = {&one, 1};
  size_t kept = 0;
  for (size_t i = 0; i < tables->count; i++) {
    stage_table *t = &tables->items[i];
    const double *first = corner_on(t, 0, 0, 0), *last = corner_on(t, 0, t->rows, t->columns);
    size_t table;
    int place;
    if (i != whole && stage_tables_locate(&only, (first[0] + last[0]) / 2, (first[1] + last[1]) / 2, &table, &place)) {
      free(t->corners), free(t->cells);
      continue;
    }
    tables->items[kept++] = *t;
  }
  tables->count = kept;
}

static int complete(const grid *g, size_t index, stage_rules *rules) {
  stage_table whole, *t = &rules->tables.items[index];
  int status = make_table(g, &whole);
  if (status != SHIM_OK) return status;
  status = trace_grid(g, rules, &whole);
  free(t->corners), free(t->cells);
  *t = whole;
  drop_parts(&rules->tables, index);
  return status;
}

static double area_of(const stage_table *t) {
  const double *a = corner_on(t, 0, 0, 0), *b = corner_on(t, 0, 0, t->columns);
  const double *c = corner_on(t, 0, t->rows, t->columns), *d = corner_on(t, 0, t->rows, 0);
  return fabs((c[0] - a[0]) * (d[1] - b[1]) - (d[0] - b[0]) * (c[1] - a[1])) / 2;
}

static size_t find_largest(const stage_tables *tables) {
  size_t largest = 0;
  for (size_t i = 1; i < tables->count; i++)
    if (area_of(&tables->items[i]) > area_of(&tables->items[largest])) largest = i;
  return largest;
}

static int complete_row(const stage_pyramid *pyramid, size_t index, stage_rules *rules) {
  flat view;
  grid g;
  const stage_table *t = &rules->tables.items[index];
  if ((t->rows == 1) == (t->columns == 1)) return SHIM_OK;
  int status = flat_open(pyramid, t, &view);
  if (status == SHIM_OK && view.gray.data && find_row(&view, &pyramid->levels[0].gray, &g))
    status = complete(&g, index, rules);
  flat_close(&view);
  return status;
}

int even_grids_complete(const stage_pyramid *pyramid, stage_rules *rules) {
  int status = SHIM_OK, more = rules->tables.count > 0;
  for (size_t i = 0; status == SHIM_OK && i < rules->tables.count; i++) status = complete_row(pyramid, i, rules);
  for (int round = 0; status == SHIM_OK && more && round < ROUNDS; round++) {
    const size_t largest = find_largest(&rules->tables);
    flat view;
    grid g;
    status = flat_open(pyramid, &rules->tables.items[largest], &view);
    more = status == SHIM_OK && view.gray.data && find_grid(&view, &pyramid->levels[0].gray, &g);
    if (more) drop_strays(&g, rules);
    if (more) status = complete(&g, largest, rules);
    flat_close(&view);
  }
  return status;
}
