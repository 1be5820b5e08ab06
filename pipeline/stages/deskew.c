/* Slant and its removal, by the second moments of the ink: the shear that makes the covariance of x and y vanish. For
 * digits whose ink is not spread evenly (7, 4) the moments see a slant that the writer did not mean, so the reader
 * takes only strong slants away. */
#include "stages.h"

#include <math.h>
#include <string.h>

/* The sums of a row's grays, and of these by their places, in whole numbers: BLOCK pixels at a time, so that neither
 * they nor their products outgrow what CPUs multiply many at a time. */
static void sum_row(const uint8_t *row, int width, double *sum, double *moment) {
  enum { BLOCK = 256 };
  *sum = *moment = 0;
  for (int x0 = 0; x0 < width; x0 += BLOCK) {
    const int count = width - x0 < BLOCK ? width - x0 : BLOCK;
    int grays = 0, places = 0;
    for (int x = 0; x < count; x++) {
      const int16_t gray = row[x0 + x], place = (int16_t)x;
      grays += gray;
      places += gray * place;
    }
    *sum += grays;
    *moment += places + (double)x0 * grays;
  }
}

double stage_deskew_slant(const shim_image *ink) {
  double mass = 0, mx = 0, my = 0, mxy = 0, myy = 0;
  for (int y = 0; y < ink->height; y++) {
    double sum, moment;
    sum_row(ink->data + y * ink->stride, ink->width, &sum, &moment);
    mass += sum;
    mx += moment;
    my += sum * y;
    mxy += moment * y;
    myy += sum * y * y;
  }
  if (mass <= 0) return 0;
  const double variance = myy / mass - (my / mass) * (my / mass);
  const double covariance = mxy / mass - (mx / mass) * (my / mass);
  if (variance < 1e-6) return 0;
  const double slant = -covariance / variance; /* y grows downwards */
  return slant < -1 ? -1 : slant > 1 ? 1 : slant;
}

int stage_deskew(const shim_image *ink, double slant, shim_image *out) {
  const int extra = (int)ceil(fabs(slant) * ink->height);
  const int status = shim_image_create(out, ink->width + extra, ink->height, 1);
  if (status != SHIM_OK) return status;
  /* Row y moves right by slant * y (down) or by its counterpart from below, so that nothing leaves the picture. */
  const double start = slant > 0 ? 0 : slant * ink->height;
  const double m[6] = {1, -slant, start, 0, 1, 0};
  const int warped = shim_warp_affine(ink, out, m, 0);
  if (warped != SHIM_OK) shim_image_free(out);
  return warped;
}
