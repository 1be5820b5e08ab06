/* Finds the sheet of paper on a table or a floor: four straight sides, all of them lighter inside than outside, or all
 * of them darker.
 *
 * Works on a picture of a few hundred pixels. A closing takes the writing out, and the joints of a floor; every edge
 * pixel votes for the lines through it that its own gradient allows (Ballard's Hough transform of 1981, with the
 * gradient's sign, so that the two sides of a sheet never mix); the strongest lines are refined by least squares. Of
 * all ways to make four sides out of them the one is taken whose sides are seen along most of their length and stop at
 * the corners. A corner may lie outside the picture, and one side may be missing altogether: then the sheet goes on to
 * the picture's border. Fails on sheets that hardly differ from what they lie on, on crumpled ones, and on round ones;
 * it then says that there is none, as it does in doubt: a wrong sheet would cost digits. */
#include "sort_doubles.h"
#include "stages.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
  LOOK_SIDE = 400,  /* the longer side of the small picture lies between this and twice as much */
  CLOSE_SHARE = 40, /* the closing's window, a share of the longer side */
  EDGE_BLUR = 5,
  ANGLES = 180,
  ANGLE_STEP = 2,   /* degrees */
  ANGLE_SPREAD = 2, /* bins to either side of the gradient's that a pixel votes for */
  RHO_STEP = 2,     /* pixels */
  LINES_MAX = 14
};
static const double pi = 3.14159265358979323846;
static const double gradient_min = 1, gradient_cap = 6; /* gray levels a pixel */
static const double inlier_distance = 2.5, inlier_cosine = 0.97;
static const double line_votes_min = 0.12; /* of what a line as long as the shorter side would get at gradient_min */
/* Of a sheet. */
static const double corner_min = 50, corner_max = 130; /* degrees between neighbouring sides */
static const double step_min = 2.5;                    /* gray levels between inside and outside */
static const double step_share = 0.35;                 /* of the side's usual step */
static const double seen_min = 0.6;                    /* share of a side that shows its step */
static const double side_min = 0.12;                   /* of the picture's shorter side, what must be seen of a side */
static const double area_min = 0.08;                   /* of the picture */
static const double perimeter_seen_min = 0.4;
static const double outside_max = 0.75; /* how far corners may lie outside the picture, in its sides */
static const double unseen_weight = 1.5;
static const double score_min = 0.8; /* of the shorter side */
/* Of the sheet's longer side. A strip of a dark table along the border would be ink, beside which the pen's is too
 * faint. */
static const double frame_inset = 0.004;
static const double inside_margin = 0.02, inside_min = 0.1; /* of the picture */
static const double overrun = 0.08; /* of the shorter side: how far past its corners a side is looked for */

typedef struct line {
  double x, y;               /* a point on it */
  double normal_x, normal_y; /* towards the lighter side */
  double angle;              /* of the normal, degrees 0..360 */
} line;

typedef struct edge {
  float x, y, cosine, sine, weight;
} edge;

typedef struct look {
  shim_image small; /* closed and blurred */
  int factor;       /* picture pixels a pixel of it */
  int shorter;      /* its shorter side */
  edge *edges;
  size_t edge_count;
  line lines[LINES_MAX];
  int line_count;
} look;

/* ---- the small picture and its edges ------------------------------------------------------------------------------- */

/* How many pixels of the picture, across and down, are one of the small picture. */
static int look_factor(const shim_image *gray) {
  const int longer = gray->width > gray->height ? gray->width : gray->height;
  return longer / LOOK_SIDE > 1 ? longer / LOOK_SIDE : 1;
}

static int shrink(const shim_image *gray, look *l) {
  shim_image plain = {0};
  l->factor = look_factor(gray);
  int status = stage_shrink(gray, l->factor, &plain);
  const int window = (plain.width > plain.height ? plain.width : plain.height) / CLOSE_SHARE | 1;
  l->shorter = plain.width < plain.height ? plain.width : plain.height;
  if (status == SHIM_OK) status = shim_image_create(&l->small, plain.width, plain.height, 1);
  if (status == SHIM_OK) status = shim_close(&plain, &l->small, window);
  if (status == SHIM_OK) status = shim_blur(&l->small, &l->small, EDGE_BLUR);
  shim_image_free(&plain);
  return status;
}

