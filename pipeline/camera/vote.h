/* What the frames of a video say together about one number. Internal to the camera. */
#ifndef GLYPHLIFT_CAMERA_VOTE_H
#define GLYPHLIFT_CAMERA_VOTE_H

#include "../glyphlift.h"

enum { VOTE_GLYPHS_MAX = 40, VOTE_CANDIDATES_MAX = 8, VOTE_LENGTHS_MAX = 3 };

typedef struct vote_place {
  struct {
    char text[sizeof((glyph_glyph *)0)->text];
    double sum; /* of log probabilities */
  } candidates[VOTE_CANDIDATES_MAX];
  int count;
  double other; /* the same sum for what the frames name no text for: no digit, or another one */
} vote_place;

/* The readings with so many glyphs. */
typedef struct vote_length {
  int length;
  double weight; /* frames, older ones counting less */
  vote_place places[VOTE_GLYPHS_MAX];
} vote_length;

typedef struct vote {
  vote_length lengths[VOTE_LENGTHS_MAX]; /* of weight 0: free */
  double time_ms;
} vote;

/* Adds a frame's reading of the number, of 1 to VOTE_GLYPHS_MAX glyphs. Times do not go back. A zeroed vote is
 * empty. */
void vote_add(vote *v, const glyph_page *page, const glyph_number *number, double time_ms);

/* The length that most frames agree on; NULL where none was added. */
const vote_length *vote_best(const vote *v);
/* Its share of all frames, 0..1. */
double vote_share(const vote *v, const vote_length *best);
/* Text, confidence and alternatives of the glyph at a place; its other fields stay as they are. */
void vote_glyph(const vote_length *best, int place, glyph_glyph *out);

#endif
