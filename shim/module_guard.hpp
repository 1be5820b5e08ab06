// What the modules share: no exception leaves them, OpenCV runs in one thread and prints nothing, and a thread's last
// error is kept as text. Each module has its own copy.
#ifndef GLYPHLIFT_SHIM_MODULE_GUARD_HPP
#define GLYPHLIFT_SHIM_MODULE_GUARD_HPP

#include <cstdio>
#include <new>
#include <stdexcept>

#include <opencv2/core.hpp>
#include <opencv2/core/utils/logger.hpp>

#include "shim.h"

#define SHIM_MODULE_TABLE extern "C" __attribute__((visibility("default")))

namespace {

// Plain arrays: they can be written where there is no memory left.
thread_local char last_error[512];
// What OpenCV said last.
thread_local char opencv_message[384];

const char *error_text() {
  return last_error;
}

[[maybe_unused]] int fail(int status, const char *message) {
  std::snprintf(last_error, sizeof last_error, "%s", message);
  return status;
}

[[maybe_unused]] int fail(int status, const char *format, const char *detail) {
  std::snprintf(last_error, sizeof last_error, format, detail);
  return status;
}

// For OpenCV functions that swallow their exceptions.
[[maybe_unused]] int fail_with_opencv_message(const char *message) {
  std::snprintf(last_error, sizeof last_error, *opencv_message ? "%s (OpenCV: %s)" : "%s%s", message, opencv_message);
  return SHIM_ERR_FAILED;
}

int keep_message(int, const char *, const char *message, const char *, int, void *) {
  std::snprintf(opencv_message, sizeof opencv_message, "%s", message);
  return 0;
}

// At every call, for the program may have set OpenCV up in its own way in between.
void set_opencv_up() {
  cv::setNumThreads(1);
  cv::redirectError(keep_message);
  cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT);
  opencv_message[0] = '\0';
}

// Runs body(), which returns a status, and turns exceptions into one.
template <typename Body> int guarded(Body body) {
  try {
    last_error[0] = '\0';
    set_opencv_up();
    return body();
  } catch (const std::bad_alloc &) {
    return fail(SHIM_ERR_MEMORY, "out of memory");
  } catch (const cv::Exception &e) {
    return fail(e.code == cv::Error::StsNoMem ? SHIM_ERR_MEMORY : SHIM_ERR_FAILED, "%s", e.err.c_str());
  } catch (const std::exception &e) {
    return fail(SHIM_ERR_FAILED, "%s", e.what());
  } catch (...) {
    return fail(SHIM_ERR_FAILED, "unknown failure");
  }
}

} // namespace

#endif