static void gradient(const shim_image *image, int x, int y, double *dx, double *dy) {
  const uint8_t *p = image->data + (y - 1) * image->stride + x, *q = p + image->stride, *r = q + image->stride;
  *dx = (p[1] - p[-1] + 2 * (q[1] - q[-1]) + r[1] - r[-1]) / 8.0;
  *dy = (r[-1] - p[-1] + 2 * (r[0] - p[0]) + r[1] - p[1]) / 8.0;
}

/* Pixels whose gradient is a maximum across the edge (Canny 1986). */
static int find_edges(look *l) {
  const shim_image *s = &l->small;
  const size_t count = (size_t)s->width * (size_t)s->height;
  float *strength = calloc(count, sizeof *strength);
  l->edges = malloc(count * sizeof *l->edges);
  if (!strength || !l->edges) {
    free(strength);
    return SHIM_ERR_MEMORY;
  }
  for (int y = 1; y + 1 < s->height; y++)
    for (int x = 1; x + 1 < s->width; x++) {
      double dx, dy;
      gradient(s, x, y, &dx, &dy);
      strength[(size_t)y * (size_t)s->width + (size_t)x] = (float)sqrt(dx * dx + dy * dy);
    }
  for (int y = 2; y + 2 < s->height; y++)
    for (int x = 2; x + 2 < s->width; x++) {
      const float *here = strength + (size_t)y * (size_t)s->width + x;
      if (*here < gradient_min) continue;
      double dx, dy;
      gradient(s, x, y, &dx, &dy);
      const double cosine = dx / *here, sine = dy / *here;
      const ptrdiff_t across = (ptrdiff_t)lround(sine) * s->width + (ptrdiff_t)lround(cosine);
      if (*here < here[across] || *here <= here[-across]) continue;
      l->edges[l->edge_count++] =
          (edge){(float)x, (float)y, (float)cosine, (float)sine, (float)fmin(*here, gradient_cap)};
    }
  free(strength);
  return SHIM_OK;
}

/* ---- lines --------------------------------------------------------------------------------------------------------- */

typedef struct votes {
  float *cells; /* [ANGLES][rhos] */
  int rhos;
  double cosines[ANGLES], sines[ANGLES];
} votes;

static void vote(const votes *v, const look *l, const edge *e, double sign) {
  const double angle = atan2(e->sine, e->cosine) * 180 / pi + 360;
  const int middle = (int)(angle / ANGLE_STEP + 0.5);
  for (int i = middle - ANGLE_SPREAD; i <= middle + ANGLE_SPREAD; i++) {
    const int a = i % ANGLES;
    const double rho = (e->x - l->small.width / 2.0) * v->cosines[a] + (e->y - l->small.height / 2.0) * v->sines[a];
    const int r = (int)(rho / RHO_STEP + v->rhos / 2.0);
    if (r >= 0 && r < v->rhos) v->cells[a * v->rhos + r] += (float)(sign * e->weight);
  }
}

/* Two neighbouring bins together, since a line may lie between them. */
static double strongest(const votes *v, int *angle, int *rho) {
  double best = 0;
  for (int a = 0; a < ANGLES; a++)
    for (int r = 0; r + 1 < v->rhos; r++) {
      const double here = v->cells[a * v->rhos + r] + v->cells[a * v->rhos + r + 1];
      if (here > best) best = here, *angle = a, *rho = r;
    }
  return best;
}

static int is_inlier(const line *m, const edge *e, double distance) {
  return fabs((e->x - m->x) * m->normal_x + (e->y - m->y) * m->normal_y) <= distance &&
         e->cosine * m->normal_x + e->sine * m->normal_y >= inlier_cosine;
}

