#include "opencv_dnn.h"

#include <cstdio>
#include <cstring>
#include <exception>
#include <opencv2/dnn.hpp>

struct opencv_dnn {
  cv::dnn::Net net;
  int sizes[4];
  size_t values;
};

static void tell(char *message, const char *text) {
  if (message) std::snprintf(message, 512, "%s", text);
}

opencv_dnn *opencv_dnn_open(const char *path, const int sizes[4], size_t values, char *message) {
  try {
    cv::setNumThreads(1);
    opencv_dnn *network = new opencv_dnn{cv::dnn::readNetFromONNX(path), {}, values};
    std::memcpy(network->sizes, sizes, sizeof network->sizes);
    return network;
  } catch (const std::exception &failure) {
    tell(message, failure.what());
    return nullptr;
  }
}

int opencv_dnn_forward(opencv_dnn *network, const float *input, const char *output, float *out, char *message) {
  try {
    network->net.setInput(cv::Mat(4, network->sizes, CV_32F, const_cast<float *>(input)), "input");
    const cv::Mat result = network->net.forward(output);
    if (result.total() != network->values || !result.isContinuous() || result.type() != CV_32F) {
      tell(message, "the output is not of the size expected");
      return -1;
    }
    std::memcpy(out, result.ptr<float>(), network->values * sizeof *out);
    return 0;
  } catch (const std::exception &failure) {
    tell(message, failure.what());
    return -1;
  }
}

void opencv_dnn_close(opencv_dnn *network) {
  delete network;
}
