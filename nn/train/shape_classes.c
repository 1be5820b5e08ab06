/* The shapes network's classes, and what people's labels say of them. */
#include "shape_classes.h"

enum class { ELLIPSE, RECTANGLE, TRIANGLE, PENTAGON, HEXAGON, STAR, HEART, CROSS, ARROW, LINE, OTHER };

#define BIT(c) ((uint32_t)1 << (c))
#define NAMED (BIT(ELLIPSE) | BIT(RECTANGLE) | BIT(TRIANGLE))

const char *const train_shape_class_names[TRAIN_SHAPE_CLASSES] = {
    [ELLIPSE] = "ellipse", [RECTANGLE] = "rectangle", [TRIANGLE] = "triangle", [PENTAGON] = "pentagon",
    [HEXAGON] = "hexagon", [STAR] = "star",           [HEART] = "heart",       [CROSS] = "cross",
    [ARROW] = "arrow",     [LINE] = "line",           [OTHER] = "other"};

const char *const train_people_names[TRAIN_PEOPLE_CLASSES] = {[TRAIN_PEOPLE_OTHER] = "other",
                                                              [TRAIN_PEOPLE_ELLIPSE] = "ellipse",
                                                              [TRAIN_PEOPLE_RECTANGLE] = "rectangle",
                                                              [TRAIN_PEOPLE_TRIANGLE] = "triangle"};

const uint32_t train_shape_sets[TRAIN_SHAPE_LABELS] = {BIT(0),
                                                       BIT(1),
                                                       BIT(2),
                                                       BIT(3),
                                                       BIT(4),
                                                       BIT(5),
                                                       BIT(6),
                                                       BIT(7),
                                                       BIT(8),
                                                       BIT(9),
                                                       BIT(10),
                                                       [TRAIN_SHAPE_CLASSES + TRAIN_PEOPLE_OTHER] =
                                                           (BIT(TRAIN_SHAPE_CLASSES) - 1) & ~NAMED,
                                                       [TRAIN_SHAPE_CLASSES + TRAIN_PEOPLE_ELLIPSE] = BIT(ELLIPSE),
                                                       [TRAIN_SHAPE_CLASSES + TRAIN_PEOPLE_RECTANGLE] = BIT(RECTANGLE),
                                                       [TRAIN_SHAPE_CLASSES + TRAIN_PEOPLE_TRIANGLE] = BIT(TRIANGLE)};

int train_shape_class(train_shape kind) {
  static const uint8_t classes[TRAIN_SHAPES] = {[TRAIN_SHAPE_CIRCLE] = ELLIPSE,
                                                [TRAIN_SHAPE_ELLIPSE] = ELLIPSE,
                                                [TRAIN_SHAPE_SQUARE] = RECTANGLE,
                                                [TRAIN_SHAPE_RECTANGLE] = RECTANGLE,
                                                [TRAIN_SHAPE_TRIANGLE] = TRIANGLE,
                                                [TRAIN_SHAPE_DIAMOND] = RECTANGLE,
                                                [TRAIN_SHAPE_PARALLELOGRAM] = RECTANGLE,
                                                [TRAIN_SHAPE_TRAPEZOID] = RECTANGLE,
                                                [TRAIN_SHAPE_PENTAGON] = PENTAGON,
                                                [TRAIN_SHAPE_HEXAGON] = HEXAGON,
                                                [TRAIN_SHAPE_STAR] = STAR,
                                                [TRAIN_SHAPE_HEART] = HEART,
                                                [TRAIN_SHAPE_CROSS] = CROSS,
                                                [TRAIN_SHAPE_ARROW] = ARROW,
                                                [TRAIN_SHAPE_LINE] = LINE,
                                                [TRAIN_SHAPE_OTHER] = OTHER};
  return classes[kind];
}
