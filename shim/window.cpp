// The window module: OpenCV's highgui behind window.h. Debian's highgui is built on Qt, which ends the process where it
// meets no display, so the display is tried before highgui is called. libxcb and libwayland-client are looked up at run
// time: where a window system can work at all, they are there.
#include "window.h"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <memory>
#include <string>

#include <dlfcn.h>

#include <opencv2/highgui.hpp>

#include "module_guard.hpp"
#include "module_pixels.hpp"

namespace {

const int first_width = 1280; // pixels, of a window that shows a larger picture

struct library_closer {
  void operator()(void *handle) const {
    dlclose(handle);
  }
};
using library = std::unique_ptr<void, library_closer>;

template <typename Function> Function find(const library &from, const char *name) {
  return from ? reinterpret_cast<Function>(dlsym(from.get(), name)) : nullptr;
}

bool is_set(const char *variable) {
  const char *value = std::getenv(variable);
  return value && *value;
}

bool x_answers() {
  const library xcb(dlopen("libxcb.so.1", RTLD_NOW | RTLD_LOCAL));
  const auto connect = find<void *(*)(const char *, int *)>(xcb, "xcb_connect");
  const auto has_error = find<int (*)(void *)>(xcb, "xcb_connection_has_error");
  const auto disconnect = find<void (*)(void *)>(xcb, "xcb_disconnect");
  if (!connect || !has_error || !disconnect) return false;
  void *connection = connect(nullptr, nullptr);
  const bool answers = has_error(connection) == 0;
  disconnect(connection);
  return answers;
}

bool wayland_answers() {
  const library wayland(dlopen("libwayland-client.so.0", RTLD_NOW | RTLD_LOCAL));
  const auto connect = find<void *(*)(const char *)>(wayland, "wl_display_connect");
  const auto disconnect = find<void (*)(void *)>(wayland, "wl_display_disconnect");
  if (!connect || !disconnect) return false;
  void *display = connect(nullptr);
  if (display) disconnect(display);
  return display != nullptr;
}

// Qt's windows need X unless the user has chosen Wayland and has Qt's plugin for it; otherwise Qt ends the process.
bool wayland_is_usable() {
  const bool is_qt = dlsym(RTLD_DEFAULT, "qVersion") != nullptr; // highgui's libraries are within this module's reach
  return (!is_qt || is_set("QT_QPA_PLATFORM")) && wayland_answers();
}

// SHIM_OK, or the reason why no window can be opened.
int find_display() {
  static std::atomic<bool> found(false); // a window system does not change under a running program
  if (found) return SHIM_OK;
  const bool x = is_set("DISPLAY"), wayland = is_set("WAYLAND_DISPLAY");
  if (!x && !wayland) return fail(SHIM_ERR_FAILED, "there is no display: neither DISPLAY nor WAYLAND_DISPLAY is set");
  found = (x && x_answers()) || (wayland && wayland_is_usable());
  if (found) return SHIM_OK;
  return fail(SHIM_ERR_FAILED, "the display %s does not answer, or windows cannot be opened on it",
              std::getenv(x ? "DISPLAY" : "WAYLAND_DISPLAY"));
}

// Backends answer for a window they do not know with a negative number or an exception.
bool window_exists(const char *name) {
  try {
    return cv::getWindowProperty(name, cv::WND_PROP_VISIBLE) > 0;
  } catch (const cv::Exception &) {
    return false;
  }
}

int show(const char *name, const shim_image *image) {
  return guarded([&]() -> int {
    if (!image->data || image->width < 1 || image->height < 1 || (image->channels != 1 && image->channels != 3))
      return fail(SHIM_ERR_ARGUMENT, "a gray or RGB picture is expected");
    const int status = find_display();
    if (status != SHIM_OK) return status;
    const cv::Mat rgb(image->height, image->width, CV_8UC(image->channels), image->data, size_t(image->stride));
    cv::Mat bgr(image->height, image->width, CV_8UC3);
    shim_image view = {bgr.data, bgr.cols, bgr.rows, 3, ptrdiff_t(bgr.step)};
    convert(rgb, &view); // swaps red and blue, in either direction
    if (!window_exists(name)) {
      cv::namedWindow(name, cv::WINDOW_NORMAL | cv::WINDOW_KEEPRATIO | cv::WINDOW_GUI_NORMAL);
      const double scale = std::min(1.0, double(first_width) / bgr.cols);
      cv::resizeWindow(name, int(bgr.cols * scale), int(bgr.rows * scale));
    }
    cv::imshow(name, bgr);
    return SHIM_OK;
  });
}

int wait_key(int milliseconds, int *key) {
  return guarded([&]() -> int {
    *key = -1;
    const int status = find_display();
    if (status == SHIM_OK) *key = cv::waitKey(milliseconds < 1 ? 1 : milliseconds);
    return status;
  });
}

int is_open(const char *name, int *open) {
  return guarded([&]() -> int {
    *open = 0;
    const int status = find_display();
    if (status == SHIM_OK) *open = window_exists(name);
    return status;
  });
}

int destroy(const char *name) {
  return guarded([&]() -> int {
    if (find_display() != SHIM_OK || !window_exists(name)) return SHIM_OK;
    cv::destroyWindow(name);
    return SHIM_OK;
  });
}

} // namespace

SHIM_MODULE_TABLE const shim_window_table glyphlift_window_table = {
    SHIM_WINDOW_VERSION, sizeof(shim_window_table), error_text, show, wait_key, is_open, destroy};
