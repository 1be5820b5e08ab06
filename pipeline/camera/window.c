/* The live picture in a window, with the readings drawn in. */
#include "opened.h"

#include "../input/input.h"
#include "../output/output.h"

static const char title[] = "glyphlift";

static int window_failed(const shim_window_table *window, glyph_error *error) {
  return glyph_error_set(error, GLYPH_ERR_MODULE, "the window cannot be shown: %s", window->error());
}

static int show_page(const shim_window_table *window, const glyph_page *page, glyph_error *error) {
  glyph_pixels drawn;
  int status = glyph_overlay_draw(page, &drawn, error);
  if (status != GLYPH_OK) return status;
  const shim_image image = {(uint8_t *)drawn.data, drawn.width, drawn.height, drawn.channels, drawn.stride};
  if (window->show(title, &image) != SHIM_OK) status = window_failed(window, error);
  glyph_pixels_free(&drawn);
  return status;
}

int glyph_camera_show(glyph_camera *c, int *key, glyph_error *error) {
  const char *why;
  int open = 1, status = GLYPH_OK;
  *key = -1;
  const shim_window_table *window = shim_module_window(&why);
  if (!window) return glyph_error_set(error, GLYPH_ERR_MODULE, "%s", why);
  if (c->has_window && window->is_open(title, &open) != SHIM_OK) return window_failed(window, error);
  if (!open) {
    *key = 'q';
    return GLYPH_OK;
  }
  if (c->live) status = show_page(window, c->live, error);
  if (status == GLYPH_OK && c->live) c->has_window = 1;
  if (status == GLYPH_OK && c->has_window && window->wait_key(1, key) != SHIM_OK) status = window_failed(window, error);
  return status;
}

void camera_close_window(glyph_camera *c) {
  if (!c->has_window) return;
  shim_module_window(NULL)->destroy(title);
  c->has_window = 0;
}
