/* FILE:PAGES names pages of a file: 3, 3-7, 3- (to the last), -7 (from the first), and several of these with commas. A
 * file that is really called so wins. A range that goes beyond the last page gives those that are there and one
 * failure. */
#include "inputs.h"

#include "message.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PAGE_DIGITS_MAX = 9 };

/* ---- ranges -------------------------------------------------------------------------------------------------------- */

/* Reads digits at *text; -1: there are none, or too many. */
static int read_page_number(const char **text) {
  const size_t digits = strspn(*text, "0123456789");
  if (digits < 1 || digits > PAGE_DIGITS_MAX) return -1;
  const int number = atoi(*text);
  *text += digits;
  return number;
}

/* The first part of `range`, as first and last page; the rest of it, NULL where nothing is left, goes to *rest. -1: it
 * is no range. */
static int read_part(const char *range, int *first, int *last, const char **rest) {
  *first = 1;
  if (*range != '-' && (*first = read_page_number(&range)) < 0) return -1;
  *last = *first;
  if (*range == '-') {
    range++;
    *last = INT_MAX;
    if (*range && *range != ',' && (*last = read_page_number(&range)) < 0) return -1;
  }
  *rest = *range == ',' ? range + 1 : NULL;
  return *first < 1 || *last < *first || (*range && *range != ',') ? -1 : 0;
}

static int is_range(const char *range) {
  int first, last;
  do
    if (read_part(range, &first, &last, &range)) return 0;
  while (range);
  return 1;
}

/* Cuts the pages off `file`, where it is not the name of a file itself. */
static int split(const options *options, char *file, const char **range) {
  char *colon = strrchr(file, ':');
  *range = NULL;
  if (!colon || colon == file || !colon[1] || colon[1 + strspn(colon + 1, "0123456789,-")] || !access(file, F_OK))
    return EXIT_GOOD;
  if (!is_range(colon + 1))
    return options_usage_error(options, "pages are named as in scan.pdf:3, scan.pdf:3-7 or scan.pdf:1,3-, not as in",
                               file);
  *colon = '\0';
  *range = colon + 1;
  return EXIT_GOOD;
}

int inputs_open(inputs *inputs, const options *options) {
  *inputs = (struct inputs){.options = options, .left = options->file_count};
  inputs->ranges = calloc((size_t)options->file_count, sizeof *inputs->ranges);
  if (!inputs->ranges) {
    complain("out of memory");
    return EXIT_ENVIRONMENT;
  }
  pthread_mutex_init(&inputs->lock, NULL);
  int status = EXIT_GOOD;
  for (int i = 0; status == EXIT_GOOD && i < options->file_count; i++)
    status = split(options, options->files[i], &inputs->ranges[i]);
  if (status) inputs_close(inputs);
  return status;
}

/* ---- pages --------------------------------------------------------------------------------------------------------- */

static void let_go(inputs *inputs, input_file *file) {
  pthread_mutex_lock(&inputs->lock);
  const int users = --file->users;
  pthread_mutex_unlock(&inputs->lock);
  if (users) return;
  glyph_document_close(&file->document);
  free(file);
}

void inputs_close(inputs *inputs) {
  if (!inputs->ranges) return;
  if (inputs->current) let_go(inputs, inputs->current);
  pthread_mutex_destroy(&inputs->lock);
  free(inputs->ranges);
  inputs->ranges = NULL;
}

static void next_part(inputs *inputs) {
  read_part(inputs->range, &inputs->number, &inputs->last, &inputs->range);
  const int count = glyph_document_page_count(inputs->current->document);
  /* The page beyond the last one is asked for, so that it is told; a range without an end ends there. */
  if (inputs->last == INT_MAX) inputs->last = inputs->number > count ? inputs->number : count;
  if (inputs->last > count) inputs->last = inputs->number > count ? inputs->number : count + 1;
  inputs->left += inputs->last - inputs->number + 1;
}

/* Opens the next file, and keeps it for its pages. */
static int open_next(inputs *inputs, input_page *page) {
  const int index = inputs->next_file++;
  inputs->left--;
  *page = (input_page){.index = index, .number = 1};
  input_file *file = calloc(1, sizeof *file);
  if (!file) {
    page->error.status = GLYPH_ERR_MEMORY;
    snprintf(page->error.message, sizeof page->error.message, "%s: out of memory", inputs->options->files[index]);
    return -1;
  }
  if (glyph_document_open(&file->document, inputs->options->files[index], &page->error)) {
    free(file);
    return -1;
  }
  file->users = 1;
  inputs->current = file;
  inputs->range = inputs->ranges[index] ? inputs->ranges[index] : "-";
  next_part(inputs);
  return 0;
}

/* One drawing is made of one page. */
static int is_one_too_many(const inputs *inputs, input_page *page) {
  if (inputs->options->format != FORMAT_SVG) return 0;
  const int count = glyph_document_page_count(inputs->current->document);
  if (count == 1 || (inputs->ranges[page->index] && inputs->number == inputs->last && !inputs->range)) return 0;
  const char *file = inputs->options->files[page->index];
  page->error.status = GLYPH_ERR_ARGUMENT;
  snprintf(page->error.message, sizeof page->error.message,
           "%s: has %d pages, and svg is a drawing of one: name it as in %s:2", file, count, file);
  return 1;
}

static void drop_current(inputs *inputs) {
  let_go(inputs, inputs->current);
  inputs->current = NULL;
}

int inputs_next(inputs *inputs, input_page *page) {
  if (!inputs->current) {
    if (inputs->next_file == inputs->options->file_count) return 0;
    if (open_next(inputs, page)) return 1;
  }
  *page = (input_page){.index = inputs->next_file - 1, .number = inputs->number};
  if (is_one_too_many(inputs, page)) {
    drop_current(inputs);
    return 1;
  }
  page->file = inputs->current;
  pthread_mutex_lock(&inputs->lock);
  inputs->current->users++;
  pthread_mutex_unlock(&inputs->lock);
  inputs->left--;
  if (inputs->number++ < inputs->last) return 1;
  if (inputs->range)
    next_part(inputs);
  else
    drop_current(inputs);
  return 1;
}

void inputs_release(inputs *inputs, input_page *page) {
  if (page->file) let_go(inputs, page->file);
  page->file = NULL;
}
