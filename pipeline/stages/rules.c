/* Ruled lines, squared paper, and the lines of tables and boxes: found among the traced lines, and painted over with
 * paper before the page is thresholded, so that neither the binary picture nor the gray levels of the crops show them.
 *
 * Across a line's band every column is looked at on its own. What is clearly darker than the line is a pen's ink on it
 * and stays. Ink that touches the band from both sides crossed it: the stroke is drawn in again from one side to the
 * other, in its own gray (after the stroke repair of form removal, Yoo et al. 2000). Fails where a stroke runs along a
 * line that is as dark as itself: it goes with the line. */
#include "even_grid.h"
#include "sort_doubles.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
  TRACED_SIDE_MAX = 2100, /* pixels of the level on which lines are traced: a digit of 12 pixels in a box still shows */
  GLANCE_SIDE_MAX = 1100, /* of the level that tells whether there are lines at all */
  GLANCE_HITS_MIN = 12,
  FAMILY_MIN = 3,
  SQUARES_MIN = 4,
  PAPER_REACH = 3,  /* pixels beside the band that tell the paper, */
  PAPER_WINDOW = 9, /* and columns */
  CONTACT_DEPTH_MIN = 10,
  PEN_DEPTH_MIN = 8
};
static const double roughness_max = 0.35;
static const double thinness_min = 40; /* lengths of a free line in its thicknesses: no stroke of a digit has that */
static const double glance_length_min = 0.2;  /* of the page's shorter side, seen in a glance: less than any rule's */
static const double glance_ends_apart = 0.15; /* of the longer one's length, of two sides of a box */
static const double lone_length_min = 0.35, family_length_min = 0.15; /* of the page's shorter side */
static const double in_cells_max = 0.5, cell_border = 0.2;            /* of the table's length, of a cell's side */
static const double square_tolerance = 0.15, square_share = 0.6;
static const double coherence_min = 0.9; /* of directions: all within about 6 degrees */
static const double pen_darker = 0.5;    /* of the line's depth, beyond it */
static const double strong_line = 0.06;  /* of the paper's brightness */
static const double dark_line = 0.1;     /* such a line's blurred edges go too: bright paper takes its place */
static const double grain_factor = 1.2;
static const double line_shows = 0.35;       /* of the line's depth, where it is there at all */
static const double line_there_min = 0.4;    /* of the columns near one */
static const double contact_share = 0.1;     /* of the paper's brightness */
static const double contact_length_max = 10; /* band heights: longer ones are another line beside this one */

/* ---- which lines are rules ------------------------------------------------------------------------------------------ */

static const stage_level *level_within(const stage_pyramid *pyramid, int side) {
  int i = 0;
  while (i + 1 < pyramid->count && (pyramid->levels[i].gray.width > side || pyramid->levels[i].gray.height > side)) i++;
  return &pyramid->levels[i];
}

static double length_of(const stage_track *track) {
  return track->count * track->step;
}

/* Whether two lines run beside each other from end to end, as the sides of a box do. */
static int is_side_by_side(const stage_track *a, const stage_track *b) {
  const double apart = glance_ends_apart * fmax(length_of(a), length_of(b));
  return a->upright == b->upright && fabs(stage_track_start(a) - stage_track_start(b)) <= apart &&
         fabs(stage_track_end(a) - stage_track_end(b)) <= apart;
}

static int is_even_line(const stage_track *track) {
  return track->hits >= GLANCE_HITS_MIN && track->roughness <= roughness_max;
}

/* Whether a track may be a rule or a line of a table: strokes of digits that stand in a row make tracks, too, but neither
 * long ones nor two that are alike. */
static int is_promising(const stage_tracks *tracks, size_t index, double length_min) {
  const stage_track *track = &tracks->items[index];
  if (!is_even_line(track)) return 0;
  if (track->hits * track->step >= length_min) return 1;
  for (size_t i = 0; i < index; i++) {
    const stage_track *other = &tracks->items[i];
    if (is_even_line(other) && is_side_by_side(track, other)) return 1;
  }
  return 0;
}

