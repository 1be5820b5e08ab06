#include "opencv_dnn.h"

#include <cstdio>
#include <cstring>
#include <exception>
#include <opencv2/dnn.hpp>

int opencv_dnn_run(const char *path, const float *input, const int sizes[4], const char *output, float *out,
                   size_t values, char *message) {
  try {
    cv::dnn::Net net = cv::dnn::readNetFromONNX(path);
    net.setInput(cv::Mat(4, sizes, CV_32F, const_cast<float *>(input)), "input");
    const cv::Mat result = net.forward(output);
    if (result.total() != values || !result.isContinuous() || result.type() != CV_32F) {
      std::snprintf(message, 512, "%s has %zu values, expected %zu", output, result.total(), values);
      return -1;
    }
    std::memcpy(out, result.ptr<float>(), values * sizeof *out);
    return 0;
  } catch (const std::exception &failure) {
    std::snprintf(message, 512, "%s", failure.what());
    return -1;
  }
}
