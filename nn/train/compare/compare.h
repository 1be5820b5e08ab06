/* The comparison of classifiers: one table row a model, all trained and measured on the same pictures, of digits or of
 * drawn shapes. */
#ifndef GLYPHLIFT_TRAIN_COMPARE_H
#define GLYPHLIFT_TRAIN_COMPARE_H

#include <jansson.h>
#include <stdio.h>

#include "../../nn.h"
#include "../dataset.h"
#include "../extras.h"
#include "../paths.h"
#include "../trainer.h"
#include "corruption.h"

enum { TRAIN_SETTINGS_SIZE = 256, TRAIN_COMPARED_CLASSES_MOST = 16 };

/* What became of a model. */
typedef struct train_row {
  char settings[TRAIN_SETTINGS_SIZE];  /* what was chosen, and how it was trained; for people */
  size_t images, correct;              /* of the test set as it is */
  double corrupted[TRAIN_CORRUPTIONS]; /* accuracies */
  size_t parameters;                   /* numbers that were learned or kept; 0: not known */
  size_t bytes;                        /* that the model takes */
  double training_seconds;             /* by the wall clock, without the choice of settings; 0 until it is known */
  double choosing_seconds;
  double prediction_microseconds; /* a picture, of one thread's processor time */
} train_row;

typedef struct train_family train_family;

/* What is to be told apart, and by which kinds of models. */
typedef struct train_problem {
  const char *title;  /* of the plot */
  const char *item;   /* what a picture shows */
  const char *option; /* of the command, with a blank before it */
  const char *note;   /* on the pictures; a sentence with a blank before it */
  const char *const *class_names;
  int classes;                         /* at most TRAIN_COMPARED_CLASSES_MOST */
  int corruptions;                     /* the first so many are measured */
  const train_family *const *families; /* the rows in the table's order */
  size_t family_count;
} train_problem;

extern const train_problem train_problem_digits, train_problem_shapes;

/* What all models are trained with. */
typedef struct train_compare {
  const train_problem *problem;
  const train_dataset *training, *test;
  size_t held; /* of the training pictures, the last so many are there to judge settings; 0: as each family has it */
  const char *work; /* folder for checkpoints and model files */
  const char
      *shipped; /* NULL: trained like the others; "digits" (the built-in model) or a model file: taken as it is */
  int quick;
  int epochs; /* of the networks; 0: as the recipe has it */
  int threads;
  int quiet;
} train_compare;

/* A kind of model. What train makes in *model belongs to close. */
struct train_family {
  const char *name;  /* of --only and of files */
  const char *title; /* in the table */
  int variant;       /* the family's own: which features, which architecture */
  size_t fitting;    /* training pictures that settings are tried with; 0: as its kind of model has it */
  /* Roughly all of a row on two cores, from which the time left is guessed. Networks: an epoch of it. */
  double full_seconds, quick_seconds;
  /* NULL where the model can be had; otherwise the sentence that says what is missing. NULL: always. */
  const char *(*missing)(void);
  /* What the row depends on beside the pictures (a new reference; NULL without memory). NULL: nothing. */
  json_t *(*recipe)(const train_compare *compare, const train_family *family);
  /* Fills what row says of the training. */
  int (*train)(void **model, const train_compare *compare, const train_family *family, train_row *row,
               train_error *error);
  /* scores: count x the problem's classes; the largest is the answer. Runs in the calling thread, but for what OpenBLAS
   * does. */
  int (*predict)(void *model, const uint8_t *pixels, size_t count, float *scores, train_error *error);
  void (*close)(void **model);
  int epochs;       /* 1: a network, trained for compare's epochs */
  int made_of_rows; /* 1: of other rows' models, so always measured anew */
};

/* The families, one file each. */
extern const train_family train_family_nearest, train_family_logistic, train_family_svm_pixels, train_family_svm_hog,
    train_family_forest_pixels, train_family_forest_hog, train_family_boosted, train_family_perceptron,
    train_family_lenet, train_family_shipped, train_family_large, train_family_ensemble, train_family_rules,
    train_family_fits, train_family_svm_hu, train_family_svm_shape_hog, train_family_shape_network,
    train_family_shape_pages, train_family_combination;

/* ---- for the families ---- */