/* A glance at a small level spares plain pages the rest. */
static int glance(const stage_pyramid *pyramid, int *any) {
  const stage_level *small = level_within(pyramid, GLANCE_SIDE_MAX);
  const shim_image *page = &pyramid->levels[0].gray;
  stage_tracks tracks;
  *any = 1;
  if (small == level_within(pyramid, TRACED_SIDE_MAX)) return SHIM_OK;
  const int status = stage_tracks_find(small, &tracks);
  if (status != SHIM_OK) return status;
  *any = 0;
  for (size_t i = 0; i < tracks.count && !*any; i++)
    *any = is_promising(&tracks, i, glance_length_min * fmin(page->width, page->height));
  stage_tracks_free(&tracks);
  return SHIM_OK;
}

static int is_free_rule(const stage_track *track, double length_min) {
  return track->roughness <= roughness_max && length_of(track) >= length_min &&
         length_of(track) >= thinness_min * track->thickness;
}

/* Whether the track runs through the inside of a table's cells and is short beside the table: upright strokes of digits
 * below each other. A line of the table that was overlooked goes through most of it, or along the border of its
 * cells. */
static int is_in_cells(const stage_tables *tables, const stage_track *track) {
  const int upright = track->upright;
  const stage_table *t = NULL;
  for (int i = 0; i <= 2; i++) {
    const double along = stage_track_start(track) + i / 2.0 * length_of(track), across = stage_track_at(track, along);
    size_t table;
    int place;
    double cell[4];
    if (!stage_tables_locate(tables, upright ? across : along, upright ? along : across, &table, &place)) return 0;
    t = &tables->items[table];
    stage_table_cell_box(t, t->cells[place], cell);
    const double share = (across - cell[!upright]) / (cell[!upright + 2] - cell[!upright]);
    if (share < cell_border || share > 1 - cell_border) return 0;
  }
  const double *first = t->corners, *last = t->corners + 2 * ((t->rows + 1) * (t->columns + 1) - 1);
  return length_of(track) < in_cells_max * fabs(last[upright] - first[upright]);
}

/* Lines that belong to no table: a lone one must be long, of several parallel ones each may be shorter. */
static void choose_free(const stage_tracks *tracks, const stage_tables *tables, int side, unsigned char *chosen) {
  for (int upright = 0; upright < 2; upright++) {
    int family = 0;
    for (size_t i = 0; i < tracks->count; i++)
      family += tracks->items[i].upright == upright && is_free_rule(&tracks->items[i], family_length_min * side);
    const double least = family >= FAMILY_MIN ? family_length_min : lone_length_min;
    for (size_t i = 0; i < tracks->count; i++)
      if (tracks->items[i].upright == upright && is_free_rule(&tracks->items[i], least * side) &&
          !is_in_cells(tables, &tracks->items[i]))
        chosen[i] = 1;
  }
}

int stage_rules_find(const stage_pyramid *pyramid, stage_rules *out) {
  memset(out, 0, sizeof *out);
  const shim_image *page = &pyramid->levels[0].gray;
  int any, status = glance(pyramid, &any);
  if (status == SHIM_OK && any) status = stage_tracks_find(level_within(pyramid, TRACED_SIDE_MAX), &out->tracks);
  if (status == SHIM_OK && out->tracks.count) {
    out->chosen = calloc(out->tracks.count, 1);
    status = out->chosen ? stage_tables_find(&out->tracks, &out->tables, out->chosen) : SHIM_ERR_MEMORY;
  }
  if (status == SHIM_OK && out->chosen) status = even_grids_complete(pyramid, out);
  if (status == SHIM_OK && out->chosen)
    choose_free(&out->tracks, &out->tables, page->width < page->height ? page->width : page->height, out->chosen);
  if (status != SHIM_OK) stage_rules_free(out);
  return status;
}

