/* The comparison as a Markdown table and as CSV. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compare.h"

void train_wilson(size_t correct, size_t total, double *low, double *high) {
  const double z = 1.959964, n = (double)total, p = (double)correct / n, square = z * z;
  const double middle = (p + square / (2.0 * n)) / (1.0 + square / n);
  const double half = z / (1.0 + square / n) * sqrt(p * (1.0 - p) / n + square / (4.0 * n * n));
  *low = fmax(0.0, middle - half);
  *high = fmin(1.0, middle + half);
}

double train_row_corrupted_mean(const train_row *row) {
  double sum = 0.0;
  for (int c = 0; c < TRAIN_CORRUPTIONS; c++) sum += row->corrupted[c];
  return sum / TRAIN_CORRUPTIONS;
}

/* The processor's name as Linux tells it, without what follows a line break. */
static void read_processor(char *name, size_t size) {
  char line[256];
  FILE *file = fopen("/proc/cpuinfo", "r");
  snprintf(name, size, "a processor of unknown name");
  while (file && fgets(line, sizeof line, file)) {
    const char *colon = strchr(line, ':');
    if (strncmp(line, "model name", 10) != 0 || !colon) continue;
    snprintf(name, size, "%s", colon + 2);
    name[strcspn(name, "\n")] = '\0';
    break;
  }
  if (file) fclose(file);
}

/* "16 bytes", "9.5 KB", "1.2 MB" */
static void print_bytes(FILE *file, size_t bytes) {
  if (bytes < 1000)
    fprintf(file, "%zu bytes", bytes);
  else if (bytes < 1000000)
    fprintf(file, "%.1f KB", (double)bytes / 1e3);
  else
    fprintf(file, "%.1f MB", (double)bytes / 1e6);
}

static void print_seconds(FILE *file, double seconds) {
  if (seconds < 90.0)
    fprintf(file, "%.1f s", seconds);
  else
    fprintf(file, "%.1f min", seconds / 60.0);
}

/* The mean, and each of them. */
static int count_corrupted_columns(const train_table *t) {
  return t->compare->problem->corruptions ? t->compare->problem->corruptions + 1 : 0;
}

static void print_head(FILE *file, const train_table *t) {
  char processor[128];
  read_processor(processor, sizeof processor);
  fprintf(file,
          "%s%zu training pictures, %zu test pictures.%s Training with %d thread%s, prediction with one, on %s (%ld "
          "cores).\n\n",
          t->compare->quick ? "A quick comparison on a small part of the data: its figures say that all works, not how "
                              "good the models are.\n\n"
                            : "",
          t->compare->training->count, t->compare->test->count, t->compare->problem->note, t->compare->threads,
          t->compare->threads == 1 ? "" : "s", processor, sysconf(_SC_NPROCESSORS_ONLN));
  const int corruptions = t->compare->problem->corruptions;
  fputs("| model | test accuracy, % | 95 % interval |", file);
  if (corruptions) fputs(" corrupted, mean |", file);
  for (int c = 0; c < corruptions; c++) fprintf(file, " %s |", train_corruption_describe((train_corruption)c)->name);
  fprintf(file, " parameters | size | training | prediction, us a %s |\n|---|---|---|", t->compare->problem->item);
  for (int c = 0; c < count_corrupted_columns(t); c++) fputs("---|", file);
  fputs("---|---|---|---|\n", file);
}

static void print_row(FILE *file, const train_table *t, size_t i) {
  const train_row *row = &t->rows[i];
  double low, high;
  train_wilson(row->correct, row->images, &low, &high);
  fprintf(file, "| %s | %.2f | %.2f to %.2f |", t->families[i]->title,
          100.0 * (double)row->correct / (double)row->images, 100.0 * low, 100.0 * high);
  if (t->compare->problem->corruptions) fprintf(file, " %.1f |", 100.0 * train_row_corrupted_mean(row));
  for (int c = 0; c < t->compare->problem->corruptions; c++) fprintf(file, " %.1f |", 100.0 * row->corrupted[c]);
  if (row->parameters)
    fprintf(file, " %zu | ", row->parameters);
  else
    fputs(" | ", file); /* of trees of a library that does not count them */
  print_bytes(file, row->bytes);
  fputs(" | ", file);
  print_seconds(file, row->training_seconds);
  fprintf(file, " | %.1f |\n", row->prediction_microseconds);
}

