/* Boxes for a digit each are drawn apart from each other, so that no line leads from one to the next: each is a cell by
 * itself. Where several of like size stand side by side they are one row of a form; boxes of which a line was overlooked
 * are filled in between the others, and a stroke of a digit that had parted a box goes, since all are equally wide.
 * Fails on boxes below each other, where half of a row was overlooked, and on boxes close together in a row that is not
 * level: the lines of one then seem to meet those of the next. */
#include "box_row.h"
#include "sort_doubles.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BOXES_MIN = 3 };
/* Of the boxes' height. */
static const double height_alike = 1.3; /* times as high */
static const double gap_min = -0.15, gap_max = 2.6, step_max = 0.16;
static const double narrow_gap = 0.6;  /* between neighbours; a wider one holds boxes that were overlooked */
static const double pitch_error = 0.3; /* of the pitch, by which such a gap may differ from whole boxes */

typedef struct edge {
  double top[2], bottom[2];
} edge;

/* A frame, or a table of one row. */
typedef struct piece {
  const double *corners;
  int columns, is_used;
  const box_frame *frame; /* NULL: a table */
  size_t table;
  double left; /* for the order */
} piece;

/* A row while it is put together. */
typedef struct box_row {
  piece **pieces;
  double *gaps; /* after each piece but the last */
  size_t count;
  double width, gap; /* of a box, and between neighbours */
} box_row;

/* ---- frames ------------------------------------------------------------------------------------------------------- */

int box_frames_add(box_frames *frames, const double corners[8], const family along[2]) {
  box_frame frame = {.tracks = malloc((along[0].line_count + along[1].line_count + 1) * sizeof *frame.tracks)};
  box_frame *grown = realloc(frames->items, (frames->count + 1) * sizeof *grown);
  if (grown) frames->items = grown;
  if (!grown || !frame.tracks) {
    free(frame.tracks);
    return SHIM_ERR_MEMORY;
  }
  memcpy(frame.corners, corners, sizeof frame.corners);
  for (int d = 0; d < 2; d++)
    for (size_t i = 0; i < along[d].line_count; i++) frame.tracks[frame.track_count++] = along[d].lines[i].track;
  frames->items[frames->count++] = frame;
  return SHIM_OK;
}

void box_frames_free(box_frames *frames) {
  for (size_t i = 0; i < frames->count; i++) free(frames->items[i].tracks);
  free(frames->items);
  *frames = (box_frames){0};
}

/* ---- geometry ----------------------------------------------------------------------------------------------------- */

static edge edge_at(const piece *p, int column) {
  const double *top = p->corners + 2 * column, *bottom = top + 2 * (p->columns + 1);
  return (edge){{top[0], top[1]}, {bottom[0], bottom[1]}};
}

static double height_of(const edge *e) {
  return hypot(e->bottom[0] - e->top[0], e->bottom[1] - e->top[1]);
}

static edge edge_between(const edge *a, const edge *b, double t) {
  edge e;
  for (int axis = 0; axis < 2; axis++) {
    e.top[axis] = a->top[axis] + t * (b->top[axis] - a->top[axis]);
    e.bottom[axis] = a->bottom[axis] + t * (b->bottom[axis] - a->bottom[axis]);
  }
  return e;
}

static double width_of(const piece *p) {
  const edge left = edge_at(p, 0), right = edge_at(p, p->columns);
  return (hypot(right.top[0] - left.top[0], right.top[1] - left.top[1]) +
          hypot(right.bottom[0] - left.bottom[0], right.bottom[1] - left.bottom[1])) /
         2;
}

/* Whether b stands to the right of a in one row with it, and the gap between them in pixels. */
static int follows(const piece *a, const piece *b, double *gap) {
  const edge left = edge_at(a, 0), right = edge_at(a, a->columns), next = edge_at(b, 0);
  const double high = height_of(&right), other = height_of(&next), width = fmax(width_of(a), 1e-9);
  if (fmax(high, other) > height_alike * fmin(high, other)) return 0;
  const double x = (right.top[0] - left.top[0] + right.bottom[0] - left.bottom[0]) / (2 * width),
               y = (right.top[1] - left.top[1] + right.bottom[1] - left.bottom[1]) / (2 * width);
  const double *ends[2][2] = {{right.top, next.top}, {right.bottom, next.bottom}};
  *gap = 0;
  for (int i = 0; i < 2; i++) {
    const double dx = ends[i][1][0] - ends[i][0][0], dy = ends[i][1][1] - ends[i][0][1];
    const double along = dx * x + dy * y;
    if (along < gap_min * high || along > gap_max * high) return 0;
    if (fabs(dy * x - dx * y) > step_max * (high + along)) return 0;
    *gap += along / 2;
  }
  return 1;
}