/* The median distance of neighbouring rules of one direction, where most of these are alike; 0 where they are not. */
static double even_pitch(const stage_rules *rules, int upright, double *scratch) {
  double thickness = 0, middle = 0;
  size_t count = 0, gaps = 0, even = 0;
  for (size_t i = 0; i < rules->tracks.count; i++) {
    const stage_track *track = &rules->tracks.items[i];
    if (!rules->chosen[i] || track->upright != upright) continue;
    middle += (stage_track_start(track) + stage_track_end(track)) / 2;
    thickness = fmax(thickness, track->thickness);
    count++;
  }
  for (size_t i = 0, k = 0; i < rules->tracks.count; i++)
    if (rules->chosen[i] && rules->tracks.items[i].upright == upright)
      scratch[k++] = stage_track_at(&rules->tracks.items[i], middle / (double)count);
  sort_doubles(scratch, count);
  for (size_t i = 1; i < count; i++) /* pieces of one line leave no gap */
    if (scratch[i] - scratch[i - 1] > thickness) scratch[gaps++] = scratch[i] - scratch[i - 1];
  if (gaps < SQUARES_MIN) return 0;
  sort_doubles(scratch, gaps);
  const double pitch = scratch[gaps / 2];
  for (size_t i = 0; i < gaps; i++) even += fabs(scratch[i] - pitch) <= square_tolerance * pitch;
  return (double)even >= square_share * (double)gaps ? pitch : 0;
}

double stage_rules_square(const stage_rules *rules) {
  double *scratch = rules->tracks.count ? malloc(rules->tracks.count * sizeof *scratch) : NULL;
  if (!scratch) return 0; /* without memory the squares go unseen */
  const double across = even_pitch(rules, 1, scratch), down = even_pitch(rules, 0, scratch);
  free(scratch);
  return fabs(across - down) <= square_tolerance * fmin(across, down) ? (across + down) / 2 : 0;
}

/* The mean of unit vectors at four times each line's angle, which quarter turns leave alone, weighed by its length. */
int stage_rules_angle(const stage_rules *rules, double side, double *degrees) {
  double across = 0, down = 0, total = 0;
  for (size_t i = 0; i < rules->tracks.count; i++) {
    const stage_track *track = &rules->tracks.items[i];
    if (!rules->chosen[i]) continue;
    const double start = stage_track_start(track), end = stage_track_end(track), length = end - start;
    const double slope = (stage_track_at(track, end) - stage_track_at(track, start)) / fmax(length, 1);
    const double angle = track->upright ? -atan(slope) : atan(slope);
    across += length * cos(4 * angle), down += length * sin(4 * angle), total += length;
  }
  *degrees = atan2(down, across) / 4 * 180 / 3.14159265358979323846;
  return total >= lone_length_min * side && hypot(across, down) >= coherence_min * total;
}

void stage_rules_free(stage_rules *rules) {
  stage_tracks_free(&rules->tracks);
  stage_tables_free(&rules->tables);
  free(rules->chosen);
  memset(rules, 0, sizeof *rules);
}

/* ---- one line's band ------------------------------------------------------------------------------------------------ */

/* The picture seen along a line: pixel (along, across). */
typedef struct view {
  uint8_t *data;
  ptrdiff_t step_along, step_across;
  int length, breadth;
} view;

static view make_view(const shim_image *image, int upright) {
  if (upright) return (view){image->data, image->stride, 1, image->height, image->width};
  return (view){image->data, 1, image->stride, image->width, image->height};
}

static uint8_t *pixel(const view *v, int along, int across) {
  return v->data + along * v->step_along + across * v->step_across;
}

