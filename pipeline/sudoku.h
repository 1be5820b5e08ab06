/* What a sudoku's rule says about its doubtful digits. Internal to the pipeline. */
#ifndef GLYPHLIFT_SUDOKU_H
#define GLYPHLIFT_SUDOKU_H

#include "judge.h"

enum { SUDOKU_PLACES = 81, SUDOKU_DIGITS = 10 };

/* Weighs the readings that stand in tables which are sudokus anew; after judge_single_cells. */
void judge_sudokus(const stage_tables *tables, const stage_glyphs *glyphs, judge_verdict *verdicts);

/* How likely each digit is at each of the 81 places of the table by what the others read, before what stands there is
 * looked at. 0 where the table is no sudoku, chances is untouched then. */
int judge_sudoku_chances(const stage_tables *tables, size_t table, const stage_glyphs *glyphs, judge_verdict *verdicts,
                         double (*chances)[SUDOKU_DIGITS]);
/* The reading of what stands at a place, with its chances in place of every digit being as likely. */
void sudoku_weigh_reading(const double chances[SUDOKU_DIGITS], glyph_glyph *reading);

#endif