/* A row without figures, with the reason. */
static void print_absent(FILE *file, const train_table *t, const train_family *family) {
  const char *why = family->missing ? family->missing() : NULL;
  fprintf(file, "| %s | %s |", family->title, why ? "not built in" : "not measured");
  for (int c = 0; c < count_corrupted_columns(t) + 5; c++) fputs(" |", file);
  fputc('\n', file);
}

static void print_notes(FILE *file, const train_table *t) {
  fputs(
      "\nSettings, chosen on training pictures held out for that, never on test pictures (in brackets the time of the "
      "choice):\n\n",
      file);
  for (size_t i = 0; i < t->count; i++) {
    if (!t->measured[i]) continue;
    fprintf(file, "- %s: %s", t->families[i]->title, t->rows[i].settings);
    if (t->rows[i].choosing_seconds > 0.0) {
      fputs(" (", file);
      print_seconds(file, t->rows[i].choosing_seconds);
      fputc(')', file);
    }
    fprintf(file, ". `glyphlift-train compare%s --data DIR%s --only %s`\n", t->compare->problem->option,
            t->compare->quick ? " --quick" : "", t->families[i]->name);
  }
  const int corruptions = t->compare->problem->corruptions;
  if (corruptions)
    fputs(
        "\nCorruptions of the test pictures, one severity each, unknown to the classic models; the networks' training "
        "distorts pictures by smaller turns, shifts and changes of stroke:\n\n",
        file);
  for (int c = 0; c < corruptions; c++) {
    const train_corruption_info *info = train_corruption_describe((train_corruption)c);
    fprintf(file, "- %s: %s\n", info->name, info->description);
  }
  fputs("\nPrediction times are processor time of one thread on the whole test set, features included.\n", file);
}

static void print_markdown(FILE *file, const train_table *t) {
  print_head(file, t);
  for (size_t i = 0; i < t->count; i++)
    if (t->measured[i])
      print_row(file, t, i);
    else
      print_absent(file, t, t->families[i]);
  print_notes(file, t);
}

static void print_csv(FILE *file, const train_table *t) {
  const int corruptions = t->compare->problem->corruptions;
  fputs("name,model,images,correct,accuracy,low,high", file);
  if (corruptions) fputs(",corrupted_mean", file);
  for (int c = 0; c < corruptions; c++) fprintf(file, ",%s", train_corruption_describe((train_corruption)c)->name);
  fputs(",parameters,bytes,training_seconds,choosing_seconds,prediction_microseconds,settings\n", file);
  for (size_t i = 0; i < t->count; i++) {
    const train_row *row = &t->rows[i];
    double low, high;
    if (!t->measured[i]) continue;
    train_wilson(row->correct, row->images, &low, &high);
    fprintf(file, "%s,\"%s\",%zu,%zu,%.6f,%.6f,%.6f", t->families[i]->name, t->families[i]->title, row->images,
            row->correct, (double)row->correct / (double)row->images, low, high);
    if (corruptions) fprintf(file, ",%.6f", train_row_corrupted_mean(row));
    for (int c = 0; c < corruptions; c++) fprintf(file, ",%.6f", row->corrupted[c]);
    fprintf(file, ",%zu,%zu,%.3f,%.3f,%.3f,\"", row->parameters, row->bytes, row->training_seconds,
            row->choosing_seconds, row->prediction_microseconds);
    for (const char *p = row->settings; *p; p++) fputs(*p == '"' ? "\"\"" : (const char[]){*p, '\0'}, file);
    fputs("\"\n", file);
  }
}

static int write_with(const train_table *table, const char *folder, const char *name,
                      void (*print)(FILE *, const train_table *), train_error *error) {
  char path[TRAIN_PATH_SIZE], *text = NULL;
  size_t size;
  int status = train_compare_path(path, folder, name, "", error);
  if (status) return status;
  FILE *file = open_memstream(&text, &size);
  if (file) print(file, table);
  const int failed = !file || ferror(file);
  if ((file && fclose(file)) || failed)
    status = train_fail_memory(error);
  else
    status = train_compare_write(path, text, size, error);
  free(text);
  return status;
}

int train_report_write(const train_table *table, const char *folder, train_error *error) {
  int status = write_with(table, folder, "comparison.md", print_markdown, error);
  if (!status) status = write_with(table, folder, "comparison.csv", print_csv, error);
  if (!status) status = write_with(table, folder, "comparison.svg", train_plot_print, error);
  return status;
}