/* What was found in one column across the line. Its band reaches from `top` to `bottom` (exclusive). */
typedef struct column {
  float middle; /* of the line */
  int top, bottom;
  uint8_t brightest, paper; /* beside the band here, and in the columns around too */
  uint8_t darkest;          /* in the band */
  uint8_t side[2];          /* gray right above and below the band, the darker of two pixels */
  unsigned char contact[2]; /* whether that is ink */
  unsigned char there;      /* whether the line is */
} column;

typedef struct band {
  view view;
  const stage_track *track;
  column *columns; /* of the places first .. first + count */
  int first, count, height;
  double depth;    /* of the line itself, as a share of the paper's brightness */
  double *profile; /* owned; the same at every half pixel across */
  int bin_count;
  double peak;  /* the profile's */
  double grain; /* by how much the brightest paper near by is brighter than its mean, likewise */
} band;

static int clamp(int value, int low, int high) {
  return value < low ? low : value > high ? high : value;
}

/* From a line's middle to its band's edge. */
static double reach_of(const stage_track *track, double scale) {
  return 0.6 * track->thickness + scale;
}

static void measure_column(const band *b, int i, double half) {
  column *c = &b->columns[i];
  const int along = b->first + i;
  const double middle = stage_track_at(b->track, along + 0.5);
  c->middle = (float)middle;
  c->top = clamp((int)floor(middle - half), 0, b->view.breadth);
  c->bottom = clamp((int)ceil(middle + half), c->top, b->view.breadth);
  c->darkest = 255;
  for (int y = c->top; y < c->bottom; y++) {
    const uint8_t gray = *pixel(&b->view, along, y);
    if (gray < c->darkest) c->darkest = gray;
  }
  for (int k = 1; k <= PAPER_REACH; k++) {
    const int rows[2] = {clamp(c->top - k, 0, b->view.breadth - 1), clamp(c->bottom - 1 + k, 0, b->view.breadth - 1)};
    for (int side = 0; side < 2; side++) {
      const uint8_t gray = *pixel(&b->view, along, rows[side]);
      if (gray > c->brightest) c->brightest = gray;
      if (k == 1 || (k == 2 && gray < c->side[side])) c->side[side] = gray;
    }
  }
}

/* Paper is the brightest near by, since a column may be covered with ink on both sides. */
static void measure_paper(const band *b) {
  for (int i = 0; i < b->count; i++)
    for (int k = i - PAPER_WINDOW / 2; k <= i + PAPER_WINDOW / 2; k++) {
      const uint8_t brightest = b->columns[clamp(k, 0, b->count - 1)].brightest;
      if (brightest > b->columns[i].paper) b->columns[i].paper = brightest;
    }
  for (int i = 0; i < b->count; i++)
    if (b->columns[i].darkest > b->columns[i].paper) b->columns[i].darkest = b->columns[i].paper;
}

/* The line's own depth in a column, in gray levels. */
static double line_depth(const band *b, const column *c) {
  return b->depth * c->paper;
}

/* The median of what the columns show: the track's own depth is that of a blurred picture. */
static void measure_line(band *b) {
  enum { PARTS = 256 };
  int histogram[PARTS] = {0}, below = 0, value = 0;
  for (int i = 0; i < b->count; i++) {
    const column *c = &b->columns[i];
    histogram[(c->paper - c->darkest) * (PARTS - 1) / (c->paper + 1)]++;
  }
  while (value < PARTS - 1 && 2 * (below += histogram[value]) < b->count) value++;
  b->depth = (value + 0.5) / PARTS;
}

/* A track bridges gaps; where a gap is wide, the line may really end and go on again. */
static int measure_presence(const band *b, int reach) {
  int *sums = calloc((size_t)b->count + 1, sizeof *sums);
  if (!sums) return SHIM_ERR_MEMORY;
  for (int i = 0; i < b->count; i++) {
    const column *c = &b->columns[i];
    sums[i + 1] = sums[i] + (c->paper - c->darkest >= line_shows * line_depth(b, c));
  }
  for (int i = 0; i < b->count; i++) {
    const int from = clamp(i - reach, 0, b->count), to = clamp(i + reach + 1, 0, b->count);
    b->columns[i].there = sums[to] - sums[from] >= line_there_min * (to - from);
  }
  free(sums);
  return SHIM_OK;
}

