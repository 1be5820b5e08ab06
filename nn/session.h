/* A look into a running session, for the trainer, which finds the scales of int8 so. */
#ifndef GLYPHLIFT_NN_SESSION_H
#define GLYPHLIFT_NN_SESSION_H

#include "model.h"

/* Called with what each step has made, for `batch` pictures. */
typedef void nn_session_watcher(void *user, int tensor, const nn_view *view, size_t batch);

/* Of a model in fp32; watcher NULL: no longer. */
void nn_session_watch(nn_session *session, nn_session_watcher *watcher, void *user);

#endif
