// The video module: OpenCV's videoio behind video.h. OpenCV gives no reason where a camera or file does not open, so
// the likely ones are looked for here. A damaged file cannot be told from one that ends early: both end.
#include "video.h"

#include <chrono>
#include <cstdarg>
#include <memory>
#include <string>

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/videodev2.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <opencv2/imgproc.hpp>
#include <opencv2/videoio.hpp>

#include "module_guard.hpp"
#include "module_pixels.hpp"

struct shim_video {
  cv::VideoCapture capture;
  cv::Mat frame;
  int64_t next_index = 0;
  double fps = 0;
  bool is_camera = false;
  double start_ms = 0; // of a camera, by the monotonic clock
};

namespace {

const double plausible_age_ms = 1000; // a driver's time stamp that is older, or lies ahead, goes by another clock

double now_ms() {
  using namespace std::chrono;
  return duration<double, std::milli>(steady_clock::now().time_since_epoch()).count();
}

void print_nothing(void *, int, const char *, va_list) {}

// FFmpeg prints to stderr by itself. Where OpenCV is linked to it, its log function is within this module's reach.
void silence_ffmpeg() {
  using log_function = void (*)(void *, int, const char *, va_list);
  using log_setter = void (*)(log_function);
  if (void *setter = dlsym(RTLD_DEFAULT, "av_log_set_callback")) reinterpret_cast<log_setter>(setter)(print_nothing);
}

// Whether another program streams from it: buffers are then refused.
bool is_busy(int file) {
  v4l2_requestbuffers request = {};
  request.count = 1;
  request.type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
  request.memory = V4L2_MEMORY_MMAP;
  return ioctl(file, VIDIOC_REQBUFS, &request) != 0 && errno == EBUSY;
}

// Why OpenCV did not open the device: a sentence with one %s for its path.
const char *explain(const char *device) {
  struct stat status;
  if (stat(device, &status) != 0)
    return errno == EACCES ? "no permission to look for the camera %s" : "there is no camera %s";
  if (!S_ISCHR(status.st_mode)) return "%s is not a camera but a file or folder";
  const int file = open(device, O_RDWR | O_NONBLOCK | O_CLOEXEC);
  if (file < 0 && errno == EACCES) return "no permission to use the camera %s (is the user in the group video?)";
  if (file < 0 && errno == EBUSY) return "the camera %s is in use by another program";
  if (file < 0) return "the camera %s does not answer; has it been unplugged?";
  v4l2_capability can = {};
  const char *reason = "the camera %s does not open; its format may be one that OpenCV does not know";
  if (ioctl(file, VIDIOC_QUERYCAP, &can) != 0)
    reason = "%s is not a camera";
  else if (!((can.capabilities & V4L2_CAP_DEVICE_CAPS ? can.device_caps : can.capabilities) & V4L2_CAP_VIDEO_CAPTURE))
    reason = "%s gives no pictures; a camera has several devices, try the one before it";
  else if (is_busy(file))
    reason = "the camera %s is in use by another program";
  ::close(file);
  return reason;
}

// Uncompressed, most cameras give large pictures a few times a second only: Motion-JPEG is asked for first.
void wish(cv::VideoCapture &capture, int width, int height, double fps) {
  capture.set(cv::CAP_PROP_FOURCC, cv::VideoWriter::fourcc('M', 'J', 'P', 'G'));
  if (width > 0) capture.set(cv::CAP_PROP_FRAME_WIDTH, width);
  if (height > 0) capture.set(cv::CAP_PROP_FRAME_HEIGHT, height);
  if (fps > 0) capture.set(cv::CAP_PROP_FPS, fps);
}

int open_camera(const char *device, int width, int height, double fps, shim_video **out) {
  return guarded([&]() -> int {
    *out = nullptr;
    auto video = std::make_unique<shim_video>();
    video->is_camera = true;
    if (access(device, R_OK | W_OK) != 0 || !video->capture.open(device, cv::CAP_V4L2))
      return fail(SHIM_ERR_FAILED, explain(device), device);
    wish(video->capture, width, height, fps);
    video->fps = std::max(0.0, video->capture.get(cv::CAP_PROP_FPS));
    *out = video.release();
    return SHIM_OK;
  });
}

int open_file(const char *path, shim_video **out) {
  return guarded([&]() -> int {
    *out = nullptr;
    auto video = std::make_unique<shim_video>();
    if (access(path, F_OK) != 0) return fail(SHIM_ERR_FAILED, "%s: there is no such file", path);
    if (access(path, R_OK) != 0) return fail(SHIM_ERR_FAILED, "%s: permission denied", path);
    silence_ffmpeg();
    if (!video->capture.open(path, cv::CAP_FFMPEG) && !video->capture.open(path, cv::CAP_OPENCV_MJPEG) &&
        !video->capture.open(path, cv::CAP_GSTREAMER))
      return fail(SHIM_ERR_FAILED, "%s: not a video of a known format", path);
    video->fps = std::max(0.0, video->capture.get(cv::CAP_PROP_FPS));
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

// A camera's driver stamps its frames.
double arrival_ms(const shim_video *video, double grabbed_ms) {
  if (!video->is_camera) return grabbed_ms;
  const double stamp = video->capture.get(cv::CAP_PROP_POS_MSEC), now = now_ms();
  return stamp <= now && stamp > now - plausible_age_ms ? stamp : now;
}

double frame_time_ms(shim_video *video, double arrived_ms) {
  if (video->is_camera) {
    if (video->next_index == 0) video->start_ms = arrived_ms;
    return arrived_ms - video->start_ms;
  }
  const double position = video->capture.get(cv::CAP_PROP_POS_MSEC);
  if (position > 0 || video->fps <= 0) return std::max(0.0, position);
  return double(video->next_index) * 1000.0 / video->fps;
}

int next(shim_video *video, shim_video_frame *out) {
  return guarded([&]() -> int {
    *out = shim_video_frame{};
    const double asked_ms = now_ms(); // FFmpeg decodes while it grabs
    const bool grabbed = video->capture.grab();
    out->arrived_ms = arrival_ms(video, asked_ms);
    if (!grabbed || !video->capture.retrieve(video->frame) || video->frame.empty()) {
      video->frame.release();
      return video->is_camera ? fail(SHIM_ERR_FAILED, "the camera gives no more frames") : int(SHIM_VIDEO_END);
    }
    if (!can_convert(video->frame)) return fail(SHIM_ERR_FAILED, "the frame's samples are not of 8 or 16 bits");
    out->width = video->frame.cols;
    out->height = video->frame.rows;
    out->time_ms = frame_time_ms(video, out->arrived_ms);
    out->index = video->next_index++;
    return SHIM_OK;
  });
}

int read(shim_video *video, shim_image *image) {
  return guarded([&]() -> int {
    const cv::Mat &frame = video->frame;
    if (frame.empty()) return fail(SHIM_ERR_ARGUMENT, "there is no frame to read");
    if (image->width != frame.cols || image->height != frame.rows || (image->channels != 1 && image->channels != 3))
      return fail(SHIM_ERR_ARGUMENT, "the picture is not of the frame's size with 1 or 3 channels");
    if (frame.type() == CV_8UC3) { // what cameras and videos give
      cv::Mat view(frame.rows, frame.cols, CV_8UC(image->channels), image->data, size_t(image->stride));
      cv::cvtColor(frame, view, image->channels == 1 ? cv::COLOR_BGR2GRAY : cv::COLOR_BGR2RGB);
    } else {
      convert(frame, image);
    }
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
