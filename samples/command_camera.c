/* glyphlift camera: numbers off a webcam, a video file or an image sequence, each printed once it reads steadily. */
#include "commands.h"

#include "interruption.h"
#include "message.h"
#include "options.h"

#include <glyphlift/camera.h>
#include <glyphlift/output.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char help[] = "Usage: glyphlift camera [OPTIONS] [CAMERA|VIDEO|FOLDER|PATTERN]\n"
                           "\n"
                           "Reads the numbers in front of a camera and prints each once it reads the same\n"
                           "for a while; again only after it was gone, or has changed. Ends with Ctrl-C.\n"
                           "\n"
                           "  glyphlift camera                   the first camera, /dev/video0\n"
                           "  glyphlift camera --window 2        camera 2, with the live picture (q ends)\n"
                           "  glyphlift camera --once -f text    one reading, then the end\n"
                           "  glyphlift camera clip.mp4          a video, at its own speed\n"
                           "  glyphlift camera frames/%04d.png   pictures in the order of their numbers\n"
                           "\n"
                           "  -f, --format FORMAT     json (default): a page of what is new, one line each,\n"
                           "                          with time_ms and frame; or text\n"
                           "  -o, --output FILE       write to FILE, line by line, not to standard output\n"
                           "      --record FILE       write all that was read in every frame to FILE as json\n"
                           "      --snapshot DIR      keep the picture of each frame that brought something\n"
                           "      --stats FILE        write rates and latencies to FILE as json at the end\n"
                           "      --shapes            shapes, their connectors and the numbers in them\n"
                           "      --window            show the live picture and the readings\n"
                           "      --once              end with the first steady reading\n"
                           "      --steady SECONDS    read the same for so long (0.2)\n"
                           "      --gone SECONDS      out of sight for so long is gone (1.5)\n"
                           "      --sure P            every digit at least so probable (0.8)\n"
                           "      --size WxH, --fps N wished of the camera (1280x720); --fps also is the\n"
                           "                          rate of pictures (25)\n"
                           "      --retry SECONDS     wait so long for a camera that was unplugged (30)\n"
                           "      --every-frame       of a file: read all frames, as fast as it goes\n"
                           "  -q, --quiet             no figures at the end\n"
                           "\n"
                           "Reading, as for glyphlift read: --min-confidence, --expect, --digits, --model,\n"
                           "--region, --max-pixels, --ignore-orientation.\n"
                           "\n"
                           "Exit status: 0 ended as asked, 1 no camera or no video, or it failed on the way,\n"
                           "2 wrong usage, 3 failure of the environment (no display, disk full).\n";

enum {
  OPTION_RECORD = OPTION_OWN,
  OPTION_SNAPSHOT,
  OPTION_STATS,
  OPTION_WINDOW,
  OPTION_ONCE,
  OPTION_STEADY,
  OPTION_GONE,
  OPTION_SURE,
  OPTION_SIZE,
  OPTION_FPS,
  OPTION_RETRY,
  OPTION_EVERY_FRAME,
  OPTION_SHAPES
};

static const struct option own_options[] = {
    {"format", required_argument, NULL, 'f'},
    {"output", required_argument, NULL, 'o'},
    {"record", required_argument, NULL, OPTION_RECORD},
    {"snapshot", required_argument, NULL, OPTION_SNAPSHOT},
    {"stats", required_argument, NULL, OPTION_STATS},
    {"shapes", no_argument, NULL, OPTION_SHAPES},
    {"window", no_argument, NULL, OPTION_WINDOW},
    {"once", no_argument, NULL, OPTION_ONCE},
    {"steady", required_argument, NULL, OPTION_STEADY},
    {"gone", required_argument, NULL, OPTION_GONE},
    {"sure", required_argument, NULL, OPTION_SURE},
    {"size", required_argument, NULL, OPTION_SIZE},
    {"fps", required_argument, NULL, OPTION_FPS},
    {"retry", required_argument, NULL, OPTION_RETRY},
    {"every-frame", no_argument, NULL, OPTION_EVERY_FRAME},
    {NULL, 0, NULL, 0},
};

