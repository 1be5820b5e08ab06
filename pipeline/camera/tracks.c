/* Tracks: each number in sight is one, moved along with the sheet (motion.c), read again in every frame (vote.c), and
 * told once it has read the same for a while. Between "steady" and "gone" lies a hysteresis: a number that is blurred,
 * covered or misread for a moment is the same number afterwards and is not told again; one that reads differently for
 * longer than a new one would need has changed, and is.
 *
 * What may go on beyond the picture's side is not counted, because half a number reads as well as a whole one. It fails
 * where a sheet is swapped for one with the same number in the same place within gone_ms: that is one number. */
#include "tracks.h"

#include "motion.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
  TRACKS_MAX = 400,
  STEADY_FRAMES = 4,
  MISSED_MIN = 3 /* before it is gone, where frames are rare */,
  TEXT_MAX = VOTE_GLYPHS_MAX * 4
};
static const double unsteady_gone_ms = 500; /* a number that was never told is forgotten so soon */
static const double covered_ms = 700;       /* so long a told number keeps its place to itself */
static const double seen_min = 0.5;         /* of the frames since it reads as it does */
static const double share_min = 0.6;        /* of the frames that agree on its length */
static const double change_patience = 2.5;  /* a told number must read otherwise so much longer */
static const double same_place = 0.45,
                    near_place = 1.1; /* distances, in heights, of a number of any text and of a like one */
static const double like_min = 0.3;
static const double size_ratio_max = 1.6;
static const double border_height = 1, border_share = 0.08; /* of the number's height, and most of the picture's side */

typedef struct track {
  vote vote;
  char text[TEXT_MAX];      /* as the vote has it now */
  char told[TEXT_MAX];      /* as it was told last; empty: not yet */
  double x, y;              /* centre in the last frame, moved on since by the sheet's motion */
  double width, height;     /* of its box */
  double size;              /* height of its digits */
  double since_ms, seen_ms; /* since when it reads `text`, and when it was seen last */
  int frames, frames_seen;  /* since since_ms */
  int missed;               /* frames since it was seen */
  int number;               /* in the frame in hand; -1: not seen */
} track;

struct tracks {
  tracks_settings settings;
  track *items[TRACKS_MAX];
  size_t count;
};

/* A number of the frame in hand. */
typedef struct sight {
  const glyph_number *number;
  double x, y, size;
  int counts; /* it is whole, and what is expected */
  int track;  /* -1: none yet */
} sight;

tracks *tracks_open(const tracks_settings *settings) {
  tracks *t = calloc(1, sizeof *t);
  if (t) t->settings = *settings;
  return t;
}

void tracks_close(tracks **t) {
  if (!t || !*t) return;
  for (size_t i = 0; i < (*t)->count; i++) free((*t)->items[i]);
  free(*t);
  *t = NULL;
}

/* ---- the frame's numbers ------------------------------------------------------------------------------------------ */

/* Whether more of it may lie beyond the picture: at its two ends a digit, at its top and foot what is cut off. */
static int is_whole(const glyph_page *page, const glyph_number *number, double height) {
  const double shorter = page->width < page->height ? page->width : page->height;
  const double end = fmin(border_height * height, border_share * shorter), edge = fmin(2, end);
  const int is_level = fabs(number->quad[1][0] - number->quad[0][0]) >= fabs(number->quad[1][1] - number->quad[0][1]);
  const double across = is_level ? end : edge, down = is_level ? edge : end;
  const glyph_box *b = &number->box;
  return b->x >= across && b->x + b->width <= page->width - across && b->y >= down &&
         b->y + b->height <= page->height - down;
}

static sight see(const glyph_page *page, const glyph_number *number) {
  sight s = {.number = number, .track = -1};
  s.x = number->box.x + number->box.width / 2.0;
  s.y = number->box.y + number->box.height / 2.0;
  s.size = fmax(hypot(number->quad[3][0] - number->quad[0][0], number->quad[3][1] - number->quad[0][1]), 1);
  s.counts = number->glyph_count > 0 && number->glyph_count <= VOTE_GLYPHS_MAX && !number->unexpected &&
             is_whole(page, number, s.size);
  return s;
}

