/* glyphlift-foreign-report: how many of MNIST's last training pictures are read right when they are redrawn as other
 * collections show digits, each through the pipeline's crop. Training pictures, so that the test set chooses nothing;
 * a model trained without them gives the honest figure, the built-in one the difference between the kinds. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../nn/nn.h"
#include "../../pipeline/stages/stages.h"
#include "foreign.h"

enum { CROP_SIZE = STAGE_CROP_SIDE * STAGE_CROP_SIDE, DIGITS = 10, MAX_CLASSES = 64 };

typedef struct report_options {
  size_t count;
  const char *data, *folder;
} report_options;

static void usage(FILE *out) {
  fputs("Usage: glyphlift-foreign-report [OPTIONS]\n"
        "  -n, --pictures N   of each kind, MNIST's last training pictures (default 1000)\n"
        "  -d, --data DIR     folder of MNIST's files (default: $GLYPHLIFT_DATA/mnist)\n"
        "  -m, --model FILE   instead of the built-in model\n"
        "  -o, --out FOLDER   write what is read wrong there: KIND-INDEX-TRUTH-READ.pgm,\n"
        "                     and its crop .crop.pgm\n"
        "  -h, --help\n",
        out);
}

static void write_pgm(const char *path, const uint8_t *pixels, int width, int height, ptrdiff_t stride) {
  FILE *file = fopen(path, "wb");
  if (!file) {
    fprintf(stderr, "%s: cannot be written\n", path);
    return;
  }
  fprintf(file, "P5\n%d %d\n255\n", width, height);
  for (int y = 0; y < height; y++) fwrite(pixels + y * stride, 1, (size_t)width, file);
  fclose(file);
}

static void keep(const report_options *o, foreign_kind kind, size_t index, int truth, int read,
                 const shim_image *picture, const uint8_t crop[CROP_SIZE]) {
  char path[4096];
  snprintf(path, sizeof path, "%s/%s-%05zu-%d-%d.pgm", o->folder, foreign_names[kind], index, truth, read);
  write_pgm(path, picture->data, picture->width, picture->height, picture->stride);
  snprintf(path, sizeof path, "%s/%s-%05zu-%d-%d.crop.pgm", o->folder, foreign_names[kind], index, truth, read);
  write_pgm(path, crop, STAGE_CROP_SIDE, STAGE_CROP_SIDE, STAGE_CROP_SIDE);
}

/* The digit read, and whether the model takes it for none; -1 on failure. */
static int read_digit(nn_session *session, size_t classes, const shim_image *picture, uint8_t crop[CROP_SIZE],
                      int *none) {
  float probabilities[MAX_CLASSES];
  if (stage_single_normalize(picture, crop) || nn_session_classify(session, crop, 1, probabilities)) return -1;
  int best = 0;
  for (int c = 1; c < DIGITS; c++)
    if (probabilities[c] > probabilities[best]) best = c;
  *none = classes > DIGITS && probabilities[DIGITS] > 0.5f;
  return best;
}

static int report_kind(foreign_kind kind, const train_dataset *digits, nn_session *session, size_t classes,
                       const report_options *o) {
  const size_t count = o->count < digits->count ? o->count : digits->count;
  size_t right = 0, nones = 0;
  for (size_t index = digits->count - count; index < digits->count; index++) {
    shim_image picture;
    uint8_t crop[CROP_SIZE];
    int none = 0;
    if (foreign_make(kind, digits, index, &picture)) return 3;
    const int read = read_digit(session, classes, &picture, crop, &none);
    right += read == digits->labels[index];
    nones += (size_t)none;
    if (o->folder && read != digits->labels[index]) keep(o, kind, index, digits->labels[index], read, &picture, crop);
    shim_image_free(&picture);
    if (read < 0) return 3;
  }
  printf("%-8s %8zu %7.2f %% %7.2f %%\n", foreign_names[kind], count, 100.0 * (double)right / (double)count,
         100.0 * (double)nones / (double)count);
  fflush(stdout);
  return 0;
}

static int report(nn_model *model, const report_options *o) {
  train_dataset digits;
  train_error error;
  nn_session *session = NULL;
  const size_t classes = nn_model_get_info(model)->classes;
  if (train_dataset_read_folder(&digits, o->data, "train", DIGITS, &error)) {
    fprintf(stderr, "glyphlift-foreign-report: %s\n", error.message);
    return 1;
  }
  int status = classes <= MAX_CLASSES && nn_session_open(&session, model, 1, NULL) == NN_OK ? 0 : 3;
  puts("kind     pictures     right  told none");
  for (int kind = 0; kind < FOREIGN_KINDS && !status; kind++)
    status = report_kind((foreign_kind)kind, &digits, session, classes, o);
  nn_session_close(&session);
  train_dataset_free(&digits);
  return status;
}

int main(int argc, char **argv) {
  static const struct option long_options[] = {
      {"pictures", required_argument, NULL, 'n'}, {"data", required_argument, NULL, 'd'},
      {"model", required_argument, NULL, 'm'},    {"out", required_argument, NULL, 'o'},
      {"help", no_argument, NULL, 'h'},           {NULL, 0, NULL, 0}};
  const char *root = getenv("GLYPHLIFT_DATA"), *path = NULL;
  char folder[4096];
  snprintf(folder, sizeof folder, "%s/mnist", root ? root : ".");
  report_options o = {1000, folder, NULL};
  nn_model *model = NULL;
  nn_error error;
  int option;
  while ((option = getopt_long(argc, argv, "n:d:m:o:h", long_options, NULL)) != -1) switch (option) {
    case 'n': o.count = strtoull(optarg, NULL, 10); break;
    case 'd': o.data = optarg; break;
    case 'm': path = optarg; break;
    case 'o': o.folder = optarg; break;
    case 'h': usage(stdout); return 0;
    default: usage(stderr); return 2;
    }
  if (path ? nn_model_open_file(&model, path, &error) : nn_model_open_digits(&model, &error)) {
    fprintf(stderr, "glyphlift-foreign-report: %s\n", error.message);
    return 1;
  }
  const int status = o.count ? report(model, &o) : 2;
  nn_model_close(&model);
  return status;
}
