/* The loader of the shim's modules: shared objects with what is rarely needed and slow to start (OpenCV's file codecs,
 * cameras, windows, the trainer's classic models), and the libraries behind TIFF, PDF and HEIC. Each is loaded on first
 * use and stays. */
#ifndef GLYPHLIFT_SHIM_MODULE_H
#define GLYPHLIFT_SHIM_MODULE_H

#include "codecs.h"
#include "ml.h"
#include "pages.h"
#include "video.h"
#include "window.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The module's table, or NULL where it cannot be loaded; then *why (may be NULL) is a sentence that says what to
 * install, static. Callable from any thread; later calls give the first one's answer. */
const shim_codecs *shim_module_codecs(const char **why);
const shim_video_table *shim_module_video(const char **why);
const shim_window_table *shim_module_window(const char **why);
const shim_ml_table *shim_module_ml(const char **why);
const shim_pages *shim_module_tiff(const char **why);
const shim_pages *shim_module_pdf(const char **why);
const shim_pages *shim_module_heif(const char **why);

#ifdef __cplusplus
}
#endif
#endif