/* ---- from frame to frame ------------------------------------------------------------------------------------------ */

static void follow_motion(tracks *t, const sight *sights, size_t count) {
  motion_item before[TRACKS_MAX], now[TRACKS_MAX];
  motion m;
  for (size_t i = 0; i < t->count; i++)
    before[i] = (motion_item){t->items[i]->text, t->items[i]->x, t->items[i]->y, t->items[i]->size};
  for (size_t i = 0; i < count; i++)
    now[i] = (motion_item){sights[i].number->text, sights[i].x, sights[i].y, sights[i].size};
  motion_find(before, t->count, now, count, &m);
  for (size_t i = 0; i < t->count; i++) motion_apply(&m, &t->items[i]->x, &t->items[i]->y);
}

/* How well a number of the frame goes on a track: 0 not at all, up to 1. */
static double match(const track *track, const sight *s) {
  const double height = fmax(track->size, s->size), lower = fmin(track->size, s->size);
  const double distance = hypot(s->x - track->x, s->y - track->y) / height;
  if (height > size_ratio_max * lower || distance >= near_place) return 0;
  const double likeness = motion_text_likeness(track->text, s->number->text);
  if (distance >= same_place && likeness < like_min) return 0;
  return 0.5 * (1 - distance / near_place) + 0.5 * likeness;
}

/* The best pairs first. */
static void assign(tracks *t, sight *sights, size_t count) {
  for (;;) {
    double best = 0;
    size_t best_track = 0, best_sight = 0;
    for (size_t i = 0; i < t->count; i++) {
      if (t->items[i]->number >= 0) continue;
      for (size_t j = 0; j < count; j++) {
        const double score = sights[j].track < 0 ? match(t->items[i], &sights[j]) : 0;
        if (score > best) best = score, best_track = i, best_sight = j;
      }
    }
    if (best <= 0) return;
    t->items[best_track]->number = (int)best_sight;
    sights[best_sight].track = (int)best_track;
  }
}

/* Without memory, or with too many of them already, the number is not followed. */
static void begin(tracks *t, sight *s, size_t index, double time_ms) {
  if (t->count == TRACKS_MAX) return;
  track *item = calloc(1, sizeof *item);
  if (!item) return;
  item->vote.time_ms = item->since_ms = time_ms;
  item->number = (int)index;
  s->track = (int)t->count;
  t->items[t->count++] = item;
}

/* ---- one track ---------------------------------------------------------------------------------------------------- */

static void spell(const tracks *t, const vote_length *voted, char text[TEXT_MAX], double *least) {
  size_t used = 0;
  *least = 1;
  for (int i = 0; i < voted->length; i++) {
    glyph_glyph glyph;
    vote_glyph(voted, i, &glyph);
    const char *shown = glyph.confidence < t->settings.min_confidence ? "?" : glyph.text;
    const size_t length = strlen(shown);
    if (used + length >= TEXT_MAX) break;
    memcpy(text + used, shown, length);
    used += length;
    *least = fmin(*least, glyph.confidence);
  }
  text[used] = '\0';
}

/* Takes the frame's reading in. *least is the confidence of its most doubtful glyph. */
static void read_track(const tracks *t, track *item, const sight *s, const glyph_page *page, double time_ms,
                       double *least) {
  char text[TEXT_MAX];
  vote_add(&item->vote, page, s->number, time_ms);
  spell(t, vote_best(&item->vote), text, least);
  if (strcmp(text, item->text)) {
    strcpy(item->text, text);
    item->since_ms = time_ms;
    item->frames = item->frames_seen = 1;
  }
  item->x = s->x, item->y = s->y;
  item->width = s->number->box.width, item->height = s->number->box.height;
  item->size = s->size;
  item->seen_ms = time_ms;
}