/* Says something on stderr, unless it is to be quiet. */
void train_compare_say(const train_compare *compare, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The accuracy on held-out training pictures with setting number `setting`; `text` (TRAIN_SETTINGS_SIZE) gets its
 * name. */
typedef int train_trial(void *user, size_t setting, char *text, double *accuracy, train_error *error);

/* Tries settings 0 .. count - 1. *best gets the most accurate one's number, the first of equals; row its name and the
 * time. Between two trials an interruption is looked for. */
int train_compare_choose(const train_compare *compare, const train_family *family, size_t count, train_trial *trial,
                         void *user, train_row *row, size_t *best, train_error *error);

/* Fits a model with setting number `setting`; `text` as above. On failure there is none. */
typedef int train_fitting(void *user, size_t setting, char *text, void **model, train_error *error);

/* The same for models that the family's predict has judged on `held`, and that are closed then. */
int train_compare_choose_fit(const train_compare *compare, const train_family *family, const train_dataset *held,
                             size_t count, train_fitting *fit, void *user, train_row *row, size_t *best,
                             train_error *error);

/* The part of the training pictures that settings are tried on: the last `held` judge, those before them teach. The
 * numbers are lowered to what there is, at most a fifth to judge; where compare->held says who judges, `held` does not
 * count. Views; nothing to free. */
typedef struct train_split {
  train_dataset fitting, held;
} train_split;
train_split train_compare_split(const train_compare *compare, size_t fitting, size_t held);

/* train_family's `missing` of what OpenCV's ml trains. */
const char *train_compare_missing_ml(void);

/* The share of right answers. */
double train_compare_accuracy(const float *scores, const uint8_t *labels, size_t count, int classes);

/* folder/name and suffix. */
int train_compare_path(char path[TRAIN_PATH_SIZE], const char *folder, const char *name, const char *suffix,
                       train_error *error);
/* The file appears whole or not at all. */
int train_compare_write(const char *path, const char *text, size_t size, train_error *error);

/* A finished network's row and the path of its model file, for the ensemble. */
int train_network_file(const train_compare *compare, const char *name, char path[TRAIN_PATH_SIZE], train_row *row,
                       train_error *error);
/* A model file, opened for predictions among the problem's classes. */
int train_network_open_file(void **model, const char *path, const train_problem *problem, train_error *error);
void train_network_close_file(void **model);
int train_network_predict(void *model, const uint8_t *pixels, size_t count, float *scores, train_error *error);
const nn_model_info *train_network_info(const void *model);
/* The probabilities of the model's own classes, count x train_network_info's classes. */
int train_network_classify(void *model, const uint8_t *pixels, size_t count, float *probabilities, train_error *error);
/* What the model file's record says of its training goes to the row. */
void train_network_describe(const void *model, const char *path, train_row *row);
/* Numbers and bytes go to the row. */
void train_network_measure(const void *model, train_row *row);
/* Of all networks: compare->epochs, or what the recipe says. */
int train_network_epochs(const train_compare *compare);

/* ---- for the command ---- */

/* People's drawings as they are, in an order of chance, at most so many of each part. Of the training people every
 * fifth judges settings: their drawings are the last *held. On failure both sets are zeroed. */
int train_compare_read_drawings(const char *folder, size_t most_training, size_t most_test, train_dataset *training,
                                train_dataset *test, size_t *held, train_error *error);

/* Trains and measures one row. */
int train_compare_run(const train_compare *compare, const train_family *family, train_row *row, train_error *error);

/* Rows are kept in the work folder as NAME.json, with a key: what a row depends on. */
int train_row_write(const train_compare *compare, const train_family *family, const train_row *row, train_error *error);
/* *found 0: there is none. One of another key is an error. */
int train_row_read(const train_compare *compare, const train_family *family, train_row *row, int *found,
                   train_error *error);

/* A table of rows for reports; rows[i] belongs to families[i] where measured[i]. */
typedef struct train_table {
  const train_compare *compare;
  const train_family *const *families;
  const train_row *rows;
  const int *measured;
  size_t count;
} train_table;

/* 95 % interval of a proportion by Wilson's score. total > 0. */
void train_wilson(size_t correct, size_t total, double *low, double *high);
double train_row_corrupted_mean(const train_row *row);

/* Writes comparison.md, comparison.csv and comparison.svg into a folder. */
int train_report_write(const train_table *table, const char *folder, train_error *error);
/* The SVG. Writing errors stay with the file. */
void train_plot_print(FILE *file, const train_table *table);

#endif
