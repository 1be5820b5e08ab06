/* The window module: pictures on the screen by OpenCV's highgui. Reached through shim_module_window() of module.h. All
 * calls come from one thread, best the main one: that is what window systems ask for. */
#ifndef GLYPHLIFT_SHIM_WINDOW_H
#define GLYPHLIFT_SHIM_WINDOW_H

#include "shim.h"

#ifdef __cplusplus
extern "C" {
#endif

#define SHIM_WINDOW_VERSION 1

typedef struct shim_window_table {
  uint32_t version; /* SHIM_WINDOW_VERSION */
  uint32_t size;    /* bytes of this table */
  /* Why the last call on this thread failed. Valid until the thread's next call. */
  const char *(*error)(void);
  /* Shows a gray or RGB picture in the window of that name, which is opened when it is not there. Fails where there is
   * no display. */
  int (*show)(const char *name, const shim_image *image);
  /* Handles window events for at most `milliseconds` (at least 1). *key is the key pressed, or -1. */
  int (*wait_key)(int milliseconds, int *key);
  /* *open is 1 while the window is there; the user may have closed it. */
  int (*is_open)(const char *name, int *open);
  /* Closes the window; none of that name is no error. */
  int (*destroy)(const char *name);
} shim_window_table;

#ifdef __cplusplus
}
#endif
#endif
