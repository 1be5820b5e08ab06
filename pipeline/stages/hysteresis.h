/* Weak ink that joins the parts of a stroke. Internal to the stages. */
#ifndef GLYPHLIFT_STAGE_HYSTERESIS_H
#define GLYPHLIFT_STAGE_HYSTERESIS_H

#include "stages.h"

/* Weak ink in a binary picture on which is not decided yet, beside paper (0) and ink (255). */
enum { HYSTERESIS_WEAK = 1 };

/* Makes ink of the weak ink in level->binary that joins parts of one digit, and paper of the rest. Leaves the components
 * in level->parts, which is NULL, where it has found them and then changed nothing. */
int hysteresis_settle(stage_level *level);

#endif