/* Whether their boxes share a part of at least a fifth, in the direction in which they lie further apart. */
static int overlap(const track *a, const track *b) {
  return fabs(a->x - b->x) < 0.4 * (a->width + b->width) && fabs(a->y - b->y) < 0.4 * (a->height + b->height);
}

/* A told number that was just in sight stands there: what is read in its place now is a part of it, or a smear. */
static int is_covered(const tracks *t, const track *item, double time_ms) {
  for (size_t i = 0; i < t->count; i++) {
    const track *other = t->items[i];
    if (other != item && *other->told && time_ms - other->seen_ms <= covered_ms && overlap(other, item)) return 1;
  }
  return 0;
}

static int has_become_steady(const tracks *t, const track *item, const vote_length *voted, double least,
                             double time_ms) {
  const double patience = *item->told ? change_patience : 1;
  if (!strcmp(item->text, item->told) || least < t->settings.confidence) return 0;
  if (item->frames_seen < STEADY_FRAMES * patience || item->frames_seen < seen_min * item->frames) return 0;
  if (time_ms - item->since_ms < t->settings.steady_ms * patience) return 0;
  if (vote_share(&item->vote, voted) < share_min || strspn(item->text, "?") == strlen(item->text)) return 0;
  return !is_covered(t, item, time_ms);
}

/* A number told in the place of others that are no longer in sight takes their place. */
static void displace(tracks *t, const track *item) {
  for (size_t i = 0; i < t->count; i++) {
    track *other = t->items[i];
    if (other != item && other->number < 0 && overlap(other, item)) {
      other->seen_ms = -INFINITY;
      other->missed = MISSED_MIN;
    }
  }
}

static void forget_gone(tracks *t, double time_ms) {
  size_t kept = 0;
  for (size_t i = 0; i < t->count; i++) {
    track *item = t->items[i];
    const double gone_ms = *item->told ? t->settings.gone_ms : unsteady_gone_ms;
    if (time_ms - item->seen_ms < gone_ms || item->missed < MISSED_MIN)
      t->items[kept++] = item;
    else
      free(item);
  }
  t->count = kept;
}

static void update_track(tracks *t, track *item, const sight *s, const glyph_page *page, double time_ms,
                         tracks_reading *reading) {
  double least;
  item->missed = 0;
  if (!s->counts) {
    item->x = s->x, item->y = s->y;
    if (*item->told) item->seen_ms = time_ms; /* at the border: still there */
    return;
  }
  item->frames_seen++;
  read_track(t, item, s, page, time_ms, &least);
  const vote_length *voted = vote_best(&item->vote);
  if (voted->length != (int)s->number->glyph_count) return;
  reading->voted = voted;
  reading->share = vote_share(&item->vote, voted);
  reading->is_steady = has_become_steady(t, item, voted, least, time_ms);
  if (reading->is_steady) {
    strcpy(item->told, item->text);
    displace(t, item);
  }
  reading->is_told = !strcmp(item->told, item->text);
}

void tracks_update(tracks *t, const glyph_page *page, double time_ms, tracks_reading *readings) {
  sight sights[TRACKS_MAX];
  const size_t count = page->number_count < TRACKS_MAX ? page->number_count : TRACKS_MAX;
  for (size_t i = 0; i < page->number_count; i++) readings[i] = (tracks_reading){0};
  for (size_t i = 0; i < count; i++) sights[i] = see(page, &page->numbers[i]);
  forget_gone(t, time_ms);
  follow_motion(t, sights, count);
  for (size_t i = 0; i < t->count; i++) {
    t->items[i]->number = -1;
    t->items[i]->frames++;
    t->items[i]->missed++;
  }
  assign(t, sights, count);
  for (size_t j = 0; j < count; j++) {
    if (sights[j].track < 0 && sights[j].counts) begin(t, &sights[j], j, time_ms);
    if (sights[j].track >= 0) update_track(t, t->items[sights[j].track], &sights[j], page, time_ms, &readings[j]);
  }
}
