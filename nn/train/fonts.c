/* Finds fonts, takes the outlines of the characters that training needs, and rasterises them with FreeType.
 *
 * Left out of the signs, because they are digits to a reader who sees neither size nor neighbours: O o Q D U (0),
 * I l i j J 1 | ! ' , / ( ) ` (1, once slant is taken out), Z z ? (2), Y y (an open 4), S s $ (5), G b C c (6), T r (7
 * and 1), B & (8), g q a e (9, 6 and 2), and what consists of dots and stems alone.
 *
 * Symbol, barcode and dingbat fonts give no digits or shapes of their own: they are told by the agreement of their
 * digits with the mean of all fonts. Where most fonts of a folder are of such a kind, the wrong ones stay. */
#include "fonts.h"

#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include <ft2build.h>
#include FT_FREETYPE_H
#include FT_OUTLINE_H

#include "../errno_text.h"

enum { DEPTH_MOST = 16, THUMB = 16, DIGITS = 10, DIGITS_RIGHT = 8, ROUNDS = 3, RASTER_MOST = 1024 };

const char train_fonts_signs[] = "AEFHKLMNPRVWXdfhkmnptuvwx#%*+-<=>@[\\]^_{}~";

enum { CHARACTERS = DIGITS + sizeof train_fonts_signs - 1 };

typedef float thumb[THUMB * THUMB];

typedef struct font {
  char *family, *style;
  FT_Outline outlines[CHARACTERS]; /* font units; no points where the font lacks the character */
  int units;                       /* an em */
  thumb *digits;                   /* DIGITS of them; while fonts are compared */
} font;

struct train_fonts {
  FT_Library library;
  font *fonts;
  size_t count, capacity;
  size_t *families; /* first font of each, then count */
  size_t family_count;
};

struct train_typesetter {
  FT_Library library;
};

static char character_at(int index) {
  return index < DIGITS ? (char)('0' + index) : train_fonts_signs[index - DIGITS];
}

static int index_of(char character) {
  if (character >= '0' && character <= '9') return character - '0';
  const char *found = character ? strchr(train_fonts_signs, character) : NULL;
  return found ? DIGITS + (int)(found - train_fonts_signs) : -1;
}

/* ---- files ---- */

typedef struct paths {
  char **items;
  size_t count, capacity;
} paths;

static int add_path(paths *list, const char *folder, const char *name, train_error *error) {
  if (list->count == list->capacity) {
    const size_t capacity = list->capacity ? 2 * list->capacity : 256;
    char **items = realloc(list->items, capacity * sizeof *items);
    if (!items) return train_fail_memory(error);
    list->items = items;
    list->capacity = capacity;
  }
  const size_t size = strlen(folder) + strlen(name) + 2;
  char *path = malloc(size);
  if (!path) return train_fail_memory(error);
  snprintf(path, size, "%s/%s", folder, name);
  list->items[list->count++] = path;
  return TRAIN_OK;
}

static void free_paths(paths *list) {
  for (size_t i = 0; i < list->count; i++) free(list->items[i]);
  free(list->items);
  *list = (paths){0};
}

static int is_font_name(const char *name) {
  static const char *const endings[] = {".ttf", ".otf", ".ttc", ".otc", ".pfb", ".t1"};
  const char *dot = strrchr(name, '.');
  for (size_t i = 0; dot && i < sizeof endings / sizeof *endings; i++)
    if (strcasecmp(dot, endings[i]) == 0) return 1;
  return 0;
}