/* The depth beside the band that two fifths of the columns do not reach: the blur of the line itself. */
static int usual_fringe(const band *b, int side) {
  int histogram[256] = {0}, below = 0, value = 0;
  for (int i = 0; i < b->count; i++) histogram[b->columns[i].paper - b->columns[i].side[side]]++;
  while (value < 255 && 5 * (below += histogram[value]) < 2 * b->count) value++;
  return value;
}

static void find_contacts(const band *b) {
  for (int side = 0; side < 2; side++) {
    const int fringe = usual_fringe(b, side);
    for (int i = 0; i < b->count; i++) {
      column *c = &b->columns[i];
      const double least = fmax(CONTACT_DEPTH_MIN, contact_share * c->paper);
      c->contact[side] = c->paper - c->side[side] > fringe + least;
    }
  }
}

/* A rule across this one, to be removed after it, touches its band from both sides as a stroke does: it is none, and where
 * it ends no stroke goes on. */
static void pass_over_rule(const band *b, const stage_track *other, double scale) {
  enum { ROUNDS = 3 };
  const double reach = reach_of(other, scale);
  for (int side = 0; side < 2; side++) {
    double along = b->first + b->count / 2.0, across = 0;
    for (int round = 0; round < ROUNDS; round++) {
      const column *c = &b->columns[clamp((int)along - b->first, 0, b->count - 1)];
      across = side ? c->bottom : c->top;
      along = stage_track_at(other, across);
    }
    if (across < stage_track_start(other) - reach || across > stage_track_end(other) + reach) continue;
    const int from = clamp((int)floor(along - reach) - b->first, 0, b->count);
    const int to = clamp((int)ceil(along + reach) - b->first, 0, b->count);
    for (int i = from; i < to; i++) b->columns[i].contact[side] = 0;
  }
}

/* ---- painting ------------------------------------------------------------------------------------------------------- */

/* Half pixels from the line's middle, the middle itself in the middle of the bins. */
static int bin_of(const band *b, int i, int across) {
  /* Never negative before the clamp cuts it: a band is not higher than its bins. */
  return clamp((int)(2 * (across + 0.5F - b->columns[i].middle) + 0.5F * (float)b->bin_count), 0, b->bin_count - 1);
}

/* A strong line that is followed half a pixel aside would leave an edge. */
static void widen_profile(band *b) {
  double before = 0;
  for (int bin = 0; bin < b->bin_count; bin++) {
    const double own = b->profile[bin], after = bin + 1 < b->bin_count ? b->profile[bin + 1] : 0;
    const double widest = fmax(own, fmax(before, after));
    if (widest > strong_line) b->profile[bin] = widest;
    before = own;
  }
}

/* The line's mean cross section: the median depth at every distance from its middle, as a share of the paper's
 * brightness. What it is at the band's edges is no line but the grain by which the brightest paper near by surpasses
 * the mean. */
