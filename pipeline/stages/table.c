/* From lines that cross to tables: the lines of each direction become boundaries of rows and columns, these cross in
 * the corners of a grid, and of each side of a cell it is known how much of it was seen. Boundaries that were hardly
 * seen go, cells between which no line was seen become one, and where the lines of one direction reach beyond the last
 * one of the other, a table that is open at its sides gets a boundary there.
 *
 * Squared paper is no table, neither are the margins of ruled paper. Fails on tables whose lines are not ruled, and on
 * cells of fewer than about 12 pixels of the level on which lines were traced. */
#include "box_row.h"
#include "sort_doubles.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
  SQUARED_PAPER_MIN = 14, /* rows and columns of equal size: no table has that many */
  EVEN_GAPS_MIN = 4,
  CUT_LINES_MIN = 5, /* each way */
  TABLE_LINES = 10,  /* of a table of squares: a sudoku has so many */
  CUT_SIDES_MIN = 3,
  CUT_SIDES_LARGE = 2, /* of four; the latter of more squares */
  OPEN_MISSED_MAX = 2  /* samples: a wider gap is where a line ends and another begins */
};
static const double together_samples = 2;  /* lines that close are one, whatever the table */
static const double together_pitch = 0.25; /* of the rows' own pitch, or a third less of the columns' */
static const double together_other = 0.15; /* a column narrower than that holds no digit */
static const double side_seen = 0.5;       /* of a cell's side */
static const double outer_seen = 0.5;      /* of the sides along an outer boundary */
static const double inner_seen = 0.3, inner_whole = 0.65;
static const double strip_seen = 0.5;                           /* of the sides that lead up to an outer boundary */
static const double side_open = 0.2;                            /* seen less than this, it is not there */
static const double open_end_min = 0.5, open_end_spread = 0.35; /* pitches */
static const double cut_end_min = 0.2, cut_square_max = 0.8;    /* pitches */
static const double open_share = 0.6;                           /* of the lines */
static const double even_pitch = 0.2;   /* by which neighbouring gaps of an even table differ at most */
static const double frame_weight = 1.3; /* times the inner lines' */
static const double square_aspect = 1.25, smaller_gaps = 0.2;
static const double far_samples = 100000; /* from the picture's edge: farther out nothing is gone through, or kept */

typedef struct lattice {
  const stage_tracks *tracks;
  family along[2];  /* lines along x, whose boundaries part rows; lines along y */
  double *corners;  /* owned; as in stage_table */
  double *sides[2]; /* owned; how much was seen (0..1) of the side from corner (r, c) along x, or y */
} lattice;

/* ---- corners ------------------------------------------------------------------------------------------------------ */

/* The lines of a boundary, as [*first, *last) of the family's, which are sorted so. */
static void lines_of(const family *f, int boundary, size_t *first, size_t *last) {
  size_t low = 0, high = f->line_count;
  while (low < high) {
    const size_t middle = (low + high) / 2;
    if (f->lines[middle].boundary < boundary)
      low = middle + 1;
    else
      high = middle;
  }
  for (*first = *last = low; *last < f->line_count && f->lines[*last].boundary == boundary;) ++*last;
}

/* The boundary's line that was seen at `along`, of several the one with the most crossings; NULL for none. */
static const stage_track *line_at(const lattice *l, const family *f, int boundary, double along) {
  const family_line *best = NULL;
  size_t first, last;
  lines_of(f, boundary, &first, &last);
  for (size_t i = first; i < last; i++) {
    const family_line *line = &f->lines[i];
    const stage_track *track = &l->tracks->items[line->track];
    const double by = 3 * track->step;
    if (!(along >= stage_track_start(track) - by && along <= stage_track_end(track) + by)) continue; /* not a number */
    if (!best || line->crossings > best->crossings) best = line;
  }
  return best ? &l->tracks->items[best->track] : NULL;
}

static double boundary_across(const lattice *l, const family *f, int boundary, double along) {
  const stage_track *track = line_at(l, f, boundary, along);
  return track ? stage_track_at(track, along) : family_across(f, f->boundaries[boundary], along);
}

