/* What can be compared: the rows of each table, in its order. */
#include "../finish.h"
#include "../shape_classes.h"
#include "compare.h"

static const train_family *const digit_families[] = {
    &train_family_logistic, &train_family_nearest,    &train_family_forest_pixels, &train_family_forest_hog,
    &train_family_boosted,  &train_family_svm_pixels, &train_family_svm_hog,       &train_family_perceptron,
    &train_family_lenet,    &train_family_shipped,    &train_family_large,         &train_family_ensemble,
};

const train_problem train_problem_digits = {.title = "Handwritten digits",
                                            .item = "digit",
                                            .option = "",
                                            .note = "",
                                            .class_names = train_class_names,
                                            .classes = TRAIN_DIGITS,
                                            .corruptions = TRAIN_CORRUPTIONS,
                                            .families = digit_families,
                                            .family_count = sizeof digit_families / sizeof *digit_families};

static const train_family *const shape_families[] = {
    &train_family_rules,         &train_family_fits,        &train_family_svm_hu,      &train_family_svm_shape_hog,
    &train_family_shape_network, &train_family_shape_pages, &train_family_combination,
};

const train_problem train_problem_shapes = {
    .title = "Hand-drawn shapes",
    .item = "drawing",
    .option = " --shapes",
    .note =
        " Four classes: ellipse, rectangle, triangle and other. The test pictures are by people of whom no training "
        "picture is; settings were chosen on drawings by training people who were held out for that. Training "
        "pictures are drawn by chance from all that there are; the network, which is taken as it is, has learned "
        "from all.",
    .class_names = train_people_names,
    .classes = TRAIN_PEOPLE_CLASSES,
    .families = shape_families,
    .family_count = sizeof shape_families / sizeof *shape_families};