/* ---- rows --------------------------------------------------------------------------------------------------------- */

static int compare_left(const void *a, const void *b) {
  const piece *p = a, *q = b;
  return (p->left > q->left) - (p->left < q->left);
}

static double median(double *values, size_t count) {
  sort_doubles(values, count);
  return count ? values[count / 2] : 0;
}

/* The row that begins with a piece, of those not used yet. */
static void gather(piece *pieces, size_t count, size_t first, box_row *row) {
  row->count = 0;
  row->pieces[row->count++] = &pieces[first];
  for (size_t i = first + 1; i < count; i++) {
    double gap;
    if (pieces[i].is_used || !follows(row->pieces[row->count - 1], &pieces[i], &gap)) continue;
    row->gaps[row->count - 1] = gap;
    row->pieces[row->count++] = &pieces[i];
  }
}

/* How wide its boxes are, as most frames tell, or the tables' cells where there are none. Scratch has room for a value a
 * piece. */
static void measure(box_row *row, double *scratch) {
  size_t n = 0;
  for (size_t i = 0; i < row->count; i++)
    if (row->pieces[i]->frame) scratch[n++] = width_of(row->pieces[i]);
  for (size_t i = 0; i < row->count && !n; i++) scratch[i] = width_of(row->pieces[i]) / row->pieces[i]->columns;
  row->width = fmax(1, median(scratch, n ? n : row->count));
  n = 0;
  for (size_t i = 0; i + 1 < row->count; i++)
    if (row->gaps[i] < narrow_gap * row->width) scratch[n++] = fmax(0, row->gaps[i]);
  row->gap = median(scratch, n);
}

static int boxes_within(const box_row *row, double extent) {
  const int boxes = (int)floor((extent + row->gap) / (row->width + row->gap) + 0.5);
  return boxes > 0 ? boxes : 0;
}

static int boxes_of(const box_row *row, size_t i) {
  const int boxes = boxes_within(row, width_of(row->pieces[i]));
  return boxes > 1 ? boxes : 1;
}

/* How many boxes were overlooked after piece i. */
static int boxes_after(const box_row *row, size_t i) {
  return row->gaps[i] < narrow_gap * row->width ? 0 : boxes_within(row, row->gaps[i] - 2 * row->gap);
}

/* The row ends where a gap is no number of boxes. */
static void end_row(box_row *row) {
  const double pitch = row->width + row->gap;
  for (size_t i = 0; i + 1 < row->count; i++)
    if (fabs(row->gaps[i] - row->gap - boxes_after(row, i) * pitch) > pitch_error * pitch) row->count = i + 1;
}

/* ---- tables ------------------------------------------------------------------------------------------------------- */

static int count_boxes(const box_row *row) {
  int boxes = 0;
  for (size_t i = 0; i < row->count; i++) boxes += boxes_of(row, i) + (i + 1 < row->count ? boxes_after(row, i) : 0);
  return boxes;
}

static void put_edge(const edge *e, int at, int columns, double *corners) {
  memcpy(corners + 2 * at, e->top, sizeof e->top);
  memcpy(corners + 2 * (columns + 1 + at), e->bottom, sizeof e->bottom);
}

