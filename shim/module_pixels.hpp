// Pictures as OpenCV keeps them (8 or 16 bits; gray, gray + alpha, BGR, BGR + alpha) into shim_image: 8 bits, gray or
// RGB, alpha laid on white. OpenCV's own conversions would drop the alpha channel.
#ifndef GLYPHLIFT_SHIM_MODULE_PIXELS_HPP
#define GLYPHLIFT_SHIM_MODULE_PIXELS_HPP

#include <opencv2/core.hpp>

#include "shim.h"

namespace {

inline unsigned to_8_bits(uint8_t sample) {
  return sample;
}
inline unsigned to_8_bits(uint16_t sample) {
  return (sample + 128u) / 257u;
}

inline uint8_t on_white(unsigned value, unsigned alpha) {
  return uint8_t((value * alpha + 255u * (255u - alpha) + 127u) / 255u);
}

// Gray of a colour is JPEG's Y.
template <typename Sample>
void convert_row(const Sample *in, int channels, uint8_t *out, int out_channels, int width) {
  const bool colour = channels >= 3, has_alpha = channels % 2 == 0;
  for (int x = 0; x < width; x++, in += channels, out += out_channels) {
    const unsigned alpha = has_alpha ? to_8_bits(in[channels - 1]) : 255;
    const uint8_t blue = on_white(to_8_bits(in[0]), alpha);
    const uint8_t green = colour ? on_white(to_8_bits(in[1]), alpha) : blue;
    const uint8_t red = colour ? on_white(to_8_bits(in[2]), alpha) : blue;
    if (out_channels == 1) {
      *out = colour ? uint8_t((19595u * red + 38470u * green + 7471u * blue + 32768u) >> 16) : blue;
    } else {
      out[0] = red;
      out[1] = green;
      out[2] = blue;
    }
  }
}

inline bool can_convert(const cv::Mat &picture) {
  return picture.dims == 2 && !picture.empty() && (picture.depth() == CV_8U || picture.depth() == CV_16U) &&
         picture.channels() <= 4;
}

// out has the picture's size.
inline void convert(const cv::Mat &picture, shim_image *out) {
  for (int y = 0; y < picture.rows; y++) {
    uint8_t *to = out->data + y * out->stride;
    if (picture.depth() == CV_8U)
      convert_row(picture.ptr<uint8_t>(y), picture.channels(), to, out->channels, picture.cols);
    else
      convert_row(picture.ptr<uint16_t>(y), picture.channels(), to, out->channels, picture.cols);
  }
}

} // namespace

#endif
