/* How fast nn is beside other programs that run the same networks, each in one thread, in one run: the digits model (or
 * the model files named), LeNet-5 and a chain of 3x3 convolutions, at several batch sizes, in microseconds a picture
 * and as a share of the CPU's measured peak. Contestants take turns, so that what disturbs the machine disturbs them
 * all, and the fastest of each one's turns counts.
 *
 * Peers that are not installed are left out: OpenCV DNN and oneDNN when this program was built, ONNX Runtime when
 * GLYPHLIFT_ONNXRUNTIME does not name its library.
 *
 * usage: bench_nn [MODEL...] */
#define _POSIX_C_SOURCE 200809L
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../nn/kernels.h"
#include "../../nn/train/onnx.h"
#include "../../nn/train/quantise.h"
#include "../nn_networks.h"
#include "nn/peers.h"
#include "nn/timing.h"

enum { TURNS = 9, MOST_PICTURES = 256, PICTURE_BYTES = 28 * 28, MOST_CLASSES = 64, BATCHES = 4, MOST_CONTESTANTS = 7 };
static const double TURN_SECONDS = 0.012;
static const size_t batches[BATCHES] = {1, 16, 64, 256};

static const peer *const peers[] = {
#ifdef BENCH_OPENCV
    &peer_opencv,
#endif
#ifdef BENCH_ONEDNN
    &peer_onednn,
#endif
    &peer_onnxruntime,
    &peer_onnxruntime_int8,
};
enum { PEERS = sizeof peers / sizeof *peers };

static char folder[64];
static uint8_t pictures[MOST_PICTURES * PICTURE_BYTES];
static float inputs[MOST_PICTURES * PICTURE_BYTES];

static void stop(const char *what) {
  fprintf(stderr, "bench_nn: %s\n", what);
  exit(1);
}

/* Blots: something between noise and strokes. */
static void draw_pictures(void) {
  for (int p = 0; p < MOST_PICTURES; p++)
    for (int i = 0; i < PICTURE_BYTES; i++) {
      const double y = i / 28 - 14, x = i % 28 - 14, turn = 0.1 * p;
      const double across = x * cos(turn) + y * sin(turn) + 3 * sin(0.3 * (y + p));
      pictures[p * PICTURE_BYTES + i] =
          (uint8_t)(fabs(across) < 2.5 && x * x + y * y < 100 ? 255 - 60 * fabs(across) : 0);
    }
  for (int i = 0; i < MOST_PICTURES * PICTURE_BYTES; i++) inputs[i] = pictures[i];
}

/* ---- networks ---------------------------------------------------------------------------------------------------- */

static int add_product(network *n, int tensor, int kernel, int padding, int outputs) {
  return network_relu(n, network_convolution(n, tensor, kernel, 1, padding, outputs));
}

static int add_pool(network *n, int tensor) {
  return network_pool(n, NN_LAYER_MAX_POOL, tensor, 2, 2, 0);
}

static void build_lenet(network *n) {
  int t = add_pool(n, add_product(n, 0, 5, 2, 6));
  t = add_pool(n, add_product(n, t, 5, 0, 16));
  t = network_relu(n, network_fully_connected(n, t, 120));
  t = network_relu(n, network_fully_connected(n, t, 84));
  network_fully_connected(n, t, 10);
}

static void build_chain(network *n) {
  int t = add_pool(n, add_product(n, add_product(n, 0, 3, 1, 16), 3, 1, 16));
  t = add_pool(n, add_product(n, add_product(n, t, 3, 1, 32), 3, 1, 32));
  t = add_product(n, add_product(n, t, 3, 1, 64), 3, 1, 64);
  network_fully_connected(n, network_pool(n, NN_LAYER_AVERAGE_POOL, t, 7, 1, 0), 10);
}

static void name_file(char *path, size_t size, const char *name, const char *suffix) {
  snprintf(path, size, "%s/%s.%s", folder, name, suffix);
}

static void write_network(void (*build)(network *), const char *path) {
  network n = network_start(28, 28, 1, 1);
  nn_error error;
  build(&n);
  network_finish(&n);
  if (nn_model_write_file(&n.spec, path, &error)) stop(error.message);
  network_free(&n);
}

/* ---- contestants ------------------------------------------------------------------------------------------------- */

typedef struct contestant {
  const char *name;
  int is_int8;
  const peer *peer; /* NULL: nn itself */
  void *state;
  nn_model *model;
  nn_session *session;
  size_t batch;
  double seconds;
  float logits[MOST_PICTURES * MOST_CLASSES];
} contestant;

static void run_contestant(void *user) {
  contestant *c = user;
  if (!c->peer)
    nn_session_run(c->session, pictures, c->batch, c->logits);
  else if (c->peer->run(c->state, inputs, c->logits))
    stop("a peer failed");
}