/* Links to folders are not followed: they may lead in circles. */
static int search(paths *out, const char *folder, int depth, train_error *error) {
  DIR *directory = opendir(folder);
  if (!directory) {
    if (depth > 0) return TRAIN_OK; /* a folder inside that is not ours to read */
    return train_fail(error, TRAIN_ERR_IO, "%s: the folder of fonts cannot be opened: %s", folder,
                      nn_errno_text(errno));
  }
  paths inner = {0};
  int status = TRAIN_OK;
  for (struct dirent *entry; !status && (entry = readdir(directory));)
    if (entry->d_name[0] != '.') status = add_path(&inner, folder, entry->d_name, error);
  closedir(directory);
  for (size_t i = 0; !status && i < inner.count; i++) {
    struct stat information;
    const char *path = inner.items[i];
    if (lstat(path, &information) == 0 && S_ISDIR(information.st_mode)) {
      if (depth < DEPTH_MOST) status = search(out, path, depth + 1, error);
    } else if (is_font_name(path)) {
      status = add_path(out, folder, strrchr(path, '/') + 1, error);
    }
  }
  free_paths(&inner);
  return status;
}

static int by_name(const void *a, const void *b) {
  return strcmp(*(char *const *)a, *(char *const *)b);
}

/* ---- outlines ---- */

static int rasterise(FT_Library library, const FT_Outline *source, int units, const train_type *type, shim_image *out,
                     train_error *error) {
  FT_Outline outline;
  FT_BBox box;
  if (FT_Outline_New(library, (FT_UInt)source->n_points, source->n_contours, &outline)) return train_fail_memory(error);
  FT_Outline_Copy(source, &outline);
  const double scale = 64.0 * (double)type->em_pixels / units;
  const double c = cos((double)type->turn_radians), s = sin((double)type->turn_radians), k = (double)type->slant;
  const double wide = scale * (double)type->stretch;
  /* y grows upwards here: a clockwise turn is a negative one. */
  FT_Matrix matrix = {.xx = (FT_Fixed)(65536.0 * c * wide),
                      .xy = (FT_Fixed)(65536.0 * scale * (c * k + s)),
                      .yx = (FT_Fixed)(65536.0 * -s * wide),
                      .yy = (FT_Fixed)(65536.0 * scale * (c - s * k))};
  FT_Outline_Transform(&outline, &matrix);
  FT_Outline_Embolden(&outline, (FT_Pos)(64.0f * type->em_pixels * type->weight));
  FT_Outline_Translate(&outline, (FT_Pos)(64.0f * type->shift_x), (FT_Pos)(64.0f * type->shift_y));
  FT_Outline_Get_CBox(&outline, &box);
  const FT_Pos left = box.xMin >> 6, bottom = box.yMin >> 6;
  const FT_Pos width = (box.xMax >> 6) - left + 1, height = (box.yMax >> 6) - bottom + 1;
  int status = TRAIN_OK;
  if (width < 1 || height < 1 || width > RASTER_MOST || height > RASTER_MOST)
    status = train_fail(error, TRAIN_ERR_FORMAT, "a font's character is %ld x %ld pixels", (long)width, (long)height);
  else if (shim_image_create(out, (int)width, (int)height, 1))
    status = train_fail_memory(error);
  if (!status) {
    memset(out->data, 0, (size_t)out->stride * (size_t)out->height);
    FT_Outline_Translate(&outline, -64 * left, -64 * bottom);
    const FT_Bitmap bitmap = {.rows = (unsigned)height,
                              .width = (unsigned)width,
                              .pitch = (int)out->stride,
                              .buffer = out->data,
                              .num_grays = 256,
                              .pixel_mode = FT_PIXEL_MODE_GRAY};
    if (FT_Outline_Get_Bitmap(library, &outline, &bitmap)) {
      shim_image_free(out);
      status = train_fail(error, TRAIN_ERR_FORMAT, "a font's character has an outline that FreeType cannot fill");
    }
  }
  FT_Outline_Done(library, &outline);
  return status;
}

static void free_font(FT_Library library, font *f) {
  for (int i = 0; i < CHARACTERS; i++)
    if (f->outlines[i].n_points) FT_Outline_Done(library, &f->outlines[i]);
  free(f->family);
  free(f->style);
  free(f->digits);
  *f = (font){0};
}

