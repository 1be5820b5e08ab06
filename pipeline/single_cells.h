/* Tables whose cells hold one digit each: sudokus, the boxes of forms. Internal to the pipeline. */
#ifndef GLYPHLIFT_SINGLE_CELLS_H
#define GLYPHLIFT_SINGLE_CELLS_H

#include "judge.h"

/* Sets one_a_cell of the candidates that stand in the table, 1 + its index, and in_singles of all that lie in it, where
 * its sure digits stand alone in their cells. SHIM_ERR_MEMORY is the only failure. */
int cells_mark_single(const stage_table *table, size_t number, const stage_glyphs *glyphs, judge_verdict *verdicts);

/* After judge_page: of several accepted in one cell of a table that holds one digit a cell, rejects all but the one
 * that is the surest and lies most in its cell; what reaches far into an empty cell beside it stays. SHIM_ERR_MEMORY is
 * the only failure. */
int judge_single_cells(const stage_tables *tables, const stage_glyphs *glyphs, judge_verdict *verdicts);

/* The place of the grid that the glyph's centre lies in, of that table, not that of a joined cell, whose lines may have
 * been overlooked; -1 where it lies in another or none. */
int cells_place_of(const stage_tables *tables, size_t table, const stage_glyph *glyph);

/* Where a box that shares its cell with others may stand as well: of the cells beside its own the one that it reaches
 * into by a good part of itself; -1: into none. taken: how many boxes each place of the table has. */
int cells_find_free(const stage_table *table, int place, const stage_box *box, const int *taken);

/* How much of the box, 0..1, lies in the box around a cell. */
double cells_share_inside(const stage_table *table, int place, const stage_box *box);

#endif