static void find_corner(const lattice *l, int row, int column, double corner[2]) {
  enum { ROUNDS = 4 };
  const family *rows = &l->along[0], *columns = &l->along[1];
  double x = columns->boundaries[column], y = rows->boundaries[row];
  for (int i = 0; i < ROUNDS; i++) { /* the model alone comes close ... */
    x = family_across(columns, columns->boundaries[column], y);
    y = family_across(rows, rows->boundaries[row], x);
  }
  for (int i = 0; i < 2; i++) { /* ... and the lines say where exactly */
    x = boundary_across(l, columns, column, y);
    y = boundary_across(l, rows, row, x);
  }
  corner[0] = x;
  corner[1] = y;
}

static double *corner_at(const lattice *l, int row, int column) {
  return l->corners + 2 * (row * l->along[1].boundary_count + column);
}

/* Strongly bent models cross nowhere: their corners run away, to infinity and beyond the numbers. */
static int corners_settled(const lattice *l) {
  const double far = far_samples * l->tracks->items[l->along[0].lines[0].track].step;
  const int count = 2 * l->along[0].boundary_count * l->along[1].boundary_count;
  for (int i = 0; i < count; i++)
    if (!(fabs(l->corners[i]) < far)) return 0;
  return 1;
}

/* ---- sides -------------------------------------------------------------------------------------------------------- */

/* The share of the samples between two places along a boundary in which one of its lines was seen. The ends are left
 * out: there the other lines hide it. Lines that run nearly alike cross far from the picture, or nowhere: none there.
 * Samples beyond the lines count, but are not gone through: there may be any number of them. */
static double share_seen(const lattice *l, const family *f, int boundary, double from, double to) {
  const double step = l->tracks->items[f->lines[0].track].step, margin = fmin(1.25 * step, (to - from) / 4);
  if (!(fabs(from) < far_samples * step && fabs(to) < far_samples * step)) return 0;
  const double begin = (from + margin) / step + 0.5, samples = ceil((to - margin) / step - begin);
  if (samples <= 0) return 1;
  size_t first, last;
  int low = INT_MAX, high = INT_MIN, seen = 0;
  lines_of(f, boundary, &first, &last);
  for (size_t i = first; i < last; i++) {
    const stage_track *track = &l->tracks->items[f->lines[i].track];
    low = track->first < low ? track->first : low;
    high = track->first + track->count > high ? track->first + track->count : high;
  }
  low = (int)fmax(low, floor(begin)), high = (int)fmin(high, floor(begin) + samples);
  for (int at = low; at < high; at++) {
    int hit = 0;
    for (size_t i = first; i < last && !hit; i++) {
      const stage_track *track = &l->tracks->items[f->lines[i].track];
      const int sample = at - track->first;
      hit = sample >= 0 && sample < track->count && track->seen[sample];
    }
    seen += hit;
  }
  return seen / samples;
}

static void see_sides(lattice *l) {
  const int rows = l->along[0].boundary_count, columns = l->along[1].boundary_count;
  for (int r = 0; r < rows; r++)
    for (int c = 0; c < columns; c++) {
      const double *here = corner_at(l, r, c);
      double *side = &l->sides[0][r * columns + c];
      *side = c + 1 < columns ? share_seen(l, &l->along[0], r, here[0], corner_at(l, r, c + 1)[0]) : 0;
      side = &l->sides[1][r * columns + c];
      *side = r + 1 < rows ? share_seen(l, &l->along[1], c, here[1], corner_at(l, r + 1, c)[1]) : 0;
    }
}

static int lay_out(lattice *l) {
  const size_t count = (size_t)l->along[0].boundary_count * (size_t)l->along[1].boundary_count;
  free(l->corners), free(l->sides[0]), free(l->sides[1]);
  l->corners = calloc(2 * count + 1, sizeof *l->corners);
  for (int d = 0; d < 2; d++) l->sides[d] = calloc(count + 1, sizeof *l->sides[d]);
  if (!l->corners || !l->sides[0] || !l->sides[1]) return SHIM_ERR_MEMORY;
  for (int r = 0; r < l->along[0].boundary_count; r++)
    for (int c = 0; c < l->along[1].boundary_count; c++) find_corner(l, r, c, corner_at(l, r, c));
  see_sides(l);
  return SHIM_OK;
}

/* Side number i along boundary b of direction d. */
static double *side_at(const lattice *l, int d, int b, int i) {
  const int columns = l->along[1].boundary_count;
  return d == 0 ? &l->sides[0][b * columns + i] : &l->sides[1][i * columns + b];
}

/* ---- boundaries that stand ---------------------------------------------------------------------------------------- */

typedef struct sighting {
  double share; /* of a boundary's sides that were seen */
  double whole; /* how much of those sides that were not missed */
  int seen;
} sighting;

