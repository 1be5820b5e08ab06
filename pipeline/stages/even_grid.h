/* Grids completed of which only a part was traced. Internal to the stages. */
#ifndef GLYPHLIFT_STAGE_EVEN_GRID_H
#define GLYPHLIFT_STAGE_EVEN_GRID_H

#include "stages.h"

/* Completes the tables that are parts of even grids of square cells: in place, with tracks of the lines that were not
 * traced, which are chosen, while what runs through the cells no longer is. */
int even_grids_complete(const stage_pyramid *pyramid, stage_rules *rules);

#endif