/* Least squares across the line, twice, from what the last round took for its own. */
static void refine(const look *l, line *m) {
  for (int round = 0; round < 2; round++) {
    double w = 0, x = 0, y = 0, xx = 0, xy = 0, yy = 0;
    for (size_t i = 0; i < l->edge_count; i++) {
      const edge *e = &l->edges[i];
      if (e->weight <= 0 || !is_inlier(m, e, round ? inlier_distance : 2 * inlier_distance)) continue;
      w += e->weight, x += e->weight * e->x, y += e->weight * e->y;
      xx += e->weight * e->x * e->x, xy += e->weight * e->x * e->y, yy += e->weight * e->y * e->y;
    }
    if (w <= 0) return;
    x /= w, y /= w;
    const double along = 0.5 * atan2(2 * (xy / w - x * y), xx / w - x * x - yy / w + y * y);
    const double nx = -sin(along), ny = cos(along), sign = nx * m->normal_x + ny * m->normal_y < 0 ? -1 : 1;
    m->x = x, m->y = y, m->normal_x = sign * nx, m->normal_y = sign * ny;
  }
}

static int find_lines(look *l) {
  votes v = {NULL, (int)(hypot(l->small.width, l->small.height) / RHO_STEP) + 4, {0}, {0}};
  v.cells = calloc((size_t)ANGLES * (size_t)v.rhos, sizeof *v.cells);
  if (!v.cells) return SHIM_ERR_MEMORY;
  for (int a = 0; a < ANGLES; a++)
    v.cosines[a] = cos(a * ANGLE_STEP * pi / 180), v.sines[a] = sin(a * ANGLE_STEP * pi / 180);
  for (size_t i = 0; i < l->edge_count; i++) vote(&v, l, &l->edges[i], 1);
  for (int a = 0, r = 0; l->line_count < LINES_MAX;) {
    if (strongest(&v, &a, &r) < line_votes_min * gradient_min * l->shorter) break;
    const double rho = (r + 1 - v.rhos / 2.0) * RHO_STEP;
    line *m = &l->lines[l->line_count++];
    *m = (line){l->small.width / 2.0 + rho * v.cosines[a], l->small.height / 2.0 + rho * v.sines[a], v.cosines[a],
                v.sines[a], 0};
    const line found = *m;
    refine(l, m);
    m->angle = fmod(atan2(m->normal_y, m->normal_x) * 180 / pi + 360, 360);
    for (size_t i = 0; i < l->edge_count; i++) {
      edge *e = &l->edges[i];
      if (e->weight <= 0 || (!is_inlier(m, e, inlier_distance) && !is_inlier(&found, e, inlier_distance))) continue;
      vote(&v, l, e, -1);
      e->weight = 0;
    }
  }
  free(v.cells);
  return SHIM_OK;
}

/* ---- four sides out of the lines ------------------------------------------------------------------------------------ */

/* A way to make a sheet: its sides clockwise, their normals inwards; corner i lies between sides i - 1 and i. */
typedef struct sheet {
  line sides[4];
  int made_up; /* which side is not one of the lines but the picture's border; -1: none */
  double corners[4][2];
  double score; /* pixels of sides that are seen, less those that are not */
} sheet;

static int cross(const line *a, const line *b, double out[2]) {
  const double determinant = a->normal_x * b->normal_y - a->normal_y * b->normal_x;
  if (fabs(determinant) < 0.1) return 0;
  const double p = a->x * a->normal_x + a->y * a->normal_y, q = b->x * b->normal_x + b->y * b->normal_y;
  out[0] = (p * b->normal_y - q * a->normal_y) / determinant;
  out[1] = (q * a->normal_x - p * b->normal_x) / determinant;
  return 1;
}

enum { SAMPLES_MAX = 512, SAMPLE_SPACING = 2, STEP_NEAR = 3, STEP_FAR = 9, OUT_OF_SIGHT = -1000 };

/* By how many gray levels the inside is lighter (polarity 1) or darker (-1) than the outside at (x, y): the least of
 * what is found near the side and farther from it, since beyond a printed line it soon is as light again. */
static double step_at(const look *l, double x, double y, const line *side, int polarity) {
  const shim_image *s = &l->small;
  double least = INFINITY;
  for (int distance = STEP_NEAR; distance <= STEP_FAR; distance += STEP_NEAR) {
    const double dx = distance * side->normal_x, dy = distance * side->normal_y;
    const int ix = (int)floor(x + dx + 0.5), iy = (int)floor(y + dy + 0.5);
    const int ox = (int)floor(x - dx + 0.5), oy = (int)floor(y - dy + 0.5);
    if (ix < 0 || iy < 0 || ix >= s->width || iy >= s->height) return OUT_OF_SIGHT;
    if (ox < 0 || oy < 0 || ox >= s->width || oy >= s->height) break;
    least = fmin(least, polarity * (s->data[iy * s->stride + ix] - s->data[oy * s->stride + ox]));
  }
  return least < INFINITY ? least : OUT_OF_SIGHT;
}