static sighting sight_boundary(const lattice *l, int d, int boundary) {
  const int sides = l->along[!d].boundary_count - 1;
  sighting s = {0, 0, 0};
  int partly = 0;
  for (int i = 0; i < sides; i++) {
    const double side = *side_at(l, d, boundary, i);
    s.seen += side >= side_seen;
    if (side < side_open) continue;
    s.whole += side;
    partly++;
  }
  s.share = sides ? (double)s.seen / sides : 0;
  s.whole = partly ? s.whole / partly : 0;
  return s;
}

/* How much was seen of the sides that lead over from a boundary of direction d to the next. */
static double sight_strip(const lattice *l, int d, int boundary) {
  const int lines = l->along[!d].boundary_count;
  double seen = 0;
  for (int i = 0; i < lines; i++) seen += *side_at(l, !d, i, boundary);
  return seen / lines;
}

/* Whether the boundary cuts one cell of an even row of cells in two: a fold of the paper, or digits below each other
 * with upright strokes. Neighbouring cells tell how wide one should be, since perspective narrows them by and by. */
static int is_intruder(const family *f, int boundary) {
  const double *b = f->boundaries;
  const int last = f->boundary_count - 1;
  if (last < EVEN_GAPS_MIN + 1 || boundary < 1 || boundary >= last) return 0;
  const double whole = b[boundary + 1] - b[boundary - 1];
  double sum = 0;
  int even = 0, neighbours = 0;
  for (int i = 0; i < last; i++) {
    const double gap = b[i + 1] - b[i];
    even += fabs(gap - whole) <= even_pitch * whole;
    if (i != boundary - 2 && i != boundary + 1) continue;
    sum += gap;
    neighbours++;
  }
  return even >= EVEN_GAPS_MIN && even >= (last - 1) / 2 && fabs(sum / neighbours - whole) <= even_pitch * whole;
}

/* How well a boundary stands, below 0 where it does not. An outer one needs a strip of cells that leads up to it; an
 * inner one that was seen here and there is a column of digits with upright strokes. */
static double judge_boundary(const lattice *l, int d, int boundary) {
  const int last = l->along[d].boundary_count - 1;
  const sighting s = sight_boundary(l, d, boundary);
  if (is_intruder(&l->along[d], boundary)) return -1;
  if (boundary > 0 && boundary < last) {
    const double seen = s.seen >= 2 ? 1 : s.share - inner_seen;
    return fmin(seen, s.whole - inner_whole);
  }
  if (last < 1) return -1;
  return fmin(s.share - outer_seen, sight_strip(l, d, boundary ? boundary - 1 : 0) - strip_seen);
}

/* The boundary of direction d that stands worst; -1 where all stand. */
static int find_weak(const lattice *l, int d) {
  int weakest = -1;
  double least = 0;
  for (int b = 0; b < l->along[d].boundary_count; b++) {
    const double standing = judge_boundary(l, d, b);
    if (standing >= least) continue;
    weakest = b;
    least = standing;
  }
  return weakest;
}

static int drop_weak(lattice *l) {
  for (;;) {
    int status = lay_out(l);
    if (status != SHIM_OK) return status;
    int dropped = 0;
    for (int d = 0; d < 2 && !dropped; d++) {
      const int weak = l->along[d].boundary_count > 0 ? find_weak(l, d) : -1;
      if (weak < 0) continue;
      family_drop_boundary(&l->along[d], weak);
      dropped = 1;
    }
    if (!dropped || l->along[0].boundary_count < 2 || l->along[1].boundary_count < 2) return SHIM_OK;
  }
}

/* ---- tables open at their sides ----------------------------------------------------------------------------------- */

/* Thickness times depth of the darkest of a boundary's lines. */
static double boundary_weight(const lattice *l, const family *f, int boundary) {
  double weight = 0;
  for (size_t i = 0; i < f->line_count; i++) {
    const stage_track *track = &l->tracks->items[f->lines[i].track];
    if (f->lines[i].boundary == boundary) weight = fmax(weight, track->thickness * track->depth);
  }
  return weight;
}

/* A border that is stronger than the lines inside closes its table, whatever lies beyond. */
static int is_frame(const lattice *l, const family *f, int boundary) {
  double inner = 0;
  for (int b = 1; b + 1 < f->boundary_count; b++) inner += boundary_weight(l, f, b) / (f->boundary_count - 2);
  return boundary_weight(l, f, boundary) > frame_weight * inner;
}