enum { FRAME_WAIT_MS = 50, SIDE_MAX = 16384 };
static const double seconds_max = 86400, fps_max = 1000;

typedef struct command {
  glyph_camera_options camera;
  const char *name; /* of the source, for the output */
  int is_text;
  const char *output_path, *record_path, *snapshots, *stats_path;
  int window, once, quiet;
  FILE *output, *record; /* record may be NULL */
} command;

/* ---- options ------------------------------------------------------------------------------------------------------- */

static int parse_number(const char *text, double maximum, double *out) {
  char *end;
  if (!*text || text[strspn(text, "0123456789.")]) return -1;
  *out = strtod(text, &end);
  return *end || *out > maximum ? -1 : 0;
}

static int parse_size(const char *text, glyph_camera_options *out) {
  char width[8];
  int64_t sides[2];
  const char *x = strchr(text, 'x');
  if (!x || x - text >= (ptrdiff_t)sizeof width) return -1;
  memcpy(width, text, (size_t)(x - text));
  width[x - text] = '\0';
  if (options_parse_count(width, SIDE_MAX, &sides[0]) || options_parse_count(x + 1, SIDE_MAX, &sides[1])) return -1;
  out->width = (int)sides[0];
  out->height = (int)sides[1];
  return 0;
}

static int set_seconds(options *options, const char *name, const char *value, double *out) {
  char what[80];
  if (!parse_number(value, seconds_max, out)) return 0;
  snprintf(what, sizeof what, "--%s takes seconds from 0 to %g, not", name, seconds_max);
  return options_usage_error(options, what, value);
}

static int set_path(options *options, const char *value, const char **out) {
  *out = value;
  return *value ? 0 : options_usage_error(options, "a file or directory needs a name, not", value);
}

static int set_format(options *options, command *command, const char *value) {
  command->is_text = !strcmp(value, "text");
  if (command->is_text || !strcmp(value, "json")) return 0;
  return options_usage_error(options, "--format takes json or text, not", value);
}

static int set_own(options *options, void *user, int key, const char *value) {
  command *command = user;
  glyph_camera_options *camera = &command->camera;
  switch (key) {
  case 'f': return set_format(options, command, value);
  case 'o': return set_path(options, value, &command->output_path);
  case OPTION_RECORD: return set_path(options, value, &command->record_path);
  case OPTION_SNAPSHOT: return set_path(options, value, &command->snapshots);
  case OPTION_STATS: return set_path(options, value, &command->stats_path);
  case OPTION_SHAPES: camera->shapes = 1; return 0;
  case OPTION_WINDOW: command->window = 1; return 0;
  case OPTION_ONCE: command->once = 1; return 0;
  case OPTION_EVERY_FRAME: camera->every_frame = 1; return 0;
  case OPTION_STEADY: return set_seconds(options, "steady", value, &camera->steady_seconds);
  case OPTION_GONE: return set_seconds(options, "gone", value, &camera->gone_seconds);
  case OPTION_RETRY: return set_seconds(options, "retry", value, &camera->retry_seconds);
  case OPTION_SURE:
    if (!options_parse_probability(value, &camera->confidence)) return 0;
    return options_usage_error(options, "--sure takes a number from 0 to 1, not", value);
  case OPTION_SIZE:
    if (!parse_size(value, camera)) return 0;
    return options_usage_error(options, "--size takes WIDTHxHEIGHT in pixels, not", value);
  default:
    if (!parse_number(value, fps_max, &camera->fps) && camera->fps > 0) return 0;
    return options_usage_error(options, "--fps takes frames a second, above 0 to 1000, not", value);
  }
}

