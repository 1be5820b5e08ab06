/* The conditions that photographs of digits meet, each varied by its seed, and the specs of the sample pages. */
#include "conditions.h"

#include <string.h>

static void set_color(double color[3], double red, double green, double blue) {
  color[0] = red, color[1] = green, color[2] = blue;
}

static void plain(page_spec *spec, random_stream *random) {
  spec->layout.height = random_between(random, 40, 90);
  spec->layout.x = random_unit(random);
  spec->layout.y = random_unit(random);
}

static void shadow(page_spec *spec, random_stream *random) {
  plain(spec, random);
  spec->light.shadow_count = 1;
  spec->light.shadows[0] = (page_shadow){(page_shadow_kind)random_below(random, 3), random_between(random, 0.3, 0.7),
                                         random_between(random, 0.2, 0.5),          random_between(random, 0, 360),
                                         random_between(random, 0.15, 0.4),         random_between(random, 0.002, 0.03),
                                         random_between(random, 0.35, 0.6)};
}

static void dim(page_spec *spec, random_stream *random) {
  plain(spec, random);
  spec->light.level = random_between(random, 0.07, 0.2);
  spec->light.gradient = random_between(random, 0.2, 0.8);
  spec->light.vignette = random_between(random, 0.2, 0.6);
  spec->light.warmth = random_between(random, 0, 1);
  spec->camera.noise = random_between(random, 3, 6);
}

static void colored(page_spec *spec, random_stream *random) {
  static const double inks[][3] = {{0.1, 0.15, 0.6},   {0.75, 0.1, 0.12}, {0.05, 0.45, 0.25},
                                   {0.45, 0.12, 0.55}, {0.1, 0.45, 0.7},  {0.85, 0.4, 0.1}};
  plain(spec, random);
  memcpy(spec->pen.color, inks[random_below(random, 6)], sizeof spec->pen.color);
}

static void pencil(page_spec *spec, random_stream *random) {
  plain(spec, random);
  spec->pen = (page_pen){PAGE_PEN_PENCIL,
                         {0.24, 0.24, 0.25},
                         random_between(random, 0.05, 0.08),
                         random_between(random, 0.5, 0.8),
                         random_between(random, 0.35, 0.6)};
  spec->paper.texture = 0.025;
}

static void marker(page_spec *spec, random_stream *random) {
  static const double inks[][3] = {{0.08, 0.08, 0.09}, {0.14, 0.2, 0.55}, {0.05, 0.4, 0.25}, {0.7, 0.1, 0.15}};
  spec->width = 300 + random_below(random, 300);
  spec->height = spec->width * (120 + random_below(random, 50)) / 100;
  spec->pen = (page_pen){PAGE_PEN_FELT, {0}, random_between(random, 0.11, 0.19), 0.96, 0.06};
  memcpy(spec->pen.color, inks[random_below(random, 4)], sizeof spec->pen.color);
  spec->layout.text[0] = (char)('0' + random_below(random, 10));
  spec->layout.text[1] = '\0';
  spec->layout.height = spec->height;
  spec->layout.x = spec->layout.y = 0.5;
  spec->light.gradient = random_between(random, 0, 0.4);
}

static void unfocused(page_spec *spec, random_stream *random) {
  plain(spec, random);
  spec->camera.blur = spec->layout.height * random_between(random, 0.035, 0.075);
}

static void small(page_spec *spec, random_stream *random) {
  spec->width = 640;
  spec->height = 420;
  spec->layout.height = random_between(random, 12, 16);
  spec->layout.lines = 6;
  spec->layout.numbers = 4;
  spec->layout.x = random_unit(random);
  spec->layout.y = random_unit(random);
  spec->pen.width = random_between(random, 0.09, 0.12);
  spec->camera.blur = 0.5;
}

static void board(page_spec *spec, random_stream *random) {
  plain(spec, random);
  if (random_chance(random, 0.6))
    set_color(spec->paper.color, 0.17, 0.27, 0.23);
  else
    set_color(spec->paper.color, 0.17, 0.17, 0.19);
  spec->pen = (page_pen){PAGE_PEN_CHALK,
                         {0.93, 0.93, 0.88},
                         random_between(random, 0.07, 0.11),
                         random_between(random, 0.75, 0.95),
                         random_between(random, 0.2, 0.5)};
  spec->paper.texture = 0.08;
  spec->light.gradient = random_between(random, 0, 0.4);
}

static void dirty(page_spec *spec, random_stream *random) {
  plain(spec, random);
  spec->paper.specks = 40 + random_below(random, 80);
  spec->paper.speck_radius = spec->layout.height * random_between(random, 0.025, 0.05);
  spec->paper.hairs = random_below(random, 4);
}

