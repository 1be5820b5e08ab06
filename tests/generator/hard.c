/* The distribution of the hard pages, as issued before anything was measured on it:
 * - digits 12 to 120 pixels high, all sizes alike on a logarithmic scale; a quarter of the pages mixes sizes;
 * - neighbours from overlapping by a tenth of their height to a fifth apart, as each writer does, ink box to ink box;
 * - pencil, thin pen, ballpoint, felt-tip, marker; dark and coloured inks; white on a board on 7 % of the pages;
 * - 40 % ruled or squared paper; white, yellow and recycled; tables on 12 % and forms on 8 %;
 * - tilt to 25 degrees, a quarter turn or two on 8 %, perspective on 55 %, a bent sheet on 25 %;
 * - blur (standard deviation) to a fifteenth of the digits' height, JPEG quality 40 to 90, light from bright to a dim
 *   room, shadows hard and soft, glare;
 * - table edges, hands, pens, staples, stamps, print, words and drawings beside the numbers. */
#include "hard.h"

#include <math.h>
#include <string.h>

#include "layout.h"

static const double digit_min_pixels = 12, digit_max_pixels = 120, gap_min = -0.1, gap_max = 0.2, tilt_max = 25;

static void label(hard_page *page, const char *text) {
  if (page->label_count < HARD_LABELS_MAX) page->labels[page->label_count++] = text;
}

static void set_color(double color[3], double red, double green, double blue) {
  color[0] = red, color[1] = green, color[2] = blue;
}

static double between_logarithmic(random_stream *random, double low, double high) {
  return low * pow(high / low, random_unit(random));
}

static void choose_writer(hard_page *page, random_stream *random) {
  writer_style *writer = &page->spec.writer;
  writer_style_random(writer, random);
  writer->slant = random_between(random, -0.25, 0.45);
  writer->aspect = random_between(random, 0.7, 1.2);
  writer->jitter = random_between(random, 0.008, 0.032);
  writer->warp = random_between(random, 0.01, 0.07);
  page_layout *layout = &page->spec.layout;
  layout->gap = random_between(random, gap_min, gap_max);
  layout->blank = random_between(random, 0.6, 1.5);
  layout->wobble = random_between(random, 0.02, 0.09);
  layout->pitch = random_between(random, 1.35, 2.4);
  label(page, layout->gap < 0 ? "gap overlapping" : layout->gap < 0.1 ? "gap below 0.1" : "gap 0.1 to 0.2");
}

typedef struct pen_kind {
  const char *label;
  page_pen_kind kind;
  double width_min, width_max; /* digit heights */
  double density_min, density_max, grain_min, grain_max;
  double level; /* of scan_lay: how bold writers' scans are made */
} pen_kind;

static const pen_kind pens[] = {
    {"pen pencil", PAGE_PEN_PENCIL, 0.05, 0.085, 0.5, 0.8, 0.25, 0.6, 0.4},
    {"pen thin", PAGE_PEN_BALLPOINT, 0.035, 0.06, 0.75, 0.95, 0.05, 0.2, 0.47},
    {"pen ballpoint", PAGE_PEN_BALLPOINT, 0.06, 0.09, 0.75, 0.95, 0.05, 0.25, 0.4},
    {"pen felt-tip", PAGE_PEN_FELT, 0.09, 0.14, 0.85, 1, 0, 0.1, 0.32},
    {"pen marker", PAGE_PEN_FELT, 0.13, 0.19, 0.85, 1, 0, 0.06, 0.25},
};

static void choose_pen(hard_page *page, random_stream *random) {
  static const double inks[][3] = {{0.08, 0.08, 0.1}, {0.1, 0.1, 0.13},  {0.1, 0.14, 0.5}, {0.14, 0.2, 0.62},
                                   {0.7, 0.1, 0.12},  {0.05, 0.4, 0.22}, {0.4, 0.12, 0.5}, {0.85, 0.4, 0.08}};
  static const double pixels_min = 1.1;
  const pen_kind *kind = &pens[random_below(random, (int)(sizeof pens / sizeof *pens))];
  page_pen *pen = &page->spec.pen;
  double width = random_between(random, kind->width_min, kind->width_max);
  *pen = (page_pen){.kind = kind->kind,
                    .width = fmax(width, pixels_min / page->spec.layout.height),
                    .density = random_between(random, kind->density_min, kind->density_max),
                    .grain = random_between(random, kind->grain_min, kind->grain_max)};
  memcpy(pen->color, inks[random_below(random, (int)(sizeof inks / sizeof *inks))], sizeof pen->color);
  if (kind->kind == PAGE_PEN_PENCIL) set_color(pen->color, 0.22, 0.22, 0.23);
  page->spec.writer.width = pen->width;
  page->boldness = kind->level;
  label(page, kind->label);
}