/* Whether the digits are there, each a glyph of its own. */
static int has_digits(FT_Face face) {
  FT_UInt glyphs[DIGITS];
  for (int d = 0; d < DIGITS; d++) {
    glyphs[d] = FT_Get_Char_Index(face, (FT_ULong)('0' + d));
    if (!glyphs[d]) return 0;
    for (int other = 0; other < d; other++)
      if (glyphs[other] == glyphs[d]) return 0;
  }
  return 1;
}

/* *taken is 0 where the font lacks a digit's outline. */
static int take_outlines(FT_Library library, FT_Face face, font *f, int *taken, train_error *error) {
  *taken = 1;
  for (int i = 0; i < CHARACTERS; i++) {
    const FT_UInt glyph = FT_Get_Char_Index(face, (FT_ULong)(unsigned char)character_at(i));
    const int there = glyph && !FT_Load_Glyph(face, glyph, FT_LOAD_NO_SCALE | FT_LOAD_NO_HINTING | FT_LOAD_NO_BITMAP) &&
                      face->glyph->format == FT_GLYPH_FORMAT_OUTLINE && face->glyph->outline.n_points > 0;
    if (!there) {
      *taken = *taken && i >= DIGITS;
      continue;
    }
    const FT_Outline *source = &face->glyph->outline;
    if (FT_Outline_New(library, (FT_UInt)source->n_points, source->n_contours, &f->outlines[i]))
      return train_fail_memory(error);
    FT_Outline_Copy(source, &f->outlines[i]);
  }
  return TRAIN_OK;
}

static int append(train_fonts *fonts, font *f, train_error *error) {
  if (fonts->count == fonts->capacity) {
    const size_t capacity = fonts->capacity ? 2 * fonts->capacity : 64;
    font *items = realloc(fonts->fonts, capacity * sizeof *items);
    if (!items) return train_fail_memory(error);
    fonts->fonts = items;
    fonts->capacity = capacity;
  }
  fonts->fonts[fonts->count++] = *f;
  *f = (font){0};
  return TRAIN_OK;
}

static int is_known(const train_fonts *fonts, FT_Face face) {
  for (size_t i = 0; i < fonts->count; i++)
    if (strcmp(fonts->fonts[i].family, face->family_name) == 0 && strcmp(fonts->fonts[i].style, face->style_name) == 0)
      return 1;
  return 0;
}

static int add_face(train_fonts *fonts, FT_Face face, train_error *error) {
  if (!FT_IS_SCALABLE(face) || !face->family_name || !face->style_name || face->units_per_EM < 1) return TRAIN_OK;
  if (FT_Select_Charmap(face, FT_ENCODING_UNICODE) || !has_digits(face) || is_known(fonts, face)) return TRAIN_OK;
  int taken = 0;
  font f = {.family = strdup(face->family_name), .style = strdup(face->style_name), .units = face->units_per_EM};
  int status = f.family && f.style ? take_outlines(fonts->library, face, &f, &taken, error) : train_fail_memory(error);
  if (!status && taken) status = append(fonts, &f, error);
  free_font(fonts->library, &f);
  return status;
}

/* A file that is no font, or a damaged one, is passed over: system folders hold all kinds. */
static int add_file(train_fonts *fonts, const char *path, train_error *error) {
  int status = TRAIN_OK;
  FT_Long faces = 1;
  for (FT_Long i = 0; i < faces && !status; i++) {
    FT_Face face;
    if (FT_New_Face(fonts->library, path, i, &face)) break;
    faces = face->num_faces;
    status = add_face(fonts, face, error);
    FT_Done_Face(face);
  }
  return status;
}

/* ---- agreement ---- */

