/* The crossings of traced lines. Internal to the stages: tables are made of them. */
#ifndef GLYPHLIFT_CROSSING_H
#define GLYPHLIFT_CROSSING_H

#include "stages.h"

typedef struct stage_crossing {
  size_t a, b;     /* tracks: a runs along x, b along y */
  double point[2]; /* page pixels */
  int group;       /* from 0; crossings of one group hang together by cells */
} stage_crossing;

typedef struct stage_crossings {
  stage_crossing *items;
  size_t count, capacity;
  int group_count;
} stage_crossings;

/* The crossings of all smooth tracks, without groups. */
int stage_crossings_find(const stage_tracks *tracks, stage_crossings *out);
/* Of all crossings those of tracks that cross `least` (2 or 3) others at least which do so too, and that are corners of
 * cells, in groups. Tracks with skip[i] set are left out. */
int stage_crossings_core(const stage_tracks *tracks, const stage_crossings *all, const unsigned char *skip, int least,
                         stage_crossings *out);
int stage_crossings_append(stage_crossings *list, const stage_crossing *crossing);
void stage_crossings_free(stage_crossings *crossings);

#endif
