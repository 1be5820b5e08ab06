/* The strokes of a sign's text. */
#include "signs.h"

size_t train_sign_stroke(const char **text, train_point points[TRAIN_SIGN_POINTS], int *smooth) {
  const char *at = *text;
  size_t count = 0;
  *smooth = *at == '~';
  for (at += *smooth; *at && *at != ';' && count < TRAIN_SIGN_POINTS; at += 2)
    points[count++] = (train_point){(float)(at[0] - '0') / 9.0f, (float)(at[1] - '0') / 9.0f};
  *text = at + (*at == ';');
  return count;
}
