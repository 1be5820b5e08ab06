/* The fits are the pipeline's. Vertices of the hand-drawn shapes dataset come in no fixed order: they are put in order around
 * their middle, and every cyclic match both ways round is tried. */
#include "vertices.h"

#include <math.h>
#include <string.h>

#include "shape_classes.h"

static const double PI = 3.14159265358979323846;

/* The known corners without the one that stands twice, in order around their middle. Returns their number. */
static int known_corners(const train_index_entry *entry, double width, double height, double out[TRAIN_VERTICES][2]) {
  double cx = 0, cy = 0;
  int count = 0;
  for (int i = 0; i < entry->vertex_count; i++) {
    const double *v = entry->vertices[i];
    int twice = 0;
    for (int k = 0; k < i; k++) twice |= v[0] == entry->vertices[k][0] && v[1] == entry->vertices[k][1];
    if (twice) continue;
    out[count][0] = v[0] * width;
    out[count++][1] = v[1] * height;
  }
  for (int i = 0; i < count; i++) cx += out[i][0] / count, cy += out[i][1] / count;
  for (int i = 1; i < count; i++)
    for (int k = i; k > 0 && atan2(out[k][1] - cy, out[k][0] - cx) < atan2(out[k - 1][1] - cy, out[k - 1][0] - cx);
         k--) {
      const double swap[2] = {out[k][0], out[k][1]};
      out[k][0] = out[k - 1][0], out[k][1] = out[k - 1][1];
      out[k - 1][0] = swap[0], out[k - 1][1] = swap[1];
    }
  return count;
}

/* Of what the label says. Returns their number. */
static int fitted_corners(const stage_fit *fit, train_people_class label, double out[TRAIN_VERTICES][2]) {
  const int count = label == TRAIN_PEOPLE_TRIANGLE ? 3 : 4;
  for (int i = 0; i < count; i++) {
    if (label == TRAIN_PEOPLE_ELLIPSE) {
      const double angle = fit->angle_degrees * PI / 180 + i % 2 * PI / 2,
                   radius = fit->radii[i % 2] * (i < 2 ? 1 : -1);
      out[i][0] = fit->centre[0] + radius * cos(angle);
      out[i][1] = fit->centre[1] + radius * sin(angle);
    } else {
      const double *corner =
          label == TRAIN_PEOPLE_RECTANGLE ? fit->rectangle[i] : fit->polygons[count - STAGE_CORNERS_MIN].corners[i];
      out[i][0] = corner[0];
      out[i][1] = corner[1];
    }
  }
  return count;
}

static double best_match(double a[TRAIN_VERTICES][2], double b[TRAIN_VERTICES][2], int count) {
  double best = INFINITY;
  for (int shift = 0; shift < count; shift++)
    for (int way = -1; way <= 1; way += 2) {
      double sum = 0;
      for (int i = 0; i < count; i++) {
        const double *other = b[(shift + way * i + count) % count];
        sum += hypot(a[i][0] - other[0], a[i][1] - other[1]) / count;
      }
      best = fmin(best, sum);
    }
  return best;
}

int train_vertices_measure(const shim_image *picture, train_people_class label, const train_index_entry *entry,
                           double *error, int *fitted) {
  double known[TRAIN_VERTICES][2], found[TRAIN_VERTICES][2];
  stage_outline outline;
  stage_fit fit;
  int status = stage_shape_outline(picture, &outline, fitted);
  if (status != SHIM_OK || !*fitted) return status;
  status = stage_fit_outline(&outline, &fit);
  if (status != SHIM_OK) return status;
  const int count = known_corners(entry, picture->width, picture->height, known);
  *fitted = fitted_corners(&fit, label, found) == count;
  if (*fitted) *error = best_match(found, known, count) / picture->width;
  return SHIM_OK;
}

static train_people_class find_class(const char *name) {
  for (int c = 0; c < TRAIN_PEOPLE_CLASSES; c++)
    if (strcmp(name, train_people_names[c]) == 0) return (train_people_class)c;
  return TRAIN_PEOPLE_OTHER;
}

int train_vertices_measure_set(const train_dataset *set, const char *const *names, const train_index *index,
                               train_corner_error out[TRAIN_PEOPLE_CLASSES], train_error *error) {
  const size_t pixels = (size_t)set->height * (size_t)set->width;
  memset(out, 0, TRAIN_PEOPLE_CLASSES * sizeof *out);
  for (size_t i = 0; i < set->count; i++) {
    const train_people_class label = find_class(names[set->labels[i]]);
    const shim_image picture = {set->pixels + i * pixels, set->width, set->height, 1, set->width};
    double distance;
    int fitted;
    if (label == TRAIN_PEOPLE_OTHER || index->entries[i].vertex_count == 0) continue;
    if (train_vertices_measure(&picture, label, &index->entries[i], &distance, &fitted))
      return train_fail(error, TRAIN_ERR_INTERNAL, "picture %zu cannot be fitted: %s", i, shim_error());
    out[label].shapes++;
    if (!fitted) continue;
    const double count = (double)++out[label].fitted;
    out[label].mean += (distance - out[label].mean) / count;
  }
  return TRAIN_OK;
}