static void open_nn(contestant *c, const char *path, nn_precision precision, size_t batch) {
  nn_error error;
  if (nn_model_open_as(&c->model, path, precision, &error) || nn_session_open(&c->session, c->model, batch, &error))
    stop(error.message);
  c->is_int8 = precision == NN_PRECISION_INT8;
  c->name = c->is_int8 ? "glyphlift int8" : "glyphlift fp32";
  c->batch = batch;
}

static void close_contestant(contestant *c) {
  if (c->peer) c->peer->close(c->state);
  nn_session_close(&c->session);
  nn_model_close(&c->model);
}

/* nn's two first. The reasons why a peer does not take part are told once. */
static size_t open_contestants(contestant *all, const peer_network *network, const char *path, size_t batch) {
  size_t count = 2;
  memset(all, 0, MOST_CONTESTANTS * sizeof *all);
  open_nn(&all[0], path, NN_PRECISION_FP32, batch);
  open_nn(&all[1], path, NN_PRECISION_INT8, batch);
  for (size_t p = 0; p < PEERS; p++) {
    char message[PEER_MESSAGE] = "it does not say why";
    contestant *c = &all[count];
    *c = (contestant){.name = peers[p]->name, .is_int8 = peers[p]->is_int8, .peer = peers[p], .batch = batch};
    c->state = peers[p]->open(network, batch, message);
    if (c->state)
      count++;
    else if (batch == batches[0])
      printf("  without %s: %s\n", peers[p]->name, message);
  }
  return count;
}

static void take_turns(contestant *all, size_t count) {
  for (size_t c = 0; c < count; c++) {
    run_contestant(&all[c]); /* the first call may prepare things */
    all[c].seconds = 1e9;
  }
  for (int turn = 0; turn < TURNS; turn++)
    for (size_t c = 0; c < count; c++) {
      const double seconds = timing_of(run_contestant, &all[c], TURN_SECONDS) / (double)all[c].batch;
      if (seconds < all[c].seconds) all[c].seconds = seconds;
    }
}

/* Root mean square of a contestant's differences from nn's fp32 logits, as a share of that of these. */
static double logit_error(const contestant *c, const contestant *exact, size_t classes) {
  double error = 0, size = 0;
  for (size_t i = 0; i < c->batch * classes; i++) {
    const double expected = (double)exact->logits[i], difference = (double)c->logits[i] - expected;
    error += difference * difference;
    size += expected * expected;
  }
  return sqrt(error / size);
}

/* Who computes in fp32 must find the same logits, and in int8 what is called equal below should be equally exact. */
static void check_answers(const contestant *all, size_t count, size_t classes) {
  for (size_t c = 1; c < count; c++) {
    const double error = logit_error(&all[c], &all[0], classes);
    if (all[c].is_int8 && all[c].batch == MOST_PICTURES)
      printf("  %s: logits are %.2f %% off fp32's\n", all[c].name, 100 * error);
    if (!all[c].is_int8 && !(error <= 1e-4)) printf("  %s finds other logits, %g off\n", all[c].name, error);
  }
}

/* ---- the table --------------------------------------------------------------------------------------------------- */

typedef struct table {
  const char *names[MOST_CONTESTANTS];
  int is_int8[MOST_CONTESTANTS];
  double seconds[MOST_CONTESTANTS][BATCHES];
  size_t count;
} table;

static double fastest_peer(const table *t, size_t batch, int is_int8) {
  double best = INFINITY;
  for (size_t c = 2; c < t->count; c++)
    if (t->is_int8[c] == is_int8 && t->seconds[c][batch] < best) best = t->seconds[c][batch];
  return best;
}

static void print_ratio(const table *t, const char *name, int peer_is_int8, size_t own) {
  printf("  %-26s", name);
  for (size_t b = 0; b < BATCHES; b++) {
    const double ratio = fastest_peer(t, b, peer_is_int8) / t->seconds[own][b];
    if (isfinite(ratio))
      printf("%10.2f       ", ratio);
    else
      printf("%10s       ", "-");
  }
  printf("\n");
}

static void print_table(const table *t, const nn_model_info *info, double peak, double peak_int8) {
  printf("  %-26s", "us a picture, % of peak");
  for (size_t b = 0; b < BATCHES; b++) printf("  batch %-9zu", batches[b]);
  printf("\n");
  for (size_t c = 0; c < t->count; c++) {
    const double own_peak = t->is_int8[c] ? peak_int8 : peak;
    printf("  %-26s", t->names[c]);
    for (size_t b = 0; b < BATCHES; b++) {
      printf("%9.2f", 1e6 * t->seconds[c][b]);
      if (own_peak > 0)
        printf("%5.0f %% ", 1e-7 * (double)info->multiply_adds / t->seconds[c][b] / own_peak);
      else
        printf("%8s", "");
    }
    printf("\n");
  }
  print_ratio(t, "best fp32 peer / own fp32", 0, 0);
  print_ratio(t, "best fp32 peer / own int8", 0, 1);
  print_ratio(t, "best int8 peer / own int8", 1, 1);
}