typedef struct side_view {
  double seen, unseen; /* pixels of its length with and without a step; what lies outside the picture is neither */
  double past;         /* pixels past its corners that show the step too */
} side_view;

static side_view view_side(const look *l, const double from[2], const double to[2], const line *side, int polarity) {
  const double length = hypot(to[0] - from[0], to[1] - from[1]);
  const double ux = (to[0] - from[0]) / length, uy = (to[1] - from[1]) / length;
  const double spacing = fmax(length / SAMPLES_MAX, SAMPLE_SPACING), reach = overrun * l->shorter;
  double steps[SAMPLES_MAX];
  side_view view = {0, 0, 0};
  size_t count = 0;
  for (double t = 2 * SAMPLE_SPACING; t < length - 2 * SAMPLE_SPACING && count < SAMPLES_MAX; t += spacing) {
    steps[count] = step_at(l, from[0] + t * ux, from[1] + t * uy, side, polarity);
    count += steps[count] > OUT_OF_SIGHT;
  }
  if (count == 0) return view;
  sort_doubles(steps, count);
  const double enough = fmax(step_min, step_share * steps[count / 2]);
  for (size_t i = 0; i < count; i++) *(steps[i] >= enough ? &view.seen : &view.unseen) += spacing;
  for (double t = 2 * SAMPLE_SPACING; t < reach; t += SAMPLE_SPACING) {
    view.past += step_at(l, from[0] - t * ux, from[1] - t * uy, side, polarity) >= enough ? SAMPLE_SPACING : 0;
    view.past += step_at(l, to[0] + t * ux, to[1] + t * uy, side, polarity) >= enough ? SAMPLE_SPACING : 0;
  }
  return view;
}

enum { CLIPPED_MAX = 10 /* corners of a clipped quad, and room for one step */ };

/* What of the polygon lies to the inner side of x * nx + y * ny >= least (Sutherland & Hodgman 1974). */
static int clip(const double (*polygon)[2], int count, double nx, double ny, double least, double (*out)[2]) {
  int kept = 0;
  for (int i = 0; i < count && kept + 2 <= CLIPPED_MAX; i++) { /* a convex one gains one corner at most */
    const double *a = polygon[i], *b = polygon[(i + 1) % count];
    const double from = a[0] * nx + a[1] * ny - least, to = b[0] * nx + b[1] * ny - least;
    if (from >= 0) memcpy(out[kept++], a, sizeof *out);
    if ((from >= 0) == (to >= 0)) continue;
    out[kept][0] = a[0] + (b[0] - a[0]) * from / (from - to);
    out[kept++][1] = a[1] + (b[1] - a[1]) * from / (from - to);
  }
  return kept;
}

/* The part of a quad that lies in the picture; returns how many corners it has. */
static int clip_to_picture(const double quad[4][2], double width, double height, double out[CLIPPED_MAX][2]) {
  double other[CLIPPED_MAX][2];
  int count = clip(quad, 4, 1, 0, 0, out);
  count = clip((const double(*)[2])out, count, -1, 0, -width, other);
  count = clip((const double(*)[2])other, count, 0, 1, 0, out);
  count = clip((const double(*)[2])out, count, 0, -1, -height, other);
  memcpy(out, other, sizeof other);
  return count;
}

static double polygon_area(const double (*polygon)[2], int count) {
  double twice = 0;
  for (int i = 0; i < count; i++) {
    const double *a = polygon[i], *b = polygon[(i + 1) % count];
    twice += a[0] * b[1] - b[0] * a[1];
  }
  return twice / 2;
}

