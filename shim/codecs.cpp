// The codecs module: OpenCV's imgcodecs behind codecs.h. The file is decoded as it is stored and brought to 8-bit gray
// or RGB here, because OpenCV's conversions drop the alpha channel and differ from one decoder to the next.
//
// Known gaps of OpenCV: the alpha channel of 32-bit BMP files is ignored, gray + alpha JPEG 2000 is
// refused, and a JPEG 2000 file that is cut off within its last packets is taken as it is.
#include "codecs.h"

#include <cstring>
#include <iostream>
#include <mutex>
#include <streambuf>

#include <opencv2/imgcodecs.hpp>

#include "module_guard.hpp"
#include "module_pixels.hpp"

namespace {

// OpenCV 4 (up to 4.10) writes the exceptions that imdecode swallows to std::cerr, whatever its log level. Meanwhile
// std::cerr writes into a buffer that drops everything; it is static, so that another thread that meets it is safe.
class cerr_silencer {
  struct dropping_buffer : std::streambuf {
    int overflow(int c) override {
      return traits_type::not_eof(c);
    }
    std::streamsize xsputn(const char *, std::streamsize count) override {
      return count;
    }
  };
  static std::mutex &mutex() {
    static std::mutex one;
    return one;
  }
  static std::streambuf *dropping() {
    static dropping_buffer one;
    return &one;
  }
  std::lock_guard<std::mutex> lock;
  std::streambuf *before;

public:
  cerr_silencer() : lock(mutex()), before(std::cerr.rdbuf(dropping())) {}
  ~cerr_silencer() {
    std::cerr.rdbuf(before);
  }
  cerr_silencer(const cerr_silencer &) = delete;
  cerr_silencer &operator=(const cerr_silencer &) = delete;
};

cv::Mat decode_as_stored(const uint8_t *data, size_t size) {
  const cv::Mat bytes(1, int(size), CV_8UC1, const_cast<uint8_t *>(data));
#if CV_VERSION_MAJOR < 5
  const cerr_silencer silent;
#endif
  return cv::imdecode(bytes, cv::IMREAD_UNCHANGED); // which leaves the EXIF orientation alone, too
}

int decode(const uint8_t *data, size_t size, int channels, shim_allocate allocate, shim_image *out) {
  return guarded([&]() -> int {
    *out = shim_image{};
    if (size == 0 || size > size_t(INT32_MAX)) return fail(SHIM_ERR_ARGUMENT, "the file has no bytes, or too many");
    if (channels != 1 && channels != 3) return fail(SHIM_ERR_ARGUMENT, "1 or 3 channels can be asked for");
    const cv::Mat picture = decode_as_stored(data, size);
    if (picture.empty()) return fail_with_opencv_message("it is damaged, cut off, or of a kind OpenCV does not know");
    if (!can_convert(picture)) return fail(SHIM_ERR_FAILED, "its samples are not of 8 or 16 bits");
    if (allocate(out, picture.cols, picture.rows, channels) != SHIM_OK) return fail(SHIM_ERR_MEMORY, "out of memory");
    convert(picture, out);
    return SHIM_OK;
  });
}

} // namespace

SHIM_MODULE_TABLE const shim_codecs glyphlift_codecs_table = {SHIM_CODECS_VERSION, sizeof(shim_codecs), error_text,
                                                              decode};
