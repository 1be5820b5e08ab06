/* The lines of the paper among straight lines, on a page of drawings: several of them, equally dark, from one end of
 * the paper to the other, and evenly spaced. Whatever else is straight was drawn. Fails on paper of which fewer than
 * four lines are in sight. */
#include "sort_doubles.h"
#include "stages.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { FAMILY_MIN = 4 };
static const double length_share_min = 0.4; /* of the page's extent in the line's direction */
static const double across_share = 0.7;     /* that FAMILY_MIN of them have: drawn lines seldom go across the page */
static const double depth_ratio_max = 1.9;  /* from the family's median depth, either way */
static const double spacing_error = 0.17;   /* of the spacing */
static const double even_share_min = 0.6;   /* of the lines that fit the spacing */

typedef struct paper_line {
  size_t track;
  double position;
} paper_line;

static int compare_lines(const void *a, const void *b) {
  const double x = ((const paper_line *)a)->position, y = ((const paper_line *)b)->position;
  return (x > y) - (x < y);
}

static double length_of(const stage_track *track) {
  return stage_track_end(track) - stage_track_start(track);
}

/* The spacing that most neighbours have: the median of the distances that are not of double or broken lines. */
static double find_spacing(const paper_line *lines, size_t count, double *gaps) {
  size_t n = 0;
  for (size_t i = 1; i < count; i++)
    if (lines[i].position - lines[i - 1].position > 6) gaps[n++] = lines[i].position - lines[i - 1].position;
  if (n + 1 < FAMILY_MIN) return 0;
  sort_doubles(gaps, n);
  return gaps[n / 2];
}

/* Whether the line lies a whole number of spacings from its neighbours in the family; perspective changes the spacing
 * slowly. */
static int is_even(const paper_line *lines, size_t count, size_t i, double spacing) {
  for (size_t k = 0; k < count; k++) {
    const double steps = fabs(lines[k].position - lines[i].position) / spacing, off = fabs(steps - floor(steps + 0.5));
    if (k != i && steps > 0.5 && steps < 2.5 && off < spacing_error) return 1;
  }
  return 0;
}

/* Marks the paper's lines of one direction in paper[]. extent: the page's along them. */
static int mark_family(const stage_tracks *tracks, int upright, double extent, double middle, unsigned char *paper) {
  paper_line *lines = malloc((tracks->count + 1) * sizeof *lines);
  double *values = malloc((tracks->count + 1) * sizeof *values);
  size_t count = 0, even = 0, across = 0;
  int status = lines && values ? SHIM_OK : SHIM_ERR_MEMORY;
  for (size_t i = 0; status == SHIM_OK && i < tracks->count; i++) {
    const stage_track *t = &tracks->items[i];
    if (t->upright != upright || length_of(t) < length_share_min * extent) continue;
    across += length_of(t) >= across_share * extent;
    values[count] = t->depth;
    lines[count++] = (paper_line){i, stage_track_at(t, middle)};
  }
  if (across >= FAMILY_MIN) {
    sort_doubles(values, count);
    const double depth = values[count / 2];
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
      const double own = tracks->items[lines[i].track].depth;
      if (own < depth_ratio_max * depth && depth < depth_ratio_max * own) lines[kept++] = lines[i];
    }
    count = kept;
    qsort(lines, count, sizeof *lines, compare_lines);
    const double spacing = find_spacing(lines, count, values);
    for (size_t i = 0; spacing > 0 && i < count; i++) even += is_even(lines, count, i, spacing) != 0;
    const int found = even >= FAMILY_MIN && even >= even_share_min * count;
    for (size_t i = 0; found && i < count; i++)
      if (is_even(lines, count, i, spacing)) paper[lines[i].track] = 1;
  }
  free(lines), free(values);
  return status;
}

int stage_rules_keep_paper(stage_rules *rules, const stage_pyramid *pyramid) {
  const shim_image *page = &pyramid->levels[0].gray;
  stage_tables_free(&rules->tables);
  memset(&rules->tables, 0, sizeof rules->tables);
  if (!rules->chosen) return SHIM_OK;
  memset(rules->chosen, 0, rules->tracks.count);
  int status = mark_family(&rules->tracks, 0, page->width, page->width / 2.0, rules->chosen);
  if (status == SHIM_OK) status = mark_family(&rules->tracks, 1, page->height, page->height / 2.0, rules->chosen);
  return status;
}
