/* Pictures a second that the trainer learns from, on N2 (3x3 convolutions 16, 16, pool, 32, 32, pool, 64, 64, mean,
 * 64 -> 10; bias and ReLU, no batch norm; 7.34 million multiply-adds) at batch 128, on random pictures. A step is what
 * `glyphlift-train digits` does: the pictures pass through the distortions (here of strength 0, at full cost), forward,
 * backward, SGD with momentum, the weight average.
 *
 * usage: bench_training THREADS: for each line of standard input trains for about a second and prints pictures a second
 * by the wall clock. So bench_training.sh takes turns between this and others. */
#include <stdio.h>
#include <stdlib.h>

#include "../../nn/train/number.h"
#include "../../nn/train/trainer.h"

enum { SIDE = 28, BATCH = 128, PICTURES = 4 * BATCH };

static const double ROUND_SECONDS = 1.0;

#define CONVOLUTION(channels)                                                                                          \
  {.layer = TRAIN_CONVOLUTION, .outputs = channels, .kernel = 3, .stride = 1, .padding = 1, .bias = 1}, {              \
    .layer = TRAIN_RELU                                                                                                \
  }
#define POOL                                                                                                           \
  { .layer = TRAIN_MAX_POOL, .kernel = 2, .stride = 2 }

static const train_spec n2[] = {
    CONVOLUTION(16),
    CONVOLUTION(16),
    POOL,
    CONVOLUTION(32),
    CONVOLUTION(32),
    POOL,
    CONVOLUTION(64),
    CONVOLUTION(64),
    {.layer = TRAIN_AVERAGE_POOL, .kernel = 7, .stride = 7},
    {.layer = TRAIN_FULLY_CONNECTED, .outputs = 10},
};

static void fill_randomly(train_dataset *set) {
  train_random random;
  train_random_start(&random, 1, 0, 0, 0);
  for (size_t i = 0; i < set->count * SIDE * SIDE; i++) set->pixels[i] = (uint8_t)train_random_below(&random, 256);
  for (size_t i = 0; i < set->count; i++) set->labels[i] = (uint8_t)train_random_below(&random, 10);
}

static int run_round(train_trainer *trainer, train_error *error) {
  double seconds = 0.0, pictures = 0.0;
  while (seconds < ROUND_SECONDS) {
    train_report report;
    if (train_trainer_epoch(trainer, NULL, NULL, &report, error)) return error->status;
    seconds += report.seconds;
    pictures += (double)report.pictures;
  }
  printf("%.0f\n", pictures / seconds);
  return fflush(stdout) ? train_fail(error, TRAIN_ERR_IO, "the figure cannot be printed") : TRAIN_OK;
}

int main(int argc, char **argv) {
  static uint8_t pixels[PICTURES * SIDE * SIDE], labels[PICTURES];
  train_dataset set = {.count = PICTURES, .height = SIDE, .width = SIDE, .pixels = pixels, .labels = labels};
  train_trainer *trainer = NULL;
  train_error error;
  train_config config;
  int threads = 1, key;
  int status = argc == 2 ? train_number_parse_threads(argv[1], &threads, &error)
                         : train_fail(&error, TRAIN_ERR_ARGUMENT, "usage: bench_training THREADS");
  fill_randomly(&set);
  train_config_initialise(&config);
  config.epochs = 1 << 20;
  config.rate = 0.001f;
  config.augmentation = (train_augmentation){0};
  if (!status) status = train_trainer_open_specs(&trainer, &config, n2, sizeof n2 / sizeof *n2, &set, threads, &error);
  while (!status && (key = getchar()) != EOF)
    if (key == '\n') status = run_round(trainer, &error);
  train_trainer_close(&trainer);
  if (status) fprintf(stderr, "bench_training: %s\n", error.message);
  return status != TRAIN_OK;
}
