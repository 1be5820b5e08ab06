/* What the modules behind pages.h share: a thread's last error as text, each module's own. C alone. */
#ifndef GLYPHLIFT_SHIM_PAGES_MODULE_H
#define GLYPHLIFT_SHIM_PAGES_MODULE_H

#include <stdarg.h>
#include <stdio.h>

#include "pages.h"

#ifndef __cplusplus
#define PAGES_MODULE_TABLE __attribute__((visibility("default"))) const shim_pages

/* A plain array: it can be written where there is no memory left. */
static inline char *pages_error_buffer(void) {
  static _Thread_local char last_error[512];
  return last_error;
}

static inline const char *pages_error_text(void) {
  return pages_error_buffer();
}

__attribute__((format(printf, 2, 3))) static inline int pages_fail(int status, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(pages_error_buffer(), 512, format, arguments);
  va_end(arguments);
  return status;
}
#endif

#endif