/* The borders of the row's boxes: those between neighbours stand in the middle of the gap. */
static void lay_borders(const box_row *row, int columns, double *corners) {
  const double pitch = row->width + row->gap;
  int at = 0;
  for (size_t i = 0; i < row->count; i++) {
    const piece *p = row->pieces[i];
    const edge left = edge_at(p, 0), right = edge_at(p, p->columns);
    const int boxes = boxes_of(row, i);
    if (i == 0) put_edge(&left, at++, columns, corners);
    for (int k = 1; k < boxes; k++) {
      const edge e = boxes == p->columns ? edge_at(p, k) : edge_between(&left, &right, (double)k / boxes);
      put_edge(&e, at++, columns, corners);
    }
    if (i + 1 == row->count) {
      put_edge(&right, at, columns, corners);
      break;
    }
    const edge next = edge_at(row->pieces[i + 1], 0);
    const int missed = boxes_after(row, i);
    for (int k = 0; k <= missed; k++) {
      const edge e = edge_between(&right, &next, missed ? (row->gap / 2 + k * pitch) / row->gaps[i] : 0.5);
      put_edge(&e, at++, columns, corners);
    }
  }
}

static int add_row(const box_row *row, stage_tables *tables, unsigned char *ruling) {
  const int columns = count_boxes(row);
  stage_table table = {1, columns, malloc(4 * ((size_t)columns + 1) * sizeof *table.corners),
                       malloc((size_t)columns * sizeof *table.cells)};
  stage_table *grown = realloc(tables->items, (tables->count + 1) * sizeof *grown);
  if (grown) tables->items = grown;
  if (!grown || !table.corners || !table.cells) {
    free(table.corners);
    free(table.cells);
    return SHIM_ERR_MEMORY;
  }
  lay_borders(row, columns, table.corners);
  for (int i = 0; i < columns; i++) table.cells[i] = i;
  tables->items[tables->count++] = table;
  for (size_t i = 0; i < row->count; i++) {
    const box_frame *frame = row->pieces[i]->frame;
    row->pieces[i]->is_used = 1;
    for (size_t k = 0; frame && k < frame->track_count; k++) ruling[frame->tracks[k]] = 1;
  }
  return SHIM_OK;
}

static size_t list_pieces(const box_frames *frames, const stage_tables *tables, piece *out) {
  size_t count = 0;
  for (size_t i = 0; i < frames->count; i++)
    out[count++] = (piece){frames->items[i].corners, 1, 0, &frames->items[i], 0, frames->items[i].corners[0]};
  for (size_t i = 0; i < tables->count; i++)
    if (tables->items[i].rows == 1)
      out[count++] =
          (piece){tables->items[i].corners, tables->items[i].columns, 0, NULL, i, tables->items[i].corners[0]};
  qsort(out, count, sizeof *out, compare_left);
  return count;
}

/* Tables that went into a row go; those from `before` on are the rows themselves. */
static void drop_used(const piece *pieces, size_t count, size_t before, stage_tables *tables) {
  size_t kept = 0;
  for (size_t i = 0; i < tables->count; i++) {
    int used = 0;
    for (size_t k = 0; k < count && i < before; k++)
      used |= !pieces[k].frame && pieces[k].table == i && pieces[k].is_used;
    if (!used) {
      tables->items[kept++] = tables->items[i];
      continue;
    }
    free(tables->items[i].corners);
    free(tables->items[i].cells);
  }
  tables->count = kept;
}

int box_rows_join(const box_frames *frames, stage_tables *tables, unsigned char *ruling) {
  const size_t most = frames->count + tables->count, before = tables->count;
  if (frames->count == 0) return SHIM_OK;
  piece *pieces = malloc(most * sizeof *pieces);
  double *gaps = malloc(2 * most * sizeof *gaps);
  box_row row = {.pieces = malloc(most * sizeof *row.pieces), .gaps = gaps};
  int status = pieces && gaps && row.pieces ? SHIM_OK : SHIM_ERR_MEMORY;
  const size_t count = status == SHIM_OK ? list_pieces(frames, tables, pieces) : 0;
  for (size_t i = 0; i < count && status == SHIM_OK; i++) {
    if (pieces[i].is_used) continue;
    gather(pieces, count, i, &row);
    measure(&row, gaps + most);
    end_row(&row);
    if (row.count > 1 && count_boxes(&row) >= BOXES_MIN) status = add_row(&row, tables, ruling);
  }
  if (status == SHIM_OK) drop_used(pieces, count, before, tables);
  free(pieces);
  free(gaps);
  free(row.pieces);
  return status;
}