static void edge(page_spec *spec, random_stream *random) {
  double gray = random_chance(random, 0.7) ? random_between(random, 0.12, 0.4) : random_between(random, 0.5, 0.7);
  plain(spec, random);
  spec->layout.height *= 0.7;
  spec->paper.edge = random_between(random, 0.04, 0.12);
  set_color(spec->paper.table_color, gray, gray * random_between(random, 0.8, 1),
            gray * random_between(random, 0.6, 1));
  spec->camera.tilt = random_between(random, -6, 6);
  spec->camera.perspective = random_between(random, 0, 0.25);
  spec->camera.perspective_angle = random_between(random, 0, 360);
}

static void tilted(page_spec *spec, random_stream *random) {
  plain(spec, random);
  spec->camera.tilt = random_between(random, 2, 7) * (random_chance(random, 0.5) ? 1 : -1);
  spec->camera.perspective = random_between(random, 0, 0.2);
  spec->camera.perspective_angle = random_between(random, 0, 360);
}

static void behind(page_spec *spec, random_stream *random) {
  plain(spec, random);
  spec->paper.show_through = random_between(random, 0.04, 0.1);
}

static void folded(page_spec *spec, random_stream *random) {
  plain(spec, random);
  spec->paper.folds = 1 + random_below(random, 3);
  spec->paper.texture = 0.03;
}

/* A phone's photograph at a size phones take. */
static void photo(page_spec *spec, random_stream *random) {
  page_spec_random(spec, spec->seed, 0.4);
  spec->width = 2400;
  spec->height = 1800;
  spec->layout.height = random_between(random, 90, 220);
  spec->camera.blur *= 1.6;
}

/* Digits all over a sheet that lies on a table, seen from the side. */
static void scattered(page_spec *spec, random_stream *random) {
  page_spec_random(spec, spec->seed, 0.3);
  if (spec->pen.kind == PAGE_PEN_CHALK) page_spec_init(spec, spec->seed); /* a sheet, not a board */
  double gray = random_between(random, 0.3, 0.62);
  spec->width = 1400;
  spec->height = 1050;
  set_color(spec->pen.color, 0.14, 0.14, 0.16);
  spec->pen.width = 0.06;
  spec->paper.edge = random_between(random, 0.02, 0.06);
  set_color(spec->paper.table_color, gray, gray * random_between(random, 0.9, 1),
            gray * random_between(random, 0.8, 1));
  spec->layout.height = random_between(random, 90, 150);
  spec->layout.scattered = 8 + random_below(random, 10);
  spec->camera.tilt = random_between(random, -9, 9);
  spec->camera.perspective = random_between(random, 0.1, 0.4);
}

static void mixed(page_spec *spec, random_stream *random) {
  page_spec_random(spec, spec->seed, random_between(random, 0.2, 0.9));
}

static void blank(page_spec *spec, random_stream *random) {
  plain(spec, random);
  spec->layout.lines = 0;
  spec->camera.noise = random_between(random, 0.5, 4);
}

static void blank_shadow(page_spec *spec, random_stream *random) {
  shadow(spec, random);
  spec->layout.lines = 0;
}

static void blank_edge(page_spec *spec, random_stream *random) {
  edge(spec, random);
  spec->layout.lines = 0;
}

static void blank_dirty(page_spec *spec, random_stream *random) {
  dirty(spec, random);
  spec->paper.speck_radius = random_between(random, 1, 2.5);
  spec->layout.lines = 0;
}

static void blank_dim(page_spec *spec, random_stream *random) {
  dim(spec, random);
  spec->layout.lines = 0;
}

const page_condition page_conditions[] = {
    {"plain", plain, 0},
    {"shadow", shadow, 0},
    {"dim", dim, 0},
    {"colored", colored, 0},
    {"pencil", pencil, 0},
    {"marker", marker, 0},
    {"unfocused", unfocused, 0},
    {"small", small, 0},
    {"board", board, 0},
    {"dirty", dirty, 0},
    {"edge", edge, 0},
    {"tilted", tilted, 0},
    {"behind", behind, 0},
    {"folded", folded, 0},
    {"mixed", mixed, 0},
    {"photo", photo, 0},
    {"scattered", scattered, 0},
    {"blank", blank, 1},
    {"blank-shadow", blank_shadow, 1},
    {"blank-edge", blank_edge, 1},
    {"blank-dirty", blank_dirty, 1},
    {"blank-dim", blank_dim, 1},
};
const size_t page_condition_count = sizeof page_conditions / sizeof *page_conditions;

