/* Digits told from drawings: what of a page's candidates is part of a drawn shape. Internal to the pipeline. */
#ifndef GLYPHLIFT_DRAWINGS_H
#define GLYPHLIFT_DRAWINGS_H

#include "reading.h"

/* Rejects accepted candidates that are drawn shapes or parts of them, after all other judgement. Pages none of whose digits
 * is large beside the others are left alone. */
int drawings_reject(reading *r, int inverted);

#endif