static int find_corners(sheet *s, const look *l) {
  for (int i = 0; i < 4; i++) {
    double *corner = s->corners[i];
    if (!cross(&s->sides[(i + 3) % 4], &s->sides[i], corner)) return 0;
    if (fabs(corner[0] - l->small.width / 2.0) > l->small.width * (0.5 + outside_max)) return 0;
    if (fabs(corner[1] - l->small.height / 2.0) > l->small.height * (0.5 + outside_max)) return 0;
  }
  for (int i = 0; i < 4; i++) { /* clockwise, and so convex */
    const double *from = s->corners[i], *to = s->corners[(i + 1) % 4];
    if ((to[0] - from[0]) * s->sides[i].normal_y <= (to[1] - from[1]) * s->sides[i].normal_x) return 0;
  }
  double seen[CLIPPED_MAX][2];
  const int count = clip_to_picture((const double(*)[2])s->corners, l->small.width, l->small.height, seen);
  return polygon_area((const double(*)[2])seen, count) >= area_min * l->small.width * l->small.height;
}

/* Fills in the corners and the score; 0 where it is no sheet. */
static int look_at_sheet(const look *l, int polarity, sheet *s) {
  double seen = 0, length = 0;
  s->score = 0;
  if (!find_corners(s, l)) return 0;
  for (int i = 0; i < 4; i++) {
    const double *from = s->corners[i], *to = s->corners[(i + 1) % 4];
    if (i == s->made_up) continue;
    const side_view view = view_side(l, from, to, &s->sides[i], polarity);
    if (view.seen < side_min * l->shorter || view.seen < seen_min * (view.seen + view.unseen)) return 0;
    s->score += view.seen - unseen_weight * view.unseen - view.past;
    seen += view.seen;
    length += hypot(to[0] - from[0], to[1] - from[1]);
  }
  return seen >= perimeter_seen_min * length;
}

/* The side that the picture's border cut off: opposite to `facing`, through the picture's corner that lies farthest
 * in. */
static line make_up_side(const look *l, const line *facing) {
  line made = {0, 0, -facing->normal_x, -facing->normal_y, fmod(facing->angle + 180, 360)};
  double farthest = -INFINITY;
  for (int corner = 0; corner < 4; corner++) {
    const double x = corner % 2 * l->small.width, y = corner / 2 * l->small.height;
    const double depth = x * facing->normal_x + y * facing->normal_y;
    if (depth > farthest) farthest = depth, made.x = x, made.y = y;
  }
  return made;
}

static int makes_corner(const line *a, const line *b) {
  const double turn = fmod(b->angle - a->angle + 360, 360);
  return turn >= corner_min && turn <= corner_max;
}

static void keep_better(const look *l, int polarity, sheet *tried, sheet *best) {
  if (look_at_sheet(l, polarity, tried) && tried->score > best->score) *best = *tried;
}

/* Every four lines that go around clockwise, and every three of four. The first is the one with the least index, so
 * that none comes twice. */
static void search(const look *l, int polarity, const line *sides, sheet *best) {
  const int n = l->line_count;
  for (int a = 0; a < n; a++)
    for (int b = 0; b < n; b++)
      for (int c = 0; makes_corner(&sides[a], &sides[b]) && c < n; c++) {
        if (!makes_corner(&sides[b], &sides[c])) continue;
        sheet three = {.sides = {sides[a], sides[b], sides[c], make_up_side(l, &sides[b])}, .made_up = 3};
        keep_better(l, polarity, &three, best);
        for (int d = 0; a < b && a < c && d < n; d++) {
          if (d < a || !makes_corner(&sides[c], &sides[d]) || !makes_corner(&sides[d], &sides[a])) continue;
          sheet four = {.sides = {sides[a], sides[b], sides[c], sides[d]}, .made_up = -1};
          keep_better(l, polarity, &four, best);
        }
      }
}

static void find_sheet(const look *l, sheet *best) {
  *best = (sheet){.score = score_min * l->shorter};
  for (int polarity = 1; polarity >= -1; polarity -= 2) {
    line sides[LINES_MAX];
    for (int i = 0; i < l->line_count; i++) {
      sides[i] = l->lines[i];
      sides[i].normal_x *= polarity, sides[i].normal_y *= polarity;
      if (polarity < 0) sides[i].angle = fmod(sides[i].angle + 180, 360);
    }
    search(l, polarity, sides, best);
  }
}