/* The character in a square, its longer side filling it, softened, with mean 0 and length 1. */
static int make_thumb(const shim_image *coverage, thumb out) {
  uint8_t pixels[THUMB * THUMB] = {0};
  const int longer = coverage->width > coverage->height ? coverage->width : coverage->height;
  const int width = (coverage->width * THUMB + longer - 1) / longer;
  const int height = (coverage->height * THUMB + longer - 1) / longer;
  shim_image square = {.data = pixels, .width = THUMB, .height = THUMB, .channels = 1, .stride = THUMB};
  shim_image part = {.data = pixels + (THUMB - height) / 2 * THUMB + (THUMB - width) / 2,
                     .width = width,
                     .height = height,
                     .channels = 1,
                     .stride = THUMB};
  int status = shim_resize(coverage, &part);
  if (!status) status = shim_blur(&square, &square, 3);
  double mean = 0.0, length = 0.0;
  for (int i = 0; i < THUMB * THUMB; i++) mean += pixels[i] / (double)(THUMB * THUMB);
  for (int i = 0; i < THUMB * THUMB; i++) length += (pixels[i] - mean) * (pixels[i] - mean);
  for (int i = 0; i < THUMB * THUMB; i++) out[i] = (float)((pixels[i] - mean) / sqrt(length + 1e-6));
  return status;
}

static int make_thumbs(train_fonts *fonts, font *f, train_error *error) {
  const train_type type = {.em_pixels = 48.0f, .stretch = 1.0f};
  if (!(f->digits = calloc(DIGITS, sizeof *f->digits))) return train_fail_memory(error);
  for (int d = 0; d < DIGITS; d++) {
    shim_image coverage;
    train_error failure;
    const int status = rasterise(fonts->library, &f->outlines[d], f->units, &type, &coverage, &failure);
    if (status == TRAIN_ERR_MEMORY) return train_fail_memory(error);
    if (status) continue; /* agrees with nothing */
    const int made = make_thumb(&coverage, f->digits[d]);
    shim_image_free(&coverage);
    if (made) return train_fail(error, TRAIN_ERR_INTERNAL, "a font's digit cannot be scaled: %s", shim_error());
  }
  return TRAIN_OK;
}

static double agreement(const thumb a, const thumb b) {
  double sum = 0.0;
  for (int i = 0; i < THUMB * THUMB; i++) sum += (double)a[i] * (double)b[i];
  return sum;
}

static int count_right(const font *f, thumb means[DIGITS]) {
  int right = 0;
  for (int d = 0; d < DIGITS; d++) {
    int best = 0;
    for (int other = 1; other < DIGITS; other++)
      if (agreement(f->digits[d], means[other]) > agreement(f->digits[d], means[best])) best = other;
    right += best == d;
  }
  return right;
}

/* Means over the fonts that were right in the round before. */
static int drop_strangers(train_fonts *fonts, train_error *error) {
  int *keep = malloc((fonts->count + 1) * sizeof *keep);
  int status = keep ? TRAIN_OK : train_fail_memory(error);
  for (size_t i = 0; i < fonts->count && !status; i++) {
    keep[i] = 1;
    status = make_thumbs(fonts, &fonts->fonts[i], error);
  }
  for (int round = 0; round < ROUNDS && !status; round++) {
    thumb means[DIGITS] = {{0}};
    for (size_t i = 0; i < fonts->count; i++)
      for (int d = 0; keep[i] && d < DIGITS; d++)
        for (int p = 0; p < THUMB * THUMB; p++) means[d][p] += fonts->fonts[i].digits[d][p];
    for (size_t i = 0; i < fonts->count; i++) keep[i] = count_right(&fonts->fonts[i], means) >= DIGITS_RIGHT;
  }
  size_t kept = 0;
  for (size_t i = 0; i < fonts->count && !status; i++) {
    font f = fonts->fonts[i];
    fonts->fonts[i] = (font){0};
    free(f.digits);
    f.digits = NULL;
    if (keep[i])
      fonts->fonts[kept++] = f;
    else
      free_font(fonts->library, &f);
  }
  if (!status) fonts->count = kept;
  free(keep);
  return status;
}

/* ---- opening ---- */

static int by_family(const void *a, const void *b) {
  const font *x = a, *y = b;
  const int order = strcmp(x->family, y->family);
  return order ? order : strcmp(x->style, y->style);
}

