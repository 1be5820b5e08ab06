/* Loads the shim's modules with dlopen. A module is looked for beside the library (or the program it is linked into),
 * in the folder `glyphlift` there, and in the install's libdir/glyphlift; never in the working directory, and never by
 * a search of the dynamic linker. It is never unloaded: OpenCV and the libraries beneath it do not survive that. */
#define _GNU_SOURCE /* dladdr1 */
#include "module.h"

#include <dlfcn.h>
#include <limits.h>
#include <link.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* How every module's table begins. */
typedef struct table_head {
  uint32_t version, size;
} table_head;

typedef struct module {
  pthread_once_t once;
  const char *name;    /* of the file, glyphlift_NAME.so, and of its one symbol, glyphlift_NAME_table */
  const char *package; /* Debian's name of what it needs */
  uint32_t version;
  size_t size;
  const table_head *table; /* NULL: could not be loaded, for the reason in `why` */
  char why[512];
} module;

static module codecs = {.once = PTHREAD_ONCE_INIT,
                        .name = "codecs",
                        .package = "libopencv-imgcodecs-dev",
                        .version = SHIM_CODECS_VERSION,
                        .size = sizeof(shim_codecs)};
static module video = {.once = PTHREAD_ONCE_INIT,
                       .name = "video",
                       .package = "libopencv-videoio-dev",
                       .version = SHIM_VIDEO_VERSION,
                       .size = sizeof(shim_video_table)};
static module window = {.once = PTHREAD_ONCE_INIT,
                        .name = "window",
                        .package = "libopencv-highgui-dev",
                        .version = SHIM_WINDOW_VERSION,
                        .size = sizeof(shim_window_table)};

static module ml = {.once = PTHREAD_ONCE_INIT,
                    .name = "ml",
                    .package = "libopencv-ml-dev",
                    .version = SHIM_ML_VERSION,
                    .size = sizeof(shim_ml_table)};
static module tiff = {.once = PTHREAD_ONCE_INIT,
                      .name = "tiff",
                      .package = "libtiff-dev",
                      .version = SHIM_PAGES_VERSION,
                      .size = sizeof(shim_pages)};
static module pdf = {.once = PTHREAD_ONCE_INIT,
                     .name = "pdf",
                     .package = "libpoppler-glib-dev",
                     .version = SHIM_PAGES_VERSION,
                     .size = sizeof(shim_pages)};
static module heif = {.once = PTHREAD_ONCE_INIT,
                      .name = "heif",
                      .package = "libheif-dev",
                      .version = SHIM_PAGES_VERSION,
                      .size = sizeof(shim_pages)};

/* The folder of the file this code was loaded from, as an absolute path. dladdr knows a program only by the word it was
 * started with, so for one the kernel is asked. */
static bool own_folder(char *folder, size_t size) {
  Dl_info info;
  void *map = NULL;
  if (!dladdr1((void *)&codecs, &info, &map, RTLD_DL_LINKMAP) || !map) return false;
  const char *library = ((const struct link_map *)map)->l_name;
  if (*library) {
    if (*library != '/' || strlen(library) >= size) return false;
    strcpy(folder, library);
  } else {
    ssize_t length = readlink("/proc/self/exe", folder, size - 1);
    if (length <= 0) return false;
    folder[length] = '\0';
  }
  char *slash = strrchr(folder, '/');
  if (!slash) return false;
  *slash = '\0';
  return true;
}

/* The handle, or NULL where the folder has no such file, or one that cannot be loaded; the latter fills `why`. */
static void *load_from(module *wanted, const char *folder, const char *subfolder) {
  char path[PATH_MAX];
  int length = snprintf(path, sizeof path, "%s%s/glyphlift_%s.so", folder, subfolder, wanted->name);
  if (length < 0 || (size_t)length >= sizeof path || access(path, F_OK) != 0) return NULL;
  void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (!handle)
    snprintf(wanted->why, sizeof wanted->why, "the %s module cannot be loaded (%s); install %s", wanted->name,
             dlerror(), wanted->package);
  return handle;
}

static void load(module *wanted) {
  char folder[PATH_MAX], symbol[64];
  void *handle = NULL;
  if (own_folder(folder, sizeof folder)) {
    handle = load_from(wanted, folder, "");
    if (!handle) handle = load_from(wanted, folder, "/glyphlift");
  }
  if (!handle) handle = load_from(wanted, GLYPHLIFT_MODULE_DIR, "");
  if (!handle) {
    if (!*wanted->why)
      snprintf(wanted->why, sizeof wanted->why,
               "the %s module (glyphlift_%s.so) is not installed beside the library or in " GLYPHLIFT_MODULE_DIR
               "; it is built where %s is installed",
               wanted->name, wanted->name, wanted->package);
    return;
  }
  snprintf(symbol, sizeof symbol, "glyphlift_%s_table", wanted->name);
  const table_head *table = dlsym(handle, symbol);
  if (table && table->version == wanted->version && table->size >= wanted->size) {
    wanted->table = table;
    return;
  }
  snprintf(wanted->why, sizeof wanted->why, "the %s module (glyphlift_%s.so) belongs to another version of glyphlift",
           wanted->name, wanted->name);
}

static void load_codecs(void) {
  load(&codecs);
}

static void load_video(void) {
  load(&video);
}

static void load_window(void) {
  load(&window);
}

static void load_ml(void) {
  load(&ml);
}

static void load_tiff(void) {
  load(&tiff);
}

static void load_pdf(void) {
  load(&pdf);
}

static void load_heif(void) {
  load(&heif);
}

static const table_head *get(module *wanted, void (*load_it)(void), const char **why) {
  pthread_once(&wanted->once, load_it);
  if (why) *why = wanted->table ? NULL : wanted->why;
  return wanted->table;
}

const shim_codecs *shim_module_codecs(const char **why) {
  return (const shim_codecs *)(const void *)get(&codecs, load_codecs, why);
}

const shim_video_table *shim_module_video(const char **why) {
  return (const shim_video_table *)(const void *)get(&video, load_video, why);
}

const shim_window_table *shim_module_window(const char **why) {
  return (const shim_window_table *)(const void *)get(&window, load_window, why);
}

const shim_ml_table *shim_module_ml(const char **why) {
  return (const shim_ml_table *)(const void *)get(&ml, load_ml, why);
}

const shim_pages *shim_module_tiff(const char **why) {
  return (const shim_pages *)(const void *)get(&tiff, load_tiff, why);
}

const shim_pages *shim_module_pdf(const char **why) {
  return (const shim_pages *)(const void *)get(&pdf, load_pdf, why);
}

const shim_pages *shim_module_heif(const char **why) {
  return (const shim_pages *)(const void *)get(&heif, load_heif, why);
}
