// The ml module: OpenCV's support vector machines and random forests behind ml.h. A trained SVM is handed out as plain
// arrays: OpenCV's own prediction goes through its vectors one by one, where a matrix product does the same work many
// times faster. For the same reason the kernel is one of our own: OpenCV's sums up in one double, which no compiler can
// spread over a vector register.
#include "ml.h"

#include <climits>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <vector>

#include <opencv2/ml.hpp>

#include "module_guard.hpp"

struct shim_forest {
  cv::Ptr<cv::ml::RTrees> trees;
  size_t width;
  int classes;
};

namespace {

// SHIM_OK, or what is wrong with them.
int check(const shim_samples *samples) {
  if (!samples->count || !samples->width || samples->count > INT_MAX || samples->width > INT_MAX ||
      samples->classes < 2)
    return fail(SHIM_ERR_ARGUMENT, "samples of at least two classes are expected");
  std::vector<size_t> found(size_t(samples->classes));
  for (size_t i = 0; i < samples->count; i++) {
    if (samples->labels[i] < 0 || samples->labels[i] >= samples->classes)
      return fail(SHIM_ERR_ARGUMENT, "a label lies outside the classes");
    found[size_t(samples->labels[i])]++;
  }
  for (const size_t count : found)
    if (!count) return fail(SHIM_ERR_ARGUMENT, "a class has no sample");
  return SHIM_OK;
}

cv::Mat rows(const float *values, size_t count, size_t width) {
  return cv::Mat(int(count), int(width), CV_32F, const_cast<float *>(values));
}

// A view: the samples must outlive it.
cv::Ptr<cv::ml::TrainData> view(const shim_samples *samples) {
  const cv::Mat labels(int(samples->count), 1, CV_32S, const_cast<int32_t *>(samples->labels));
  return cv::ml::TrainData::create(rows(samples->values, samples->count, samples->width), cv::ml::ROW_SAMPLE, labels);
}

// ---- support vector machines ----

void svm_free(shim_svm *svm) {
  if (!svm) return;
  std::free(svm->vectors);
  std::free(svm->weights);
  std::free(svm->offsets);
  *svm = shim_svm{};
}

int allocate(shim_svm *svm) {
  if (svm->vector_count > SIZE_MAX / sizeof(float) / (svm->width > svm->pair_count ? svm->width : svm->pair_count))
    return fail(SHIM_ERR_MEMORY, "out of memory");
  svm->vectors = static_cast<float *>(std::malloc(svm->vector_count * svm->width * sizeof(float)));
  svm->weights = static_cast<float *>(std::calloc(svm->pair_count * svm->vector_count, sizeof(float)));
  svm->offsets = static_cast<double *>(std::malloc(svm->pair_count * sizeof(double)));
  return svm->vectors && svm->weights && svm->offsets ? SHIM_OK : fail(SHIM_ERR_MEMORY, "out of memory");
}

int copy_out(const cv::ml::SVM &trained, int classes, shim_svm *out) {
  const cv::Mat vectors = trained.getSupportVectors();
  out->vector_count = size_t(vectors.rows);
  out->width = size_t(vectors.cols);
  out->pair_count = size_t(classes) * size_t(classes - 1) / 2;
  const int status = allocate(out);
  if (status != SHIM_OK) return status;
  for (size_t i = 0; i < out->vector_count; i++)
    std::memcpy(out->vectors + i * out->width, vectors.ptr<float>(int(i)), out->width * sizeof(float));
  for (size_t pair = 0; pair < out->pair_count; pair++) {
    cv::Mat alpha, index;
    out->offsets[pair] = trained.getDecisionFunction(int(pair), alpha, index);
    const cv::Mat_<double> weights(alpha.reshape(1, 1));
    const cv::Mat_<int> vector(index.reshape(1, 1));
    for (int k = 0; k < weights.cols; k++)
      out->weights[pair * out->vector_count + size_t(vector(0, k))] = float(weights(0, k));
  }
  return SHIM_OK;
}

class radial_kernel final : public cv::ml::SVM::Kernel {
  static constexpr int lanes = 16;
  const float gamma;

public:
  explicit radial_kernel(double gamma) : gamma(float(gamma)) {}
  int getType() const override {
    return cv::ml::SVM::CUSTOM;
  }
  // results[j] = exp(-gamma |vectors[j] - other|^2), of `count` vectors of `size` numbers
  void calc(int count, int size, const float *vectors, const float *other, float *results) override {
    for (int j = 0; j < count; j++, vectors += size) {
      float sums[lanes] = {};
      int k = 0;
      for (; k + lanes <= size; k += lanes)
        for (int lane = 0; lane < lanes; lane++) {
          const float difference = vectors[k + lane] - other[k + lane];
          sums[lane] += difference * difference;
        }
      float square = 0.0f;
      for (; k < size; k++) square += (vectors[k] - other[k]) * (vectors[k] - other[k]);
      for (const float sum : sums) square += sum;
      results[j] = std::exp(-gamma * square);
    }
  }
};

int svm_train(const shim_samples *samples, double penalty, double gamma, shim_svm *out) {
  *out = shim_svm{};
  const int result = guarded([&]() -> int {
    const int status = check(samples);
    if (status != SHIM_OK) return status;
    if (!(penalty > 0.0) || !(gamma > 0.0)) return fail(SHIM_ERR_ARGUMENT, "penalty and gamma must be above 0");
    const cv::Ptr<cv::ml::SVM> svm = cv::ml::SVM::create();
    svm->setType(cv::ml::SVM::C_SVC);
    svm->setCustomKernel(cv::makePtr<radial_kernel>(gamma));
    svm->setC(penalty);
    svm->setTermCriteria(cv::TermCriteria(cv::TermCriteria::EPS, 0, 1e-3));
    if (!svm->train(view(samples))) return fail_with_opencv_message("the support vector machine cannot be trained");
    out->gamma = gamma;
    return copy_out(*svm, samples->classes, out);
  });
  if (result != SHIM_OK) svm_free(out);
  return result;
}

// ---- random forests ----

int forest_train(const shim_samples *samples, const shim_forest_options *options, shim_forest **out) {
  *out = nullptr;
  return guarded([&]() -> int {
    const int status = check(samples);
    if (status != SHIM_OK) return status;
    if (options->trees < 1 || options->depth < 1 || options->depth > 25 || options->variables < 1)
      return fail(SHIM_ERR_ARGUMENT, "at least one tree, a depth of 1 to 25 and at least one variable are expected");
    const cv::Ptr<cv::ml::RTrees> trees = cv::ml::RTrees::create();
    trees->setMaxDepth(options->depth);
    trees->setMinSampleCount(2);
    trees->setActiveVarCount(options->variables);
    trees->setTermCriteria(cv::TermCriteria(cv::TermCriteria::MAX_ITER, options->trees, 0));
    if (!trees->train(view(samples))) return fail_with_opencv_message("the random forest cannot be trained");
    *out = new shim_forest{trees, samples->width, samples->classes};
    return SHIM_OK;
  });
}

int forest_predict(const shim_forest *forest, const float *values, size_t count, float *votes) {
  return guarded([&]() -> int {
    cv::Mat counted; // the labels, then a row a sample
    if (!count || count > INT_MAX) return fail(SHIM_ERR_ARGUMENT, "at least one sample is expected");
    forest->trees->getVotes(rows(values, count, forest->width), counted, 0);
    if (counted.rows != int(count) + 1 || counted.cols != forest->classes)
      return fail(SHIM_ERR_FAILED, "the forest's votes are not those of its classes");
    for (size_t i = 0; i < count; i++)
      for (int c = 0; c < forest->classes; c++)
        votes[i * size_t(forest->classes) + size_t(counted.at<int>(0, c))] = float(counted.at<int>(int(i) + 1, c));
    return SHIM_OK;
  });
}

int forest_measure(const shim_forest *forest, size_t *nodes, size_t *bytes) {
  return guarded([&]() -> int {
    *nodes = forest->trees->getNodes().size();
    *bytes = *nodes * sizeof(cv::ml::DTrees::Node) + forest->trees->getSplits().size() * sizeof(cv::ml::DTrees::Split);
    return SHIM_OK;
  });
}

void forest_close(shim_forest **forest) {
  if (!forest) return;
  delete *forest;
  *forest = nullptr;
}

} // namespace

SHIM_MODULE_TABLE const shim_ml_table glyphlift_ml_table = {
    SHIM_ML_VERSION, sizeof(shim_ml_table), error_text,     svm_train,   svm_free,
    forest_train,    forest_predict,        forest_measure, forest_close};