/* How far beyond the position `last` of the other family a track goes on without a gap: less than 0 for not at all. */
static double reach_beyond(const family *other, const stage_track *track, double last, int end) {
  double farthest = -1;
  int missed = 0;
  for (int k = 0; k < track->count; k++) {
    const int i = end ? k : track->count - 1 - k;
    const double along = (track->first + i + 0.5) * track->step;
    const double beyond = (family_position(other, track->across[i], along) - last) * (end ? 1 : -1);
    if (beyond < 0) continue;
    missed = track->seen[i] ? 0 : missed + 1;
    if (missed > OPEN_MISSED_MAX) break;
    if (track->seen[i]) farthest = beyond;
  }
  return farthest;
}

/* Where the lines of direction d end beyond the other direction's first (end 0) or last boundary: positions of the
 * other family, of those that reach so many of its pitches far. Returns how many of the boundaries do. */
static int find_open_ends(const lattice *l, int d, int end, double least, double *ends) {
  const family *f = &l->along[d], *other = &l->along[!d];
  const double last = other->boundaries[end ? other->boundary_count - 1 : 0], pitch = family_pitch(other);
  int count = 0;
  for (int b = 0; b < f->boundary_count; b++) {
    double farthest = 0;
    for (size_t i = 0; i < f->line_count; i++)
      if (f->lines[i].boundary == b)
        farthest = fmax(farthest, reach_beyond(other, &l->tracks->items[f->lines[i].track], last, end));
    if (farthest >= least * pitch) ends[count++] = end ? last + farthest : last - farthest;
  }
  return count;
}

/* Adds a boundary through the ends where most lines reach about equally far beyond. */
static void add_open_boundary(lattice *l, int d, int end, double *ends) {
  family *other = &l->along[!d];
  const int count = find_open_ends(l, d, end, open_end_min, ends), lines = l->along[d].boundary_count;
  if (count < 2 || count < open_share * lines || is_frame(l, other, end ? other->boundary_count - 1 : 0)) return;
  const double pitch = family_pitch(other);
  sort_doubles(ends, (size_t)count);
  const double middle = ends[count / 2];
  int agree = 0;
  for (int i = 0; i < count; i++) agree += fabs(ends[i] - middle) <= open_end_spread * pitch;
  if (agree >= open_share * lines) family_add_boundary(other, end ? other->boundary_count : 0, middle);
}

/* Whether squares go on beyond the first or last boundary of the other direction: its lines do, or the last squares are
 * cut short there. */
static int is_cut_side(const lattice *l, int d, int end, double *ends) {
  const family *other = &l->along[!d];
  const int last = other->boundary_count - 1, at = end ? last : 1;
  if (other->boundaries[at] - other->boundaries[at - 1] < cut_square_max * family_pitch(other)) return 1;
  return find_open_ends(l, d, end, cut_end_min, ends) >= open_share * l->along[d].boundary_count;
}

/* A table ends somewhere; squared paper is cut anywhere by its own edge or the picture's. */
static int is_cut_paper(const lattice *l, int *cut) {
  const double across = family_pitch(&l->along[1]), down = family_pitch(&l->along[0]);
  int sides = 0;
  *cut = 0;
  if (l->along[0].boundary_count < CUT_LINES_MIN || l->along[1].boundary_count < CUT_LINES_MIN) return SHIM_OK;
  if (fmax(across, down) >= square_aspect * fmin(across, down)) return SHIM_OK;
  for (int d = 0; d < 2; d++) {
    double *ends = malloc((size_t)l->along[d].boundary_count * sizeof *ends);
    if (!ends) return SHIM_ERR_MEMORY;
    for (int end = 0; end < 2; end++) sides += is_cut_side(l, d, end, ends);
    free(ends);
  }
  const int is_large = l->along[0].boundary_count > TABLE_LINES || l->along[1].boundary_count > TABLE_LINES;
  *cut = sides >= (is_large ? CUT_SIDES_LARGE : CUT_SIDES_MIN);
  return SHIM_OK;
}

/* A single column or row is no base to judge by: there, lines that reach beyond are those of ruled paper. */
static int open_sides(lattice *l, int *is_paper) {
  *is_paper = 0;
  for (int d = 0; d < 2; d++) {
    double *ends = malloc((size_t)l->along[d].boundary_count * sizeof *ends);
    if (!ends) return SHIM_ERR_MEMORY;
    const int single = l->along[!d].boundary_count == 2;
    for (int end = 0; end < 2; end++) {
      if (!single)
        add_open_boundary(l, d, end, ends);
      else if (find_open_ends(l, d, end, open_end_min, ends) >= open_share * l->along[d].boundary_count)
        *is_paper = 1;
    }
    free(ends);
  }
  return SHIM_OK;
}