/* Opening, a session for one picture, and its answer. */
static double first_answer_seconds(const char *path) {
  double best = INFINITY;
  for (int turn = 0; turn < 3 * TURNS; turn++) {
    const double start = timing_now();
    float logits[MOST_CLASSES];
    nn_model *model;
    nn_session *session;
    if (nn_model_open_as(&model, path, NN_PRECISION_BEST, NULL) || nn_session_open(&session, model, 1, NULL))
      return best;
    nn_session_run(session, pictures, 1, logits);
    const double seconds = timing_now() - start;
    nn_session_close(&session);
    nn_model_close(&model);
    if (seconds < best) best = seconds;
  }
  return best;
}

/* path: a model file; NULL for the embedded one. */
static void bench_network(const char *name, const char *path) {
  static contestant all[MOST_CONTESTANTS];
  const nn_level *level = nn_level_choose();
  char int8_path[128], onnx[128], onnx_int8[128];
  peer_network network = {0};
  nn_model_content content;
  train_quantised report;
  train_error error;
  nn_error failure;
  table t = {.count = 0};
  name_file(int8_path, sizeof int8_path, name, "int8.glnn");
  name_file(onnx, sizeof onnx, name, "onnx");
  name_file(onnx_int8, sizeof onnx_int8, name, "int8.onnx");
  if (train_quantise(path ? path : "digits", pictures, MOST_PICTURES, int8_path, &report, &error)) stop(error.message);
  if (nn_model_read_file(&content, int8_path, &failure)) stop(failure.message);
  if (train_onnx_write(&content, NN_PRECISION_FP32, onnx, &error) ||
      train_onnx_write(&content, NN_PRECISION_INT8, onnx_int8, &error))
    stop(error.message);
  network.content = &content;
  network.onnx = onnx;
  network.onnx_int8 = onnx_int8;
  const double peak = timing_peak_fp32(level->kernels->name), peak_int8 = timing_peak_int8(level->name);
  nn_model_info info = {0};
  for (size_t b = 0; b < BATCHES; b++) {
    t.count = open_contestants(all, &network, int8_path, batches[b]);
    info = *nn_model_get_info(all[0].model);
    if (b == 0)
      printf(
          "%s: %.2f M multiply-adds, %zu parameters; first answer %.3f ms after opening; peaks: fp32 %.0f, int8 %.0f G "
          "multiply-adds/s\n",
          name, 1e-6 * (double)info.multiply_adds, info.parameters, 1e3 * first_answer_seconds(path), peak, peak_int8);
    take_turns(all, t.count);
    check_answers(all, t.count, info.classes);
    for (size_t c = 0; c < t.count; c++) {
      t.names[c] = all[c].name;
      t.is_int8[c] = all[c].is_int8;
      t.seconds[c][b] = all[c].seconds;
      close_contestant(&all[c]);
    }
  }
  print_table(&t, &info, peak, peak_int8);
  nn_model_content_free(&content);
  unlink(int8_path);
  unlink(onnx);
  unlink(onnx_int8);
}

static void bench_built(const char *name, void (*build)(network *)) {
  char path[128];
  name_file(path, sizeof path, name, "glnn");
  write_network(build, path);
  bench_network(name, path);
  unlink(path);
}

/* OpenMP looks at its variable before main begins, so the program begins again. */
static void hold_to_one_thread(char **argv) {
  if (getenv("OMP_NUM_THREADS")) return;
  setenv("OMP_NUM_THREADS", "1", 1);
  execv("/proc/self/exe", argv);
}

int main(int argc, char **argv) {
  hold_to_one_thread(argv);
  snprintf(folder, sizeof folder, "/tmp/bench_nn.XXXXXX");
  if (!mkdtemp(folder)) stop("no folder for the networks in /tmp");
  draw_pictures();
  printf("%s kernels\n", nn_level_choose()->name);
  if (argc == 1) bench_network("digits", NULL);
  for (int i = 1; i < argc; i++) {
    const char *slash = strrchr(argv[i], '/');
    bench_network(slash ? slash + 1 : argv[i], argv[i]);
  }
  bench_built("LeNet-5", build_lenet);
  bench_built("3x3 chain", build_chain);
  rmdir(folder);
  return 0;
}