static int check(const options *options) {
  if (options->file_count > 1)
    complain("camera: one source is read at a time, and '%s' is a second; see glyphlift camera --help",
             options->files[1]);
  else if (options->file_count && !strcmp(options->files[0], "-"))
    complain("camera: a video is not read from standard input: name its file");
  else
    return EXIT_GOOD;
  return EXIT_USAGE;
}

/* ---- what is written ----------------------------------------------------------------------------------------------- */

static int cannot_write(const char *path) {
  complain("%s: cannot be written: %s", path, glyph_errno_text(errno));
  return EXIT_ENVIRONMENT;
}

/* Unlike a page's results these are of use while they come: a file is written straight. */
static int open_output(const char *path, FILE **out) {
  *out = path && strcmp(path, "-") ? fopen(path, "w") : stdout;
  return *out ? EXIT_GOOD : cannot_write(path);
}

static int close_output(const char *path, FILE **file) {
  FILE *closed = *file;
  *file = NULL;
  if (!closed || (closed == stdout ? fflush(closed) : fclose(closed)) == 0) return EXIT_GOOD;
  return cannot_write(path && closed != stdout ? path : "standard output");
}

/* Takes `text` over. */
static int write_text(FILE *to, const char *path, char *text, const char *end) {
  if (!text) {
    complain("out of memory");
    return EXIT_ENVIRONMENT;
  }
  const int failed = fputs(text, to) == EOF || fputs(end, to) == EOF || fflush(to);
  glyph_string_free(text);
  return failed ? cannot_write(path && to != stdout ? path : "standard output") : EXIT_GOOD;
}

static int write_snapshot(const command *command, const glyph_page *page) {
  char path[4096];
  glyph_error error;
  snprintf(path, sizeof path, "%s/frame-%06lld.png", command->snapshots, (long long)page->frame);
  if (!glyph_overlay_write(page, path, &error)) return EXIT_GOOD;
  complain("%s", error.message);
  return EXIT_ENVIRONMENT;
}

static int write_frame(const command *command, const glyph_camera_frame *frame) {
  const glyph_page_kind kind = command->camera.shapes ? GLYPH_PAGE_SHAPES : GLYPH_PAGE_READ;
  int status = EXIT_GOOD;
  if (command->record)
    status = write_text(command->record, command->record_path, glyph_page_json(frame->page, command->name, kind), "\n");
  if (status || !frame->news) return status;
  status = command->is_text
               ? write_text(command->output, command->output_path, glyph_page_text(frame->steady, kind), "")
               : write_text(command->output, command->output_path, glyph_page_json(frame->steady, command->name, kind),
                            "\n");
  return status || !command->snapshots ? status : write_snapshot(command, frame->steady);
}

static void say_stats(const glyph_camera_stats *s) {
  fprintf(stderr,
          "%lld frame%s of %d x %d read in %.1f s: %.1f a second, %lld dropped, %.1f ms of processor time each;\n"
          "  latency %.0f ms (median), %.0f ms (95 %%), %.0f ms (longest); %lld reading%s told\n",
          (long long)s->read, s->read == 1 ? "" : "s", s->width, s->height, s->seconds, s->frames_per_second,
          (long long)s->dropped, s->processor_ms, s->latency_median_ms, s->latency_95_ms, s->latency_max_ms,
          (long long)s->told, s->told == 1 ? "" : "s");
}

static int write_stats(const char *path, const glyph_camera_stats *s) {
  FILE *file;
  if (open_output(path, &file)) return EXIT_ENVIRONMENT;
  fprintf(file,
          "{\"width\":%d,\"height\":%d,\"frames_captured\":%lld,\"frames_read\":%lld,\"frames_dropped\":%lld,"
          "\"readings_told\":%lld,\"reconnections\":%d,\"seconds\":%.3f,\"frames_per_second\":%.2f,\"read_ms\":%.2f,"
          "\"processor_ms\":%.2f,"
          "\"latency_ms\":{\"mean\":%.2f,\"median\":%.1f,\"p95\":%.1f,\"max\":%.1f}}\n",
          s->width, s->height, (long long)s->captured, (long long)s->read, (long long)s->dropped, (long long)s->told,
          s->reconnections, s->seconds, s->frames_per_second, s->read_ms, s->processor_ms, s->latency_mean_ms,
          s->latency_median_ms, s->latency_95_ms, s->latency_max_ms);
  return close_output(path, &file);
}

