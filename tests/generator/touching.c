/* Composes strings from pictures of single digits. Neighbours keep a random gap between their ink's boxes; where all
 * are to touch, gaps are drawn again until the ink meets. The page is plain: what is tried here is the cutting
 * alone. */
#include "touching.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { PIXELS = SAMPLE_SIDE * SAMPLE_SIDE, INK_MIN = 96, TRIES = 200 };
static const double sample_height = 20, paper_gray = 232, ink_gray = 50, noise = 3;

void touching_spec_init(touching_spec *spec, uint64_t seed) {
  *spec = (touching_spec){seed, 2, 0, 20, 60, -2, 4};
}

/* Ink 0..255 on an area of the page. */
typedef struct patch {
  uint8_t *ink;
  int width, height;
} patch;

typedef struct placed {
  const uint8_t *pixels;
  int box[4];  /* of its ink: x0, y0, x1, y1, exclusive */
  double x, y; /* of the box's corner on the patch */
  double scale;
} placed;

static double sample_at(const uint8_t *pixels, int x, int y) {
  return x < 0 || y < 0 || x >= SAMPLE_SIDE || y >= SAMPLE_SIDE ? 0 : pixels[y * SAMPLE_SIDE + x];
}

static double interpolate(const uint8_t *pixels, double x, double y) {
  const int x0 = (int)floor(x), y0 = (int)floor(y);
  const double fx = x - x0, fy = y - y0;
  return (1 - fy) * ((1 - fx) * sample_at(pixels, x0, y0) + fx * sample_at(pixels, x0 + 1, y0)) +
         fy * ((1 - fx) * sample_at(pixels, x0, y0 + 1) + fx * sample_at(pixels, x0 + 1, y0 + 1));
}

/* Ink of the digit at a pixel of the patch. */
static uint8_t digit_at(const placed *digit, int x, int y) {
  const double from_x = digit->box[0] + (x + 0.5 - digit->x) / digit->scale - 0.5;
  const double from_y = digit->box[1] + (y + 0.5 - digit->y) / digit->scale - 0.5;
  return (uint8_t)(interpolate(digit->pixels, from_x, from_y) + 0.5);
}

/* Whether the two digits' ink shares or adjoins a pixel. */
static int meet(const placed *a, const placed *b, const patch *patch) {
  for (int y = 1; y + 1 < patch->height; y++)
    for (int x = 1; x + 1 < patch->width; x++) {
      if (digit_at(a, x, y) < INK_MIN) continue;
      for (int k = 0; k < 9; k++)
        if (digit_at(b, x + k % 3 - 1, y + k / 3 - 1) >= INK_MIN) return 1;
    }
  return 0;
}

static void lay(const placed *digit, patch *patch) {
  for (int y = 0; y < patch->height; y++)
    for (int x = 0; x < patch->width; x++) {
      const uint8_t ink = digit_at(digit, x, y);
      uint8_t *to = &patch->ink[y * patch->width + x];
      if (ink > *to) *to = ink;
    }
}

static placed choose(const digit_samples *samples, double height, random_stream *random, char *text) {
  const size_t index = (size_t)random_below(random, (int)samples->count);
  placed digit = {.pixels = samples->pixels + index * PIXELS, .scale = height / sample_height};
  sample_ink_box(digit.pixels, INK_MIN, digit.box);
  *text = (char)('0' + samples->labels[index]);
  return digit;
}

/* Sets the digits of one string into the patch, its ink's left edge at margin. */
static void write_string(const touching_spec *spec, const digit_samples *samples, double height, int margin,
                         random_stream *random, patch *patch, touching_string *truth) {
  placed digits[TOUCHING_DIGITS_MAX];
  double pen = margin;
  memset(patch->ink, 0, (size_t)patch->width * (size_t)patch->height);
  *truth = (touching_string){.text = ""};
  for (int i = 0; i < spec->digits; i++) {
    placed *digit = &digits[i];
    int met = 0;
    for (int try = 0; try < TRIES; try++) {
      *digit = choose(samples, height, random, &truth->text[i]);
      const double gap = i ? random_between(random, spec->gap_min, spec->gap_max) * digit->scale : 0;
      const double baseline = margin + height * (1.15 + 0.06 * random_normal(random));
      digit->x = pen + gap;
      digit->y = baseline - (digit->box[3] - digit->box[1]) * digit->scale;
      met = i > 0 && meet(&digits[i - 1], digit, patch);
      if (i == 0 || met || !spec->all_touch) break;
    }
    truth->touches += met;
    pen = digit->x + (digit->box[2] - digit->box[0]) * digit->scale;
    lay(digit, patch);
  }
}

