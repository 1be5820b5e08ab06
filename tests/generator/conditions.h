/* Named kinds of pages: the conditions that the reader is tested under, and the sample pages of samples/pages. */
#ifndef GENERATOR_CONDITIONS_H
#define GENERATOR_CONDITIONS_H

#include "page.h"

typedef struct page_condition {
  const char *name;
  void (*apply)(page_spec *spec, random_stream *random); /* changes a spec that page_spec_init made */
  int is_blank;                                          /* nothing is written on such a page */
} page_condition;

extern const page_condition page_conditions[];
extern const size_t page_condition_count;

/* NULL where there is none of that name. */
const page_condition *page_condition_find(const char *name);
void page_condition_spec(const page_condition *condition, uint64_t seed, page_spec *spec);

typedef struct page_sample {
  const char *file; /* its name in samples/pages */
  void (*make)(page_spec *spec);
} page_sample;

extern const page_sample page_samples[];
extern const size_t page_sample_count;

#endif