static void choose_board(hard_page *page, random_stream *random) {
  page_spec *spec = &page->spec;
  double gray = random_between(random, 0.1, 0.26), green = gray * random_between(random, 1, 1.7);
  set_color(spec->paper.color, gray, green, gray * random_between(random, 1, 1.3));
  set_color(spec->pen.color, 0.93, 0.93, random_between(random, 0.6, 0.93));
  spec->pen.kind = PAGE_PEN_CHALK;
  spec->pen.density = random_between(random, 0.7, 0.95);
  spec->pen.grain = random_between(random, 0.15, 0.5);
  spec->paper.texture = random_between(random, 0.03, 0.1);
  label(page, "paper board");
}

static void choose_paper(hard_page *page, random_stream *random) {
  page_paper *paper = &page->spec.paper;
  double shade = random_between(random, 0.84, 0.96), share = random_unit(random);
  *paper = (page_paper){.texture = random_between(random, 0.005, 0.03), .speck_radius = 1.3};
  set_color(paper->color, shade, shade - random_between(random, 0, 0.015), shade - random_between(random, 0, 0.04));
  if (share < 0.07) {
    choose_board(page, random);
    return;
  }
  if (share < 0.2) {
    set_color(paper->color, shade, shade - random_between(random, 0.02, 0.08),
              shade - random_between(random, 0.2, 0.45));
    label(page, "paper yellow");
  } else if (share < 0.33) {
    double gray = random_between(random, 0.62, 0.78);
    set_color(paper->color, gray + 0.03, gray, gray - random_between(random, 0.01, 0.08));
    paper->texture = random_between(random, 0.03, 0.06);
    paper->specks = 20 + random_below(random, 100);
    label(page, "paper recycled");
  } else {
    label(page, "paper white");
  }
  if (random_chance(random, 0.15)) paper->show_through = random_between(random, 0.03, 0.1);
  if (random_chance(random, 0.15)) paper->folds = 1 + random_below(random, 2);
  if (random_chance(random, 0.1)) paper->hairs = 1 + random_below(random, 3);
}

/* A sheet on a table whose edges are seen, the table darker or as light as paper nearly is. */
static void choose_table_around(hard_page *page, random_stream *random) {
  page_paper *paper = &page->spec.paper;
  if (!random_chance(random, 0.35)) return;
  double gray = random_between(random, 0.08, 0.75);
  paper->edge = random_between(random, 0.03, 0.15);
  set_color(paper->table_color, gray, gray * random_between(random, 0.75, 1), gray * random_between(random, 0.5, 1));
  label(page, "edge in sight");
}

static void choose_rules(hard_page *page, random_stream *random) {
  static const double colors[][3] = {{0.55, 0.68, 0.85}, {0.35, 0.5, 0.75}, {0.6, 0.6, 0.62},
                                     {0.3, 0.3, 0.32},   {0.85, 0.6, 0.6},  {0.5, 0.75, 0.6}};
  hard_rules *rules = &page->rules;
  double height = page->spec.layout.height;
  memcpy(rules->color, colors[random_below(random, (int)(sizeof colors / sizeof *colors))], sizeof rules->color);
  rules->density = random_between(random, 0.4, 0.95);
  rules->has_margin = random_chance(random, 0.4);
  page->on_rules = random_chance(random, 0.65);
  if (rules->pattern == HARD_RULED)
    rules->pitch = height * random_between(random, 1, 1.9);
  else if (rules->pattern == HARD_SQUARED)
    rules->pitch = height * (page->on_rules ? random_between(random, 1, 1.4) : random_between(random, 0.45, 1.2));
  rules->width = fmax(0.7, fmin(0.05, random_between(random, 0.015, 0.06)) * height);
}

