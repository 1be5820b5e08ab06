// The video module: OpenCV's videoio behind video.h. OpenCV gives no reason where a camera or file does not open, so
// the likely ones are looked for here. A damaged file cannot be told from one that ends early: both end.
#include "video.h"

#include <chrono>
#include <cstdarg>
#include <cstring>
#include <memory>
#include <string>

#include <dlfcn.h>
#include <unistd.h>

#include <opencv2/videoio.hpp>

#include "module_guard.hpp"
#include "module_pixels.hpp"

using steady_clock = std::chrono::steady_clock;

struct shim_video {
  cv::VideoCapture capture;
  cv::Mat frame;
  int64_t next_index = 0;
  double fps = 0;
  bool is_camera = false, is_sequence = false;
  steady_clock::time_point start;
};

namespace {

void print_nothing(void *, int, const char *, va_list) {}

// FFmpeg prints to stderr by itself. Where OpenCV is linked to it, its log function is within this module's reach.
void silence_ffmpeg() {
  using log_function = void (*)(void *, int, const char *, va_list);
  using log_setter = void (*)(log_function);
  if (void *setter = dlsym(RTLD_DEFAULT, "av_log_set_callback")) reinterpret_cast<log_setter>(setter)(print_nothing);
}

int open_camera(int index, int width, int height, shim_video **out) {
  return guarded([&]() -> int {
    *out = nullptr;
    if (index < 0) return fail(SHIM_ERR_ARGUMENT, "cameras are counted from 0");
    auto video = std::make_unique<shim_video>();
    video->is_camera = true;
#ifdef __linux__
    const std::string device = "/dev/video" + std::to_string(index);
    if (access(device.c_str(), F_OK) != 0) return fail(SHIM_ERR_FAILED, "there is no camera %s", device.c_str());
    if (access(device.c_str(), R_OK | W_OK) != 0)
      return fail(SHIM_ERR_FAILED, "no permission to use the camera %s (is the user in the group video?)",
                  device.c_str());
    const bool opened = video->capture.open(index, cv::CAP_V4L2);
#else
    const bool opened = video->capture.open(index);
#endif
    if (!opened)
      return fail(SHIM_ERR_FAILED, "camera %s does not open; another program may be using it",
                  std::to_string(index).c_str());
    if (width > 0) video->capture.set(cv::CAP_PROP_FRAME_WIDTH, width);
    if (height > 0) video->capture.set(cv::CAP_PROP_FRAME_HEIGHT, height);
    video->fps = std::max(0.0, video->capture.get(cv::CAP_PROP_FPS));
    *out = video.release();
    return SHIM_OK;
  });
}

int open_file(const char *path, shim_video **out) {
  return guarded([&]() -> int {
    *out = nullptr;
    auto video = std::make_unique<shim_video>();
    video->is_sequence = std::strchr(path, '%') != nullptr && access(path, F_OK) != 0;
    if (video->is_sequence) {
      if (!video->capture.open(path, cv::CAP_IMAGES)) return fail(SHIM_ERR_FAILED, "no picture matches %s", path);
    } else {
      if (access(path, F_OK) != 0) return fail(SHIM_ERR_FAILED, "%s: there is no such file", path);
      if (access(path, R_OK) != 0) return fail(SHIM_ERR_FAILED, "%s: permission denied", path);
      silence_ffmpeg();
      if (!video->capture.open(path, cv::CAP_FFMPEG) && !video->capture.open(path, cv::CAP_OPENCV_MJPEG) &&
          !video->capture.open(path, cv::CAP_GSTREAMER))
        return fail(SHIM_ERR_FAILED, "%s: not a video of a known format", path);
      video->fps = std::max(0.0, video->capture.get(cv::CAP_PROP_FPS));
    }
    *out = video.release();
    return SHIM_OK;
  });
}

int info(const shim_video *video, shim_video_info *out) {
  return guarded([&]() -> int {
    *out = shim_video_info{};
    out->width = int(video->capture.get(cv::CAP_PROP_FRAME_WIDTH));
    out->height = int(video->capture.get(cv::CAP_PROP_FRAME_HEIGHT));
    out->fps = video->fps;
    const double count = video->is_camera ? -1 : video->capture.get(cv::CAP_PROP_FRAME_COUNT);
    out->frame_count = count > 0 ? int64_t(count) : -1;
    return SHIM_OK;
  });
}

double frame_time_ms(shim_video *video) {
  if (video->is_camera) {
    const auto now = steady_clock::now();
    if (video->next_index == 0) video->start = now;
    return std::chrono::duration<double, std::milli>(now - video->start).count();
  }
  if (!video->is_sequence) {
    const double position = video->capture.get(cv::CAP_PROP_POS_MSEC);
    if (position > 0 || video->fps <= 0) return std::max(0.0, position);
  }
  const double fps = video->fps > 0 ? video->fps : double(SHIM_VIDEO_SEQUENCE_FPS);
  return double(video->next_index) * 1000.0 / fps;
}

int next(shim_video *video, shim_video_frame *out) {
  return guarded([&]() -> int {
    *out = shim_video_frame{};
    if (!video->capture.read(video->frame) || video->frame.empty()) {
      video->frame.release();
      return video->is_camera ? fail(SHIM_ERR_FAILED, "the camera gives no more frames") : int(SHIM_VIDEO_END);
    }
    if (!can_convert(video->frame)) return fail(SHIM_ERR_FAILED, "the frame's samples are not of 8 or 16 bits");
    out->width = video->frame.cols;
    out->height = video->frame.rows;
    out->time_ms = frame_time_ms(video);
    out->index = video->next_index++;
    return SHIM_OK;
  });
}

int read(shim_video *video, shim_image *rgb) {
  return guarded([&]() -> int {
    if (video->frame.empty()) return fail(SHIM_ERR_ARGUMENT, "there is no frame to read");
    if (rgb->width != video->frame.cols || rgb->height != video->frame.rows || rgb->channels != 3)
      return fail(SHIM_ERR_ARGUMENT, "the picture is not of the frame's size with 3 channels");
    convert(video->frame, false, rgb);
    return SHIM_OK;
  });
}

void close(shim_video **video) {
  guarded([&]() -> int {
    if (!video) return SHIM_OK;
    const std::unique_ptr<shim_video> owned(*video);
    *video = nullptr;
    return SHIM_OK;
  });
}

} // namespace

SHIM_MODULE_TABLE const shim_video_table glyphlift_video_table = {
    SHIM_VIDEO_VERSION, sizeof(shim_video_table), error_text, open_camera, open_file, info, next, read, close};