/* ---- cells -------------------------------------------------------------------------------------------------------- */

static int find_root(int *cells, int i) {
  while (cells[i] != i) i = cells[i] = cells[cells[i]];
  return i;
}

/* The smaller place becomes the root, which is the top left one of a rectangle. */
static void join(int *cells, int a, int b) {
  a = find_root(cells, a), b = find_root(cells, b);
  if (a < b)
    cells[b] = a;
  else
    cells[a] = b;
}

/* Whether all places between the first and last row and column of root's are root's. */
static int is_rectangle(const int *cells, int rows, int columns, int root) {
  int bottom = 0, left = columns, right = 0, count = 0;
  for (int i = root; i < rows * columns; i++) {
    if (cells[i] != root) continue;
    bottom = i / columns;
    left = i % columns < left ? i % columns : left;
    right = i % columns > right ? i % columns : right;
    count++;
  }
  return left == root % columns && count == (bottom - root / columns + 1) * (right - left + 1);
}

/* Places become one cell where the side between them was not seen, if that gives rectangles: anything else is a line
 * that was overlooked. */
static void merge_cells(const lattice *l, int rows, int columns, int *cells) {
  for (int i = 0; i < rows * columns; i++) cells[i] = i;
  for (int i = 0; i < rows * columns; i++) {
    const int row = i / columns, column = i % columns;
    if (column + 1 < columns && *side_at(l, 1, column + 1, row) < side_open) join(cells, i, i + 1);
    if (row + 1 < rows && *side_at(l, 0, row + 1, column) < side_open) join(cells, i, i + columns);
  }
  for (int i = 0; i < rows * columns; i++) cells[i] = find_root(cells, i);
  for (int i = 0; i < rows * columns; i++) {
    if (cells[i] != i || is_rectangle(cells, rows, columns, i)) continue;
    for (int k = rows * columns - 1; k >= i; k--)
      if (cells[k] == i) cells[k] = k;
  }
}

/* ---- tables ------------------------------------------------------------------------------------------------------- */

/* Where every second line was overlooked, the smaller gaps are the squares'. */
static int is_squared_paper(const lattice *l) {
  const double across = family_gap(&l->along[1], smaller_gaps), down = family_gap(&l->along[0], smaller_gaps);
  return l->along[0].boundary_count > SQUARED_PAPER_MIN && l->along[1].boundary_count > SQUARED_PAPER_MIN &&
         fmax(across, down) < square_aspect * fmin(across, down);
}

/* One cell is a frame, not a table. */
static int is_table(const lattice *l) {
  const int rows = l->along[0].boundary_count - 1, columns = l->along[1].boundary_count - 1;
  return rows >= 1 && columns >= 1 && rows * columns >= 2 && !is_squared_paper(l);
}

static int is_one_cell(const lattice *l) {
  return l->along[0].boundary_count == 2 && l->along[1].boundary_count == 2 && corners_settled(l);
}

static int add_table(lattice *l, stage_tables *out) {
  const int rows = l->along[0].boundary_count - 1, columns = l->along[1].boundary_count - 1;
  stage_table table = {rows, columns, NULL, malloc((size_t)rows * (size_t)columns * sizeof *table.cells)};
  stage_table *grown = realloc(out->items, (out->count + 1) * sizeof *grown);
  if (grown) out->items = grown;
  if (!grown || !table.cells) {
    free(table.cells);
    return SHIM_ERR_MEMORY;
  }
  merge_cells(l, rows, columns, table.cells);
  table.corners = l->corners;
  l->corners = NULL;
  out->items[out->count++] = table;
  return SHIM_OK;
}

static void mark_rulings(const lattice *l, unsigned char *ruling) {
  for (int d = 0; d < 2; d++)
    for (size_t i = 0; i < l->along[d].line_count; i++) ruling[l->along[d].lines[i].track] = 1;
}