const page_condition *page_condition_find(const char *name) {
  for (size_t i = 0; i < page_condition_count; i++)
    if (!strcmp(page_conditions[i].name, name)) return &page_conditions[i];
  return NULL;
}

/* FNV-1a of the name: conditions differ in text and writer, and a new one leaves the others as they were. */
static uint64_t name_hash(const char *name) {
  uint64_t hash = 0xcbf29ce484222325u;
  for (; *name; name++) hash = (hash ^ (uint8_t)*name) * 0x100000001b3u;
  return hash;
}

void page_condition_spec(const page_condition *condition, uint64_t seed, page_spec *spec) {
  random_stream random;
  seed += name_hash(condition->name);
  random_start(&random, seed, 5);
  page_spec_init(spec, seed);
  condition->apply(spec, &random);
}

static void sample_numbers(page_spec *spec) {
  page_spec_init(spec, 2026);
  spec->width = 1200;
  spec->height = 900;
  strcpy(spec->layout.text, "3268 175 | 40961 27 | 58 3307 914 | 66210 8745 | 1492 530");
  spec->layout.height = 74;
  spec->pen = (page_pen){PAGE_PEN_BALLPOINT, {0.09, 0.12, 0.42}, 0.075, 0.9, 0.15};
  set_color(spec->paper.color, 0.93, 0.91, 0.87);
  spec->paper.folds = 1;
  spec->light = (page_light){.level = 0.72, .gradient = 0.35, .gradient_angle = 215, .vignette = 0.25, .warmth = 0.35};
  spec->camera = (page_camera){1.6, 0.06, 250, 0.9, 2, 84};
}

static void sample_shadow(page_spec *spec) {
  page_spec_init(spec, 77);
  strcpy(spec->layout.text, "9027 341 | 6185 | 250 7746 | 3981 20");
  spec->pen.width = 0.085;
  spec->light.level = 0.8;
  spec->light.warmth = 0.4;
  spec->light.shadow_count = 2;
  spec->light.shadows[0] = (page_shadow){PAGE_SHADOW_HALF, 0.38, 0.3, 28, 0, 0.006, 0.5};
  spec->light.shadows[1] = (page_shadow){PAGE_SHADOW_BLOB, 0.85, 0.62, 40, 0.4, 0.05, 0.4};
  spec->camera.noise = 2.2;
  spec->camera.quality = 84;
}

static void sample_board(page_spec *spec) {
  random_stream random;
  random_start(&random, 12, 6);
  page_spec_init(spec, 12);
  board(spec, &random);
  spec->width = 480;
  spec->height = 320;
  set_color(spec->paper.color, 0.17, 0.27, 0.23);
  strcpy(spec->layout.text, "1848 | 29 705 | 63");
  spec->layout.height = 54;
  spec->camera.noise = 0.4;
}

static void sample_small(page_spec *spec) {
  random_stream random;
  random_start(&random, 31, 6);
  page_spec_init(spec, 31);
  small(spec, &random);
  strcpy(spec->layout.text, "4071 88 306 | 52 9163 | 775 20 1948 | 6 3349 810 | 2257 64");
  spec->width = 460;
  spec->height = 300;
  spec->layout.height = 17;
  spec->layout.x = 0.4;
  spec->layout.y = 0.4;
}

static void sample_tilted(page_spec *spec) {
  page_spec_init(spec, 58);
  strcpy(spec->layout.text, "7320 | 45 1986 | 60243 | 817 95");
  spec->pen = (page_pen){PAGE_PEN_FELT, {0.1, 0.1, 0.11}, 0.11, 0.95, 0.06};
  spec->paper.edge = 0.07;
  set_color(spec->paper.table_color, 0.42, 0.3, 0.2);
  spec->light.gradient = 0.4;
  spec->camera = (page_camera){-5, 0.22, 80, 1, 1.8, 84};
}

static void sample_single(page_spec *spec) {
  page_spec_init(spec, 5);
  spec->width = 240;
  spec->height = 340;
  strcpy(spec->layout.text, "5");
  spec->layout.height = 300;
  spec->pen = (page_pen){PAGE_PEN_FELT, {0.14, 0.24, 0.6}, 0.13, 0.95, 0.06};
  spec->light.gradient = 0.3;
  spec->camera.noise = 0.4;
}

const page_sample page_samples[] = {
    {"numbers.jpg", sample_numbers}, {"shadow.jpg", sample_shadow}, {"blackboard.png", sample_board},
    {"small.jpg", sample_small},     {"tilted.jpg", sample_tilted}, {"single.png", sample_single},
};
const size_t page_sample_count = sizeof page_samples / sizeof *page_samples;