static int measure_profile(band *b) {
  enum { PARTS = 256 };
  b->bin_count = 2 * (b->height + 2);
  int *histograms = calloc((size_t)b->bin_count * PARTS, sizeof *histograms);
  b->profile = calloc((size_t)b->bin_count, sizeof *b->profile);
  if (!histograms || !b->profile) {
    free(histograms);
    return SHIM_ERR_MEMORY;
  }
  for (int i = 0; i < b->count; i++)
    for (int y = b->columns[i].top; y < b->columns[i].bottom; y++) {
      const int paper = b->columns[i].paper, gray = *pixel(&b->view, b->first + i, y);
      const int depth = paper > gray ? (paper - gray) * (PARTS - 1) / (paper + 1) : 0;
      histograms[bin_of(b, i, y) * PARTS + depth]++;
    }
  b->grain = 1;
  for (int bin = 0; bin < b->bin_count; bin++) {
    int total = 0, below = 0, value = 0;
    const int *histogram = histograms + bin * PARTS;
    for (int k = 0; k < PARTS; k++) total += histogram[k];
    if (!total) continue;
    while (value < PARTS - 1 && 2 * (below += histogram[value]) < total) value++;
    b->profile[bin] = (value + 0.5) / PARTS;
    b->grain = fmin(b->grain, b->profile[bin]);
  }
  for (int bin = 0; bin < b->bin_count; bin++) b->profile[bin] = fmax(0, b->profile[bin] - b->grain);
  widen_profile(b);
  for (int bin = 0; bin < b->bin_count; bin++) b->peak = fmax(b->peak, b->profile[bin]);
  free(histograms);
  return SHIM_OK;
}

/* By how much ink must be deeper than the line that hides it, in gray levels. */
static double pen_margin(const band *b, const column *c, double hidden) {
  return fmax(fmax(PEN_DEPTH_MIN, pen_darker * hidden), grain_factor * b->grain * c->paper);
}

/* What is darker than the line is at that distance from its middle, is ink on it. Where the line is faint, it is lifted
 * from the pixels; where it is strong, paper takes its place, since it is never quite even. */
static void paint_paper(const band *b) {
  const int is_dark = b->peak > dark_line; /* then ink cannot be told from its blurred edges */
  for (int i = 0; i < b->count; i++) {
    const column *c = &b->columns[i];
    const double mean = c->paper * (1 - b->grain);
    if (!c->there) continue;
    for (int y = c->top; y < c->bottom; y++) {
      uint8_t *gray = pixel(&b->view, b->first + i, y);
      const double line = b->profile[bin_of(b, i, y)] * c->paper;
      const double hidden = is_dark ? b->peak * c->paper : line;
      if (mean - *gray > hidden + pen_margin(b, c, hidden)) continue;
      const double lifted = fmin(*gray + line, fmax(mean, *gray));
      const double painted = is_dark ? c->paper : line > strong_line * c->paper ? mean : lifted;
      *gray = (uint8_t)(painted + 0.5);
    }
  }
}

typedef struct stretch {
  int from, to; /* columns, to exclusive */
} stretch;

/* The next stretch of ink that touches the band's side, from column `at` on. */
static int next_contact(const band *b, int side, int at, stretch *out) {
  while (at < b->count && !b->columns[at].contact[side]) at++;
  out->from = at;
  while (at < b->count && b->columns[at].contact[side]) at++;
  out->to = at;
  return out->from < out->to;
}

/* The stretch below that a stroke from above most probably goes on to: the nearest within a band's height. */
static int find_partner(const band *b, int side, const stretch *own, stretch *best) {
  stretch s;
  int nearest = b->height + 1;
  for (int at = clamp(own->from - 4 * b->height, 0, b->count); next_contact(b, side, at, &s); at = s.to) {
    const int apart = s.from >= own->to ? s.from - own->to + 1 : own->from >= s.to ? own->from - s.to + 1 : 0;
    if (s.from > own->to + b->height) break;
    if (apart >= nearest || s.to - s.from > contact_length_max * b->height) continue;
    nearest = apart;
    *best = s;
  }
  return nearest <= b->height;
}

/* Whether the stroke is so much darker than the line that it was not painted over. */
static int shows_through(const band *b, const stretch *s, int side) {
  double depth = 0, least = 0;
  for (int i = s->from; i < s->to; i++) {
    const column *c = &b->columns[i];
    depth += c->paper * (1 - b->grain) - c->side[side];
    least += b->peak * c->paper + pen_margin(b, c, b->peak * c->paper);
  }
  return depth > least;
}

