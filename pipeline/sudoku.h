/* What a sudoku's rule says about its doubtful digits. Internal to the pipeline. */
#ifndef GLYPHLIFT_SUDOKU_H
#define GLYPHLIFT_SUDOKU_H

#include "judge.h"

/* Weighs the readings that stand in tables which are sudokus anew; after judge_single_cells. */
void judge_sudokus(const stage_tables *tables, const stage_glyphs *glyphs, judge_verdict *verdicts);

#endif
