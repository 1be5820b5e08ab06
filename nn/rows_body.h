/* The rows of a view, compiled for floats and for bytes. The file that includes it defines VALUE, the type, and VIEW,
 * that of the pictures. */
#include <stddef.h>

static inline VALUE *row_at(const VIEW *view, size_t picture, int y) {
  return view->data + (ptrdiff_t)picture * view->picture_stride + (ptrdiff_t)y * view->row_stride;
}

static inline size_t row_values(const VIEW *view) {
  return (size_t)view->width * (size_t)view->channels;
}

/* `border` pixels all round. */
static inline void fill_border(size_t batch, int border, VALUE value, const VIEW *view) {
  const size_t side = (size_t)border * (size_t)view->channels, row = row_values(view);
  for (size_t n = 0; n < batch; n++)
    for (int y = -border; y < view->height + border; y++) {
      VALUE *at = row_at(view, n, y) - side;
      const int is_inside = y >= 0 && y < view->height;
      const size_t left = is_inside ? side : 2 * side + row;
      for (size_t i = 0; i < left; i++) at[i] = value;
      for (size_t i = side + row; is_inside && i < 2 * side + row; i++) at[i] = value;
    }
}
