/* Weak ink that joins the parts of a stroke. Internal to the stages. */
#ifndef GLYPHLIFT_STAGE_HYSTERESIS_H
#define GLYPHLIFT_STAGE_HYSTERESIS_H

#include "stages.h"

/* Weak ink in a binary picture on which is not decided yet, beside paper (0) and ink (255). */
enum { HYSTERESIS_WEAK = 1 };

/* Below a row of the picture, level->ink must hold so many rows when its weak ink is taken off. */
enum { HYSTERESIS_REACH = 5 /* pixels: half of the widest stroke */ };

typedef struct hysteresis_place {
  int x, y;
} hysteresis_place;

typedef struct hysteresis_places {
  hysteresis_place *items;
  size_t count, capacity;
} hysteresis_places;

/* Takes the weak ink off a row of level->binary, and adds to *ridges what of it may join something. Row by row, while the
 * caller makes them: a pass of its own over a large picture would wait for memory most of the time. */
int hysteresis_take(const stage_level *level, int y, hysteresis_places *ridges);
/* Makes ink of the ridges that join parts of one digit. Leaves the components in level->parts, which is NULL, where it has
 * found them and then changed nothing. */
int hysteresis_settle(stage_level *level, const hysteresis_places *ridges);
void hysteresis_free(hysteresis_places *ridges);

#endif
