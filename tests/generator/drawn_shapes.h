/* Drawings of the trainer's generator, named as the pipeline names shapes: by the network, and by geometry where that
 * decides. */
#ifndef GENERATOR_DRAWN_SHAPES_H
#define GENERATOR_DRAWN_SHAPES_H

#include "../../nn/nn.h"
#include "../../nn/train/drawing.h"
#include "../../pipeline/stages/shapes.h"

/* Of a picture with ink 255 on 0. session may be NULL: geometry alone. 0 where it fails. */
int drawn_shape_name(nn_session *session, const nn_model_info *info, const shim_image *picture,
                     double probabilities[STAGE_KINDS]);

/* Drawing `index` of a kind, of a stream of numbers that nothing is trained on. 0 where it fails. */
int drawn_shape_picture(train_shape kind, uint64_t seed, uint32_t index, shim_image *out);

#endif