static void choose_content(hard_page *page, random_stream *random) {
  static const char *const names[] = {"content lines", "content columns", "content table", "content form"};
  static const char *const patterns[] = {"rules none", "rules ruled", "rules squared"};
  page_layout *layout = &page->spec.layout;
  double share = random_unit(random);
  page->content = share < 0.12 ? HARD_TABLE : share < 0.2 ? HARD_FORM : share < 0.4 ? HARD_COLUMNS : HARD_LINES;
  int has_rules = page->content == HARD_LINES || page->content == HARD_COLUMNS;
  page->rules.pattern =
      has_rules && random_chance(random, 0.5) ? (hard_pattern)(1 + random_below(random, 2)) : HARD_PLAIN;
  choose_rules(page, random);
  layout->lines = 3 + random_below(random, 10);
  layout->numbers = 1 + random_below(random, 6);
  layout->digits = 1 + random_below(random, 6);
  page->columns = 2 + random_below(random, page->content == HARD_TABLE ? 6 : 2);
  page->signs = random_chance(random, 0.4) ? random_between(random, 0.1, 0.6) : 0;
  page->sizes = random_chance(random, 0.25) ? random_between(random, 0.2, 0.5) : 0;
  if (page->rules.pattern != HARD_PLAIN && page->on_rules) page->sizes = 0;
  label(page, names[page->content]);
  label(page, patterns[page->rules.pattern]);
  if (page->signs > 0) label(page, "signs in numbers");
  if (page->sizes > 0) label(page, "sizes mixed");
}

static void choose_shadow(page_shadow *shadow, random_stream *random) {
  *shadow = (page_shadow){(page_shadow_kind)random_below(random, 3), random_between(random, 0.15, 0.85),
                          random_between(random, 0.1, 0.7),          random_between(random, 0, 360),
                          random_between(random, 0.08, 0.5),         between_logarithmic(random, 0.002, 0.12),
                          random_between(random, 0.2, 0.65)};
}

static void choose_light(hard_page *page, random_stream *random) {
  page_light *light = &page->spec.light;
  int is_dim = random_chance(random, 0.15), has_shadow = random_chance(random, 0.35);
  *light = (page_light){.level = is_dim ? random_between(random, 0.06, 0.2) : random_between(random, 0.3, 0.98),
                        .gradient = random_between(random, 0, 0.9),
                        .gradient_angle = random_between(random, 0, 360),
                        .vignette = random_between(random, 0, 0.5),
                        .warmth = random_between(random, -0.5, 1)};
  light->shadow_count = has_shadow ? 1 + random_below(random, 2) : 0;
  for (int i = 0; i < light->shadow_count; i++) choose_shadow(&light->shadows[i], random);
  if (is_dim) label(page, "light dim");
  if (has_shadow) label(page, "light shadow");
  if (random_chance(random, 0.1)) {
    page->spec.glare = (page_glare){random_between(random, 0.1, 0.9), random_between(random, 0.1, 0.7),
                                    random_between(random, 0.04, 0.25), random_between(random, 0.2, 0.7)};
    label(page, "light glare");
  }
}

static void choose_camera(hard_page *page, random_stream *random) {
  page_spec *spec = &page->spec;
  double steep = random_chance(random, 0.5) ? tilt_max : 5, side = fmin(spec->width, spec->height);
  spec->camera.tilt = random_between(random, -steep, steep);
  spec->camera.perspective = random_chance(random, 0.55) ? random_between(random, 0, 0.4) : 0;
  spec->camera.perspective_angle = random_between(random, 0, 360);
  spec->camera.noise = random_between(random, 0.3, 6);
  spec->camera.quality = 40 + random_below(random, 51);
  label(page, fabs(spec->camera.tilt) < 5    ? "tilt below 5"
              : fabs(spec->camera.tilt) < 15 ? "tilt 5 to 15"
                                             : "tilt 15 to 25");
  if (random_chance(random, 0.25)) {
    spec->bend = (page_bend){side * random_between(random, 0.005, 0.03), side * random_between(random, 0.8, 2.5),
                             random_between(random, -20, 20), random_between(random, 0, 6.28)};
    label(page, "sheet bent");
  }
  if (random_chance(random, 0.08)) {
    page->quarter_turns = 1 + random_below(random, 3);
    label(page, "turned by quarters");
  }
}

