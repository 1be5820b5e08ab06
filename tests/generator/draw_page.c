/* glyphlift-draw-page: draws a page of handwritten-like digits and prints its truth as one row of tab-separated values
 * (file, text, note, width x height, boxes). --samples draws the pages of samples/pages with their pages.tsv. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conditions.h"
#include "encode.h"

static void usage(FILE *out) {
  fputs("Usage: glyphlift-draw-page [OPTIONS] PICTURE.jpg|PICTURE.png\n"
        "       glyphlift-draw-page --samples FOLDER\n"
        "  -s, --seed N           another page for each number (default 1)\n"
        "  -c, --condition NAME   a kind of page: plain, shadow, dim ... (--list\n"
        "                         names them all)\n"
        "  -d, --difficulty D     a random page, 0 easy to 1 hard\n"
        "  -t, --text TEXT        digits, blanks between numbers, ' | ' between lines\n"
        "  -q, --quality Q        of a JPEG, 1 to 100 (default: as the page has it)\n"
        "  -l, --list             print the names of the conditions\n"
        "      --samples FOLDER   draw the sample pages and pages.tsv there\n"
        "  -h, --help\n",
        out);
}

static void print_truth(FILE *out, const char *path, const char *note, const page_spec *spec, const page_truth *truth) {
  const char *name = strrchr(path, '/');
  fprintf(out, "%s\t%s\t%s%s\t%dx%d\t", name ? name + 1 : path, truth->text, note,
          truth->is_scattered ? "; score as multiset" : "", spec->width, spec->height);
  for (size_t i = 0; i < truth->count; i++) {
    const page_truth_glyph *glyph = &truth->glyphs[i];
    fprintf(out, "%s%c:%d,%d,%d,%d", i ? " " : "", glyph->digit, glyph->x, glyph->y, glyph->width, glyph->height);
  }
  fputc('\n', out);
}

static int draw(const page_spec *spec, const char *path, const char *note, FILE *truth_out) {
  page_picture picture;
  page_truth truth;
  if (page_draw(spec, &picture, &truth)) {
    fprintf(stderr, "glyphlift-draw-page: %s: out of memory\n", path);
    return 3;
  }
  int failed = encode_file(&picture, path, spec->camera.quality);
  if (failed)
    fprintf(stderr, "glyphlift-draw-page: %s: cannot be written\n", path);
  else
    print_truth(truth_out, path, note, spec, &truth);
  page_picture_free(&picture);
  page_truth_free(&truth);
  return failed ? 1 : 0;
}

static int draw_samples(const char *folder) {
  char path[4096];
  snprintf(path, sizeof path, "%s/pages.tsv", folder);
  FILE *table = fopen(path, "w");
  if (!table) {
    fprintf(stderr, "glyphlift-draw-page: %s: cannot be written\n", path);
    return 1;
  }
  fputs("file\ttext\tnote\twxh\tboxes\n", table);
  int status = 0;
  for (size_t i = 0; i < page_sample_count && !status; i++) {
    page_spec spec;
    page_samples[i].make(&spec);
    snprintf(path, sizeof path, "%s/%s", folder, page_samples[i].file);
    status = draw(&spec, path, "drawn by glyphlift-draw-page", table);
  }
  return fclose(table) ? 1 : status;
}

static void list_conditions(void) {
  for (size_t i = 0; i < page_condition_count; i++) puts(page_conditions[i].name);
}

typedef struct draw_options {
  const char *text, *condition, *difficulty, *samples;
  unsigned long long seed;
  int quality;
} draw_options;

/* -1: go on; otherwise the exit status. */
static int parse(int argc, char **argv, draw_options *out) {
  static const struct option options[] = {{"seed", required_argument, NULL, 's'},
                                          {"condition", required_argument, NULL, 'c'},
                                          {"difficulty", required_argument, NULL, 'd'},
                                          {"text", required_argument, NULL, 't'},
                                          {"quality", required_argument, NULL, 'q'},
                                          {"list", no_argument, NULL, 'l'},
                                          {"samples", required_argument, NULL, 'S'},
                                          {"help", no_argument, NULL, 'h'},
                                          {NULL, 0, NULL, 0}};
  int option;
  while ((option = getopt_long(argc, argv, "s:c:d:t:q:lh", options, NULL)) != -1) switch (option) {
    case 's': out->seed = strtoull(optarg, NULL, 10); break;
    case 'c': out->condition = optarg; break;
    case 'd': out->difficulty = optarg; break;
    case 't': out->text = optarg; break;
    case 'q': out->quality = atoi(optarg); break;
    case 'S': out->samples = optarg; break;
    case 'l': list_conditions(); return 0;
    case 'h': usage(stdout); return 0;
    default: usage(stderr); return 2;
    }
  return -1;
}

int main(int argc, char **argv) {
  draw_options options = {.condition = "plain", .seed = 1};
  int status = parse(argc, argv, &options);
  if (status >= 0) return status;
  if (options.samples) return draw_samples(options.samples);
  const page_condition *condition = page_condition_find(options.condition);
  page_spec spec;
  if (!condition || optind + 1 != argc || (options.text && strlen(options.text) >= sizeof spec.layout.text)) {
    usage(stderr);
    return 2;
  }
  if (options.difficulty)
    page_spec_random(&spec, options.seed, atof(options.difficulty));
  else
    page_condition_spec(condition, options.seed, &spec);
  if (options.text) strcpy(spec.layout.text, options.text);
  if (options.quality) spec.camera.quality = options.quality;
  return draw(&spec, argv[optind], options.difficulty ? "random" : condition->name, stdout);
}