/* Lines that lie closer together than any row or column become one boundary. */
static int group_lines(lattice *l) {
  int status = SHIM_OK;
  double near[2];
  for (int d = 0; status == SHIM_OK && d < 2; d++)
    status = family_group(&l->along[d], together_samples * l->tracks->items[l->along[d].lines[0].track].step);
  if (status != SHIM_OK) return status;
  for (int d = 0; d < 2; d++) {
    const double least = together_samples * l->tracks->items[l->along[d].lines[0].track].step;
    near[d] =
        fmax(least, fmax(together_pitch * family_pitch(&l->along[d]), together_other * family_pitch(&l->along[!d])));
  }
  for (int d = 0; status == SHIM_OK && d < 2; d++) status = family_group(&l->along[d], near[d]);
  return status;
}

static int open_families(lattice *l, const stage_crossings *crossings, int group) {
  int status = SHIM_OK;
  for (int d = 0; status == SHIM_OK && d < 2; d++) {
    family_free(&l->along[d]);
    status = family_open(crossings, group, d, &l->along[d]);
  }
  return status == SHIM_OK ? group_lines(l) : status;
}

static int finish_table(lattice *l, stage_tables *out, box_frames *frames, unsigned char *ruling) {
  int is_paper = 0, status = drop_weak(l);
  if (status != SHIM_OK) return status;
  if (!is_table(l)) {
    if (is_squared_paper(l)) mark_rulings(l, ruling);
    return is_one_cell(l) ? box_frames_add(frames, l->corners, l->along) : SHIM_OK;
  }
  mark_rulings(l, ruling);
  status = is_cut_paper(l, &is_paper);
  if (status == SHIM_OK && !is_paper) status = open_sides(l, &is_paper);
  if (status == SHIM_OK) status = lay_out(l);
  return status == SHIM_OK && !is_paper && corners_settled(l) ? add_table(l, out) : status;
}

static int make_table(const stage_tracks *tracks, const stage_crossings *core, int group, stage_tables *out,
                      box_frames *frames, unsigned char *ruling) {
  lattice l = {.tracks = tracks};
  int status = open_families(&l, core, group);
  if (status == SHIM_OK) status = finish_table(&l, out, frames, ruling);
  for (int d = 0; d < 2; d++) {
    family_free(&l.along[d]);
    free(l.sides[d]);
  }
  free(l.corners);
  return status;
}

static int find_tables(const stage_tracks *tracks, const stage_crossings *all, const unsigned char *skip, int least,
                       stage_tables *out, box_frames *frames, unsigned char *ruling) {
  stage_crossings core;
  int status = stage_crossings_core(tracks, all, skip, least, &core);
  for (int group = 0; status == SHIM_OK && group < core.group_count; group++)
    status = make_table(tracks, &core, group, out, frames, ruling);
  stage_crossings_free(&core);
  return status;
}

/* A table's own lines, and whatever lies in its cells. */
static void skip_tables(const stage_tracks *tracks, const stage_tables *tables, const unsigned char *ruling,
                        unsigned char *skip) {
  for (size_t i = 0; i < tracks->count; i++) {
    const stage_track *track = &tracks->items[i];
    const double along = (track->first + track->count / 2.0) * track->step, across = stage_track_at(track, along);
    size_t table;
    int place;
    skip[i] = ruling[i] || (track->upright ? stage_tables_locate(tables, across, along, &table, &place)
                                           : stage_tables_locate(tables, along, across, &table, &place));
  }
}

int stage_tables_find(const stage_tracks *tracks, stage_tables *out, unsigned char *ruling) {
  stage_crossings all = {0};
  box_frames frames = {0};
  memset(out, 0, sizeof *out);
  memset(ruling, 0, tracks->count);
  unsigned char *skip = calloc(tracks->count + 1, 1);
  int status = skip ? stage_crossings_find(tracks, &all) : SHIM_ERR_MEMORY;
  if (status == SHIM_OK) status = find_tables(tracks, &all, skip, 3, out, &frames, ruling);
  if (status == SHIM_OK) {
    skip_tables(tracks, out, ruling, skip);
    status = find_tables(tracks, &all, skip, 2, out, &frames, ruling); /* single rows and columns */
  }
  if (status == SHIM_OK) status = box_rows_join(&frames, out, ruling);
  box_frames_free(&frames);
  stage_crossings_free(&all);
  free(skip);
  if (status != SHIM_OK) stage_tables_free(out);
  return status;
}

void stage_tables_free(stage_tables *tables) {
  for (size_t i = 0; i < tables->count; i++) {
    free(tables->items[i].corners);
    free(tables->items[i].cells);
  }
  free(tables->items);
  memset(tables, 0, sizeof *tables);
}