/* After the height is final: the blur is a share of it. */
static void choose_blur(hard_page *page, random_stream *random) {
  static const double share_max = 1.0 / 15, lens_pixels = 0.4;
  double share = share_max * pow(random_unit(random), 1.3);
  page->spec.camera.blur = fmax(lens_pixels, share * page->spec.layout.height);
  label(page, share < share_max / 3       ? "blur below 1/45"
              : share < share_max * 2 / 3 ? "blur 1/45 to 2/45"
                                          : "blur 2/45 to 1/15");
}

static void choose_clutter(hard_page *page, random_stream *random) {
  hard_clutter *clutter = &page->clutter;
  *clutter = (hard_clutter){.words = random_chance(random, 0.15) ? 1 + random_below(random, 5) : 0,
                            .doodles = random_chance(random, 0.12) ? 1 + random_below(random, 3) : 0,
                            .print = random_chance(random, 0.12) ? 1 + random_below(random, 2) : 0,
                            .stamps = random_chance(random, 0.08),
                            .staples = random_chance(random, 0.08),
                            .pens = random_chance(random, 0.1),
                            .hands = random_chance(random, 0.08)};
  if (clutter->words + clutter->doodles) label(page, "with words or drawings");
  if (clutter->print + clutter->stamps) label(page, "with print or stamps");
  if (clutter->staples + clutter->pens + clutter->hands) label(page, "with things");
}

/* Pictures of 0.5 to 2.5 megapixels, upright or lying. */
static void choose_size(hard_page *page, random_stream *random) {
  double pixels = 1e6 * between_logarithmic(random, 0.5, 2.5), ratio = random_between(random, 1.2, 1.6);
  if (random_chance(random, 0.4)) ratio = 1 / ratio;
  page->spec.width = (int)sqrt(pixels * ratio);
  page->spec.height = (int)sqrt(pixels / ratio);
}

/* What does not fit on the sheet is written smaller. */
static void fit_height(hard_page *page) {
  page_view view;
  page_view_init(&view, &page->spec);
  double room = fmin((view.right - view.left) / 4, (view.bottom - view.top) / 2.5);
  page->spec.layout.height = fmax(digit_min_pixels, fmin(page->spec.layout.height, room));
}

static void label_height(hard_page *page) {
  double height = page->spec.layout.height;
  label(page, height < 20   ? "height 12 to 20"
              : height < 40 ? "height 20 to 40"
              : height < 80 ? "height 40 to 80"
                            : "height 80 to 120");
}

static void choose(hard_page *page, uint64_t seed, double height_min, double height_max) {
  random_stream random;
  random_start(&random, seed, 21);
  *page = (hard_page){.spec = {.seed = seed}};
  choose_size(page, &random);
  page->spec.layout.height = between_logarithmic(&random, height_min, height_max);
  choose_writer(page, &random);
  choose_paper(page, &random);
  choose_table_around(page, &random);
  choose_camera(page, &random);
  fit_height(page);
  label_height(page);
  if (page->spec.pen.kind == PAGE_PEN_CHALK) {
    page->spec.pen.width = fmax(random_between(&random, 0.06, 0.12), 1.2 / page->spec.layout.height);
    page->spec.writer.width = page->spec.pen.width;
    page->boldness = 0.35;
    label(page, "pen chalk");
  } else {
    choose_pen(page, &random);
  }
  choose_content(page, &random);
  choose_light(page, &random);
  choose_blur(page, &random);
  choose_clutter(page, &random);
}

void hard_page_numbers(hard_page *page, uint64_t seed) {
  choose(page, seed, digit_min_pixels, digit_max_pixels);
}

void hard_page_letters(hard_page *page, uint64_t seed) {
  choose(page, seed ^ 0x1e77e250, 16, 60); /* made smaller where HARD_MARKS_MIN marks need it */
  page->content = HARD_LETTERS;
  page->quarter_turns = 0;
  page->sizes = 0;
  page->clutter.words = page->clutter.doodles = 0;
  page->label_count = 0;
}