static int group(train_fonts *fonts, train_error *error) {
  qsort(fonts->fonts, fonts->count, sizeof *fonts->fonts, by_family);
  if (!(fonts->families = malloc((fonts->count + 1) * sizeof *fonts->families))) return train_fail_memory(error);
  for (size_t i = 0; i < fonts->count; i++)
    if (i == 0 || strcmp(fonts->fonts[i].family, fonts->fonts[i - 1].family) != 0)
      fonts->families[fonts->family_count++] = i;
  fonts->families[fonts->family_count] = fonts->count;
  return TRAIN_OK;
}

int train_fonts_open(train_fonts **out, const char *folder, train_error *error) {
  paths files = {0};
  *out = NULL;
  train_fonts *fonts = calloc(1, sizeof *fonts);
  int status = fonts ? search(&files, folder, 0, error) : train_fail_memory(error);
  if (!status && FT_Init_FreeType(&fonts->library))
    status = train_fail(error, TRAIN_ERR_INTERNAL, "FreeType cannot be started");
  if (!status && files.count) qsort(files.items, files.count, sizeof *files.items, by_name);
  for (size_t i = 0; i < files.count && !status; i++) status = add_file(fonts, files.items[i], error);
  if (!status) status = drop_strangers(fonts, error);
  if (!status && fonts->count == 0)
    status = train_fail(error, TRAIN_ERR_IO,
                        "%s: none of the %zu font files there has the ten digits; install fonts "
                        "(Debian: fonts-dejavu-core, fonts-liberation2, ...) or name another folder with --fonts",
                        folder, files.count);
  if (!status) status = group(fonts, error);
  free_paths(&files);
  if (status) train_fonts_close(&fonts);
  *out = fonts;
  return status;
}

void train_fonts_close(train_fonts **fonts) {
  if (!fonts || !*fonts) return;
  for (size_t i = 0; i < (*fonts)->count; i++) free_font((*fonts)->library, &(*fonts)->fonts[i]);
  free((*fonts)->fonts);
  free((*fonts)->families);
  FT_Done_FreeType((*fonts)->library);
  free(*fonts);
  *fonts = NULL;
}

size_t train_fonts_count(const train_fonts *fonts) {
  return fonts->count;
}

size_t train_fonts_family_count(const train_fonts *fonts) {
  return fonts->family_count;
}

const char *train_fonts_family_name(const train_fonts *fonts, size_t family) {
  return fonts->fonts[fonts->families[family]].family;
}

size_t train_fonts_family(const train_fonts *fonts, size_t family, size_t *first) {
  *first = fonts->families[family];
  return fonts->families[family + 1] - *first;
}

int train_fonts_has(const train_fonts *fonts, size_t font, char character) {
  const int index = index_of(character);
  return index >= 0 && fonts->fonts[font].outlines[index].n_points > 0;
}

/* ---- typesetting ---- */

int train_typesetter_open(train_typesetter **out, train_error *error) {
  train_typesetter *typesetter = calloc(1, sizeof *typesetter);
  *out = NULL;
  if (!typesetter) return train_fail_memory(error);
  if (FT_Init_FreeType(&typesetter->library)) {
    free(typesetter);
    return train_fail(error, TRAIN_ERR_INTERNAL, "FreeType cannot be started");
  }
  *out = typesetter;
  return TRAIN_OK;
}

void train_typesetter_close(train_typesetter **typesetter) {
  if (!typesetter || !*typesetter) return;
  FT_Done_FreeType((*typesetter)->library);
  free(*typesetter);
  *typesetter = NULL;
}

int train_typesetter_draw(train_typesetter *typesetter, const train_fonts *fonts, size_t font, char character,
                          const train_type *type, shim_image *out, train_error *error) {
  const struct font *f = &fonts->fonts[font];
  return rasterise(typesetter->library, &f->outlines[index_of(character)], f->units, type, out, error);
}
