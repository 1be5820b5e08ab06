/* The shapes network's pictures: drawings of the program's own, people's, and people's turned and cut out anew; all in
 * the form that the pipeline's crop makes. */
#ifndef GLYPHLIFT_TRAIN_SHAPE_MATERIAL_H
#define GLYPHLIFT_TRAIN_SHAPE_MATERIAL_H

#include "../../pipeline/stages/stages.h"
#include "shape_classes.h"
#include "trainer.h"

enum { TRAIN_SHAPE_PIXELS = STAGE_SHAPE_SIDE * STAGE_SHAPE_SIDE };

/* Draws one of the kind in any size and with any pen, as a picture that was thresholded: ink 255 on 0. shim_image_free
 * it. */
int train_shape_picture(train_shape kind, train_random *random, shim_image *out, train_error *error);

/* So many drawings, all kinds in turn; labels: classes. part: a stream of random numbers of its own for each, 0 that
 * which is trained on. */
int train_shape_drawings(train_dataset *out, size_t count, uint64_t seed, uint32_t part, int threads,
                         train_error *error);
enum { TRAIN_SHAPE_PART_TRAINED, TRAIN_SHAPE_PART_HELD, TRAIN_SHAPE_PART_REPORT };

/* dataset: config->drawings, config->rescans, then all that people drew in `folder`, those of config->held_writers
 * last; *holdout gets their number. Labels: as train_shape_sets has them. held: drawings that are not trained on, a
 * tenth as many. On failure both are zeroed. */
int train_shape_material_open(train_dataset *dataset, train_dataset *held, size_t *holdout, const train_config *config,
                              const char *folder, int threads, train_error *error);

#endif
