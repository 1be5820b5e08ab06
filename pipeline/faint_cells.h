/* Faint digits in tables of one digit a cell. Internal to the pipeline. */
#ifndef GLYPHLIFT_FAINT_CELLS_H
#define GLYPHLIFT_FAINT_CELLS_H

#include "reading.h"

/* Looks for a digit in each cell of such tables that none was accepted in, and adds what it finds to the glyphs. */
int reading_fill_cells(reading *r);

#endif