/* Draws a stroke through the band from the stretch above to the one below, between the grays it has there. */
static void bridge(const band *b, const stretch *above, const stretch *below) {
  const int rows = b->height + 1, top = b->columns[above->from].top;
  for (int row = 0; row < rows; row++) {
    const double f = (row + 0.5) / rows;
    const double from = above->from + f * (below->from - above->from), to = above->to + f * (below->to - above->to);
    for (int i = (int)floor(from + 0.5); i < to; i++) {
      const double t = to - from > 1 ? (i - from) / (to - from) : 0.5;
      const column *upper =
          &b->columns[clamp((int)(above->from + t * (above->to - above->from)), above->from, above->to - 1)];
      const column *lower =
          &b->columns[clamp((int)(below->from + t * (below->to - below->from)), below->from, below->to - 1)];
      const double gray = upper->side[0] + f * (lower->side[1] - upper->side[0]);
      const int here = clamp(i, 0, b->count - 1), shift = b->columns[here].top - top, y = top + row + shift;
      if (y >= b->columns[here].bottom || !b->columns[here].there) continue;
      uint8_t *to_paint = pixel(&b->view, b->first + here, y);
      if (gray < *to_paint) *to_paint = (uint8_t)gray;
    }
  }
}

static int is_cut(const band *b, const stretch *s, int side) {
  return s->to - s->from <= contact_length_max * b->height && !shows_through(b, s, side);
}

static void repair_strokes(const band *b) {
  stretch s, partner;
  for (int at = 0; next_contact(b, 0, at, &s); at = s.to)
    if (is_cut(b, &s, 0) && find_partner(b, 1, &s, &partner)) bridge(b, &s, &partner);
  for (int at = 0; next_contact(b, 1, at, &s); at = s.to)
    if (is_cut(b, &s, 1) && find_partner(b, 0, &s, &partner)) bridge(b, &partner, &s);
}

static int remove_line(const stage_rules *rules, size_t index, double scale, shim_image *gray) {
  const stage_track *track = &rules->tracks.items[index];
  const double half = reach_of(track, scale);
  band b = {.view = make_view(gray, track->upright), .track = track};
  b.first = clamp((int)(stage_track_start(track) - half), 0, b.view.length);
  b.count = clamp((int)(stage_track_end(track) + half + 1), b.first, b.view.length) - b.first;
  b.height = (int)ceil(2 * half);
  b.columns = calloc((size_t)b.count + 1, sizeof *b.columns);
  if (!b.columns) return SHIM_ERR_MEMORY;
  for (int i = 0; i < b.count; i++) measure_column(&b, i, half);
  measure_paper(&b);
  measure_line(&b);
  int status = measure_presence(&b, (int)(6 * track->step));
  if (status == SHIM_OK) status = measure_profile(&b);
  if (status == SHIM_OK) {
    find_contacts(&b);
    for (size_t i = index + 1; i < rules->tracks.count; i++)
      if (rules->chosen[i] && rules->tracks.items[i].upright != track->upright)
        pass_over_rule(&b, &rules->tracks.items[i], scale);
    paint_paper(&b);
    repair_strokes(&b);
  }
  free(b.columns);
  free(b.profile);
  return status;
}

int stage_rules_remove(const stage_rules *rules, stage_pyramid *pyramid) {
  const double scale = 1 << level_within(pyramid, TRACED_SIDE_MAX)->shift;
  int status = SHIM_OK, removed = 0;
  for (size_t i = 0; status == SHIM_OK && i < rules->tracks.count; i++) {
    if (!rules->chosen[i]) continue;
    status = remove_line(rules, i, scale, &pyramid->levels[0].gray);
    removed++;
  }
  for (int i = 1; status == SHIM_OK && removed && i < pyramid->count; i++)
    status = shim_resize(&pyramid->levels[i - 1].gray, &pyramid->levels[i].gray);
  return status;
}