/* ---- the run ------------------------------------------------------------------------------------------------------- */

static int exit_status_of(int status) {
  const int is_ours = status == GLYPH_ERR_MEMORY || status == GLYPH_ERR_INTERNAL || status == GLYPH_ERR_MODULE ||
                      status == GLYPH_ERR_MODEL;
  return is_ours ? EXIT_ENVIRONMENT : status == GLYPH_ERR_ARGUMENT ? EXIT_USAGE : EXIT_INPUT;
}

static int fail(const glyph_error *error) {
  complain("%s", error->message);
  return exit_status_of(error->status);
}

/* Not 0: the user wants to end, or the window fails, as *status says. */
static int show(const command *command, glyph_camera *camera, int *status) {
  glyph_error error;
  int key = -1;
  if (!command->window) return 0;
  if (glyph_camera_show(camera, &key, &error)) *status = fail(&error);
  return *status || key == 'q' || key == 'Q';
}

static int watch(command *command, glyph_camera *camera) {
  int status = EXIT_GOOD, troubles = 0;
  while (!status && !interruption_signal()) {
    glyph_camera_frame frame;
    glyph_error error;
    const int event = glyph_camera_next(camera, FRAME_WAIT_MS, &frame, &error);
    if (event < 0) return fail(&error);
    if (event == GLYPH_CAMERA_END) return troubles ? EXIT_INPUT : EXIT_GOOD;
    if (event == GLYPH_CAMERA_TROUBLE) {
      complain("%s", error.message);
      troubles++;
    }
    if (event == GLYPH_CAMERA_FRAME) status = write_frame(command, &frame);
    if (show(command, camera, &status)) break;
    if (event == GLYPH_CAMERA_FRAME && command->once && frame.news) break;
  }
  return status;
}

static int watch_and_account(command *command) {
  glyph_camera *camera;
  glyph_camera_stats stats;
  glyph_error error;
  if (glyph_camera_open(&camera, &command->camera, &error)) return fail(&error);
  int status = watch(command, camera);
  glyph_camera_get_stats(camera, &stats);
  glyph_camera_close(&camera);
  if (!command->quiet && stats.read) say_stats(&stats);
  if (command->stats_path && write_stats(command->stats_path, &stats) && !status) status = EXIT_ENVIRONMENT;
  return status;
}

static int open_outputs(command *command) {
  if (command->snapshots && mkdir(command->snapshots, 0777) && errno != EEXIST) return cannot_write(command->snapshots);
  int status = open_output(command->output_path, &command->output);
  if (!status && command->record_path) status = open_output(command->record_path, &command->record);
  return status;
}

int command_camera(int argc, char **argv) {
  command command = {0};
  const option_set set = {OPTIONS_READING | OPTIONS_NUMBERS, own_options, set_own, &command};
  options options;
  glyph_camera_options_init(&command.camera);
  int status = options_parse(&options, help, &set, argc, argv);
  if (status != OPTIONS_RUN) return status;
  status = check(&options);
  if (status) return status;
  command.quiet = options.quiet;
  command.camera.source = options.file_count ? options.files[0] : NULL;
  command.name = options.file_count ? options.files[0] : "0";
  command.camera.reader = options.reader;
  command.camera.keep_picture = command.window || command.snapshots;
  interruption_catch();
  status = open_outputs(&command);
  if (!status) status = watch_and_account(&command);
  const int record_failed = close_output(command.record_path, &command.record);
  const int output_failed = close_output(command.output_path, &command.output);
  return status ? status : record_failed ? record_failed : output_failed;
}