static void measure(const patch *patch, touching_string *truth) {
  int x0 = patch->width, y0 = patch->height, x1 = 0, y1 = 0;
  for (int y = 0; y < patch->height; y++)
    for (int x = 0; x < patch->width; x++)
      if (patch->ink[y * patch->width + x] >= INK_MIN) {
        if (x < x0) x0 = x;
        if (x >= x1) x1 = x + 1;
        if (y < y0) y0 = y;
        y1 = y + 1;
      }
  truth->x = x0, truth->y = y0, truth->width = x1 - x0, truth->height = y1 - y0;
}

static void print(const patch *patch, int left, int top, page_picture *picture) {
  for (int y = 0; y < patch->height; y++)
    for (int x = 0; x < patch->width; x++) {
      uint8_t *pixel = picture->data + 3 * ((size_t)(top + y) * (size_t)picture->width + (size_t)(left + x));
      const double share = patch->ink[y * patch->width + x] / 255.0;
      for (int c = 0; c < 3; c++) pixel[c] = (uint8_t)(pixel[c] + share * (ink_gray - pixel[c]));
    }
}

static void lay_paper(page_picture *picture, random_stream *random) {
  const size_t count = (size_t)picture->width * (size_t)picture->height;
  for (size_t i = 0; i < count; i++) {
    const double gray = paper_gray + noise * random_normal(random);
    memset(picture->data + 3 * i, (int)(gray + 0.5), 3);
  }
}

int touching_draw(const touching_spec *spec, const digit_samples *samples, page_picture *picture,
                  touching_string *truth) {
  random_stream random;
  random_start(&random, spec->seed, 11);
  const double height = random_between(&random, spec->height_min, spec->height_max);
  const int margin = (int)(1.2 * height);
  patch patch = {.width = (int)((1.25 * spec->digits + 2.4) * height), .height = (int)(1.5 * height) + margin};
  *picture = (page_picture){.width = TOUCHING_COLUMNS * patch.width, .height = TOUCHING_ROWS * patch.height};
  patch.ink = malloc((size_t)patch.width * (size_t)patch.height);
  picture->data = malloc(3 * (size_t)picture->width * (size_t)picture->height);
  if (!patch.ink || !picture->data) {
    free(patch.ink);
    page_picture_free(picture);
    return -1;
  }
  lay_paper(picture, &random);
  for (int i = 0; i < TOUCHING_STRINGS; i++) {
    const int left = i % TOUCHING_COLUMNS * patch.width, top = i / TOUCHING_COLUMNS * patch.height;
    write_string(spec, samples, height, margin, &random, &patch, &truth[i]);
    measure(&patch, &truth[i]);
    print(&patch, left, top, picture);
    truth[i].x += left;
    truth[i].y += top;
  }
  free(patch.ink);
  return 0;
}

/* ---- scoring ------------------------------------------------------------------------------------------------------ */

/* The glyphs whose middle lies in the string's box, in reading order. */
static void text_inside(const glyph_page *page, const touching_string *truth, char *text, size_t size) {
  size_t length = 0;
  for (size_t i = 0; i < page->glyph_count && length + 1 < size; i++) {
    const glyph_box *b = &page->glyphs[i].box;
    const int x = b->x + b->width / 2, y = b->y + b->height / 2;
    if (x >= truth->x && x < truth->x + truth->width && y >= truth->y && y < truth->y + truth->height)
      text[length++] = page->glyphs[i].text[0];
  }
  text[length] = '\0';
}

static void score_string(const glyph_page *page, const touching_string *truth, const page_picture *picture,
                         touching_score *score, touching_wrong *wrong, void *user) {
  char text[4 * TOUCHING_DIGITS_MAX];
  text_inside(page, truth, text, sizeof text);
  const int right = strcmp(text, truth->text) == 0;
  score->strings++;
  score->right += right;
  score->fewer += strlen(text) < strlen(truth->text);
  score->more += strlen(text) > strlen(truth->text);
  if (!right && wrong) wrong(user, truth, text, picture);
}

int touching_score_page(glyph_reader *reader, const touching_spec *spec, const digit_samples *samples,
                        touching_score *score, touching_wrong *wrong, void *user, glyph_error *error) {
  page_picture picture;
  touching_string truth[TOUCHING_STRINGS];
  glyph_page *page;
  if (touching_draw(spec, samples, &picture, truth)) {
    *error = (glyph_error){GLYPH_ERR_MEMORY, "out of memory"};
    return -1;
  }
  const glyph_pixels pixels = {picture.data, picture.width, picture.height, 3, (ptrdiff_t)picture.width * 3};
  const int status = glyph_read_pixels(reader, &pixels, NULL, &page, error);
  if (status == GLYPH_OK)
    for (int i = 0; i < TOUCHING_STRINGS; i++) score_string(page, &truth[i], &picture, score, wrong, user);
  glyph_page_close(&page);
  page_picture_free(&picture);
  return status == GLYPH_OK ? 0 : -1;
}