/* Into pixels of the picture, beginning with the corner that makes the frame's turn the least. */
static void report(const look *l, const sheet *s, stage_page *out) {
  int top = 0;
  for (int i = 1; i < 4; i++)
    if (s->sides[i].normal_y > s->sides[top].normal_y) top = i;
  out->found = s->score > score_min * l->shorter;
  out->sides_seen = s->made_up < 0 ? 4 : 3;
  for (int i = 0; i < 4; i++)
    for (int axis = 0; axis < 2; axis++) out->quad[i][axis] = (s->corners[(top + i) % 4][axis] + 0.5) * l->factor;
}

int stage_page_find(const shim_image *gray, stage_page *out) {
  look l = {.factor = 1};
  sheet best;
  memset(out, 0, sizeof *out);
  if (gray->width < STAGE_PAGE_SIDE_MIN || gray->height < STAGE_PAGE_SIDE_MIN) return SHIM_OK;
  if (look_factor(gray) > STAGE_PAGE_SIDE_MIN) return SHIM_OK; /* a strip of whose shorter side nothing would be left */
  int status = shrink(gray, &l);
  if (status == SHIM_OK) status = find_edges(&l);
  if (status == SHIM_OK) status = find_lines(&l);
  if (status == SHIM_OK) {
    find_sheet(&l, &best);
    report(&l, &best, out);
  }
  free(l.edges);
  shim_image_free(&l.small);
  return status;
}

/* ---- the frame a found sheet is read in ------------------------------------------------------------------------------ */

static double mean_length(const double quad[4][2], int side) {
  const double *a = quad[side], *b = quad[side + 1], *c = quad[side + 2], *d = quad[(side + 3) % 4];
  return (hypot(b[0] - a[0], b[1] - a[1]) + hypot(d[0] - c[0], d[1] - c[1])) / 2;
}

int stage_page_frame(const stage_page *page, int width, int height, stage_map *map, int *frame_width,
                     int *frame_height) {
  const double across = mean_length(page->quad, 0), down = mean_length(page->quad, 1);
  double seen[CLIPPED_MAX][2], low[2] = {INFINITY, INFINITY}, high[2] = {-INFINITY, -INFINITY};
  const int status = stage_map_from_quad(page->quad, across, down, map);
  if (status != SHIM_OK) return status;
  const int count = clip_to_picture(page->quad, width, height, seen);
  for (int i = 0; i < count; i++) {
    double reading[2];
    stage_map_to_reading(map, seen[i], reading);
    for (int axis = 0; axis < 2; axis++) {
      low[axis] = fmin(low[axis], reading[axis]);
      high[axis] = fmax(high[axis], reading[axis]);
    }
  }
  const double inset = frame_inset * fmax(across, down);
  stage_map_shift(map, floor(low[0] + inset), floor(low[1] + inset));
  *frame_width = (int)(ceil(high[0] - inset) - floor(low[0] + inset));
  *frame_height = (int)(ceil(high[1] - inset) - floor(low[1] + inset));
  return SHIM_OK;
}

/* How many times half of width x height fits around (x, y) to the inner side of the quad's side. */
static double room_towards(const double quad[4][2], int side, double x, double y, double width, double height) {
  const double *from = quad[side], *to = quad[(side + 1) % 4];
  const double nx = from[1] - to[1], ny = to[0] - from[0];
  return ((x - from[0]) * nx + (y - from[1]) * ny) / (fabs(nx) * width / 2 + fabs(ny) * height / 2);
}

int stage_page_inside(const stage_page *page, const shim_image *gray, shim_image *inside) {
  const double width = gray->width, height = gray->height;
  double seen[CLIPPED_MAX][2], x = 0, y = 0;
  const int count = clip_to_picture(page->quad, width, height, seen);
  for (int i = 0; i < count; i++) x += seen[i][0] / count, y += seen[i][1] / count;
  double share = fmin(fmin(x, width - x) / (width / 2), fmin(y, height - y) / (height / 2));
  for (int side = 0; side < 4; side++) share = fmin(share, room_towards(page->quad, side, x, y, width, height));
  share -= inside_margin;
  if (count < 3 || share < inside_min) return SHIM_ERR_ARGUMENT;
  const int left = (int)(x - share * width / 2), top = (int)(y - share * height / 2);
  *inside = (shim_image){gray->data + top * gray->stride + left, (int)(share * width), (int)(share * height), 1,
                         gray->stride};
  return SHIM_OK;
}
