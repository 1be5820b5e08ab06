// The core part of the shim: OpenCV's core and imgproc behind shim.h. Every body runs inside guarded(), so that no
// exception reaches C.
#include "shim.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string>

#include <opencv2/core.hpp>
#include <opencv2/core/utils/logger.hpp>
#include <opencv2/imgproc.hpp>
#if __has_include(<opencv2/geometry.hpp>)
#include <opencv2/geometry.hpp> // OpenCV 5 keeps fits and polygons there
#endif

namespace {

thread_local std::string last_error;

int fail(int status, const char *message) {
  try {
    last_error = message;
  } catch (...) {
    last_error.clear();
  }
  return status;
}

// OpenCV's own threads would compete with the caller's, and its error log would reach stderr.
struct quiet_single_thread {
  static int ignore(int, const char *, const char *, const char *, int, void *) { return 0; }
  quiet_single_thread() {
    cv::setNumThreads(1);
    cv::redirectError(ignore);
    cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT);
  }
};

template <typename Body> int guarded(Body body) {
  try {
    static const quiet_single_thread once;
    body();
    return SHIM_OK;
  } catch (const std::bad_alloc &) {
    return fail(SHIM_ERR_MEMORY, "out of memory");
  } catch (const cv::Exception &e) {
    return fail(e.code == cv::Error::StsNoMem ? SHIM_ERR_MEMORY : SHIM_ERR_FAILED, e.err.c_str());
  } catch (const std::exception &e) {
    return fail(SHIM_ERR_FAILED, e.what());
  } catch (...) {
    return fail(SHIM_ERR_FAILED, "unknown failure");
  }
}

cv::Mat view(const shim_image *image) {
  if (!image || !image->data || image->width <= 0 || image->height <= 0 || image->stride <= 0)
    throw std::invalid_argument("an empty picture was handed over");
  return cv::Mat(image->height, image->width, CV_8UC(image->channels), image->data, size_t(image->stride));
}

// A result that does not land in the caller's memory was made at another size or type: a fault of the caller.
void require_same_memory(const cv::Mat &result, const shim_image *image) {
  if (result.data != image->data) throw std::invalid_argument("the result picture has the wrong size or channels");
}

cv::Scalar scalar(shim_colour c) { return cv::Scalar(c.r, c.g, c.b); }

cv::Mat square(int window) {
  if (window < 1 || window % 2 == 0) throw std::invalid_argument("the window must be odd");
  return cv::getStructuringElement(cv::MORPH_RECT, cv::Size(window, window));
}

// The points themselves, not copied.
cv::Mat view_points(const float *points, size_t count) {
  return cv::Mat(static_cast<int>(count), 1, CV_32FC2, const_cast<float *>(points));
}

const int text_font = cv::FONT_HERSHEY_SIMPLEX;

double text_scale(int height, int thickness) { return cv::getFontScaleFromHeight(text_font, height, thickness); }

std::string ascii(const char *text) {
  std::string out;
  for (const char *p = text; *p; p++) {
    const unsigned char c = static_cast<unsigned char>(*p);
    if ((c & 0xC0) == 0x80) continue; // one '?' a UTF-8 character
    out += c >= 0x20 && c < 0x7F ? *p : '?';
  }
  return out;
}

} // namespace

const char *shim_error(void) { return last_error.c_str(); }

int shim_image_create(shim_image *out, int width, int height, int channels) {
  std::memset(out, 0, sizeof *out);
  if (width <= 0 || height <= 0 || (channels != 1 && channels != 3))
    return fail(SHIM_ERR_ARGUMENT, "a picture needs a positive size and 1 or 3 channels");
  const size_t stride = size_t(width) * size_t(channels);
  if (stride > SIZE_MAX / size_t(height)) return fail(SHIM_ERR_MEMORY, "the picture is too large");
  out->data = static_cast<uint8_t *>(std::malloc(stride * size_t(height)));
  if (!out->data) return fail(SHIM_ERR_MEMORY, "out of memory");
  out->width = width;
  out->height = height;
  out->channels = channels;
  out->stride = ptrdiff_t(stride);
  return SHIM_OK;
}

int shim_image_reuse(shim_image *image, int width, int height, int channels) {
  if (image->data && image->width == width && image->height == height && image->channels == channels) return SHIM_OK;
  shim_image_free(image);
  return shim_image_create(image, width, height, channels);
}

void shim_image_free(shim_image *image) {
  if (!image) return;
  std::free(image->data);
  std::memset(image, 0, sizeof *image);
}

int shim_rgb_to_gray(const shim_image *rgb, shim_image *gray) {
  return guarded([&] {
    cv::Mat out = view(gray);
    cv::cvtColor(view(rgb), out, cv::COLOR_RGB2GRAY);
    require_same_memory(out, gray);
  });
}

int shim_gray_to_rgb(const shim_image *gray, shim_image *rgb) {
  return guarded([&] {
    cv::Mat out = view(rgb);
    cv::cvtColor(view(gray), out, cv::COLOR_GRAY2RGB);
    require_same_memory(out, rgb);
  });
}

int shim_resize(const shim_image *src, shim_image *dst) {
  return guarded([&] {
    cv::Mat out = view(dst);
    const bool shrinks = dst->width <= src->width && dst->height <= src->height;
    cv::resize(view(src), out, out.size(), 0, 0, shrinks ? cv::INTER_AREA : cv::INTER_LINEAR);
    require_same_memory(out, dst);
  });
}

int shim_blur(const shim_image *src, shim_image *dst, int window) {
  return guarded([&] {
    cv::Mat out = view(dst);
    cv::GaussianBlur(view(src), out, cv::Size(window, window), 0, 0, cv::BORDER_REPLICATE);
    require_same_memory(out, dst);
  });
}

int shim_dilate(const shim_image *src, shim_image *dst, int window) {
  return guarded([&] {
    cv::Mat out = view(dst);
    cv::dilate(view(src), out, square(window));
    require_same_memory(out, dst);
  });
}

int shim_close(const shim_image *src, shim_image *dst, int window) {
  return guarded([&] {
    cv::Mat out = view(dst);
    cv::morphologyEx(view(src), out, cv::MORPH_CLOSE, square(window));
    require_same_memory(out, dst);
  });
}

/* A picture that grows gains by bicubic interpolation, which keeps its edges; for any other, bilinear is as good. */
static int interpolation(double xx, double xy, double yx, double yy) {
  return std::abs(xx * yy - xy * yx) < 0.5 ? cv::INTER_CUBIC : cv::INTER_LINEAR;
}

int shim_warp_affine(const shim_image *src, shim_image *dst, const double m[6], uint8_t outside) {
  return guarded([&] {
    cv::Mat out = view(dst);
    const cv::Mat matrix = (cv::Mat_<double>(2, 3) << m[0], m[1], m[2], m[3], m[4], m[5]);
    cv::warpAffine(view(src), out, matrix, out.size(), interpolation(m[0], m[1], m[3], m[4]) | cv::WARP_INVERSE_MAP,
                   cv::BORDER_CONSTANT, cv::Scalar::all(outside));
    require_same_memory(out, dst);
  });
}

int shim_warp_perspective(const shim_image *src, shim_image *dst, const double m[9], uint8_t outside) {
  if (m[6] == 0 && m[7] == 0 && m[8] == 1) return shim_warp_affine(src, dst, m, outside); // two times faster
  return guarded([&] {
    cv::Mat out = view(dst);
    const cv::Mat matrix = (cv::Mat_<double>(3, 3) << m[0], m[1], m[2], m[3], m[4], m[5], m[6], m[7], m[8]);
    cv::warpPerspective(view(src), out, matrix, out.size(), interpolation(m[0], m[1], m[3], m[4]) | cv::WARP_INVERSE_MAP,
                        cv::BORDER_CONSTANT, cv::Scalar::all(outside));
    require_same_memory(out, dst);
  });
}

int shim_contours_find(const shim_image *binary, shim_contours *out) {
  std::memset(out, 0, sizeof *out);
  const int status = guarded([&] {
    std::vector<std::vector<cv::Point>> found;
    std::vector<cv::Vec4i> hierarchy;
    cv::findContours(view(binary), found, hierarchy, cv::RETR_CCOMP, cv::CHAIN_APPROX_NONE);
    size_t points = 0;
    for (const auto &contour : found) points += contour.size();
    out->contours = static_cast<shim_contour *>(std::calloc(found.size() + 1, sizeof(shim_contour)));
    out->points = static_cast<int *>(std::malloc((points + 1) * 2 * sizeof(int)));
    if (!out->contours || !out->points) throw std::bad_alloc();
    size_t next = 0;
    for (size_t i = 0; i < found.size(); i++) {
      const cv::Rect box = cv::boundingRect(found[i]);
      out->contours[i] = {next, found[i].size(), box.x, box.y, box.width, box.height, hierarchy[i][3],
                          hierarchy[i][2], hierarchy[i][3] < 0 ? -1 : hierarchy[i][0]};
      for (const cv::Point &p : found[i]) {
        out->points[2 * next] = p.x;
        out->points[2 * next + 1] = p.y;
        next++;
      }
    }
    out->count = found.size();
  });
  if (status != SHIM_OK) shim_contours_free(out);
  return status;
}

void shim_contours_free(shim_contours *contours) {
  if (!contours) return;
  std::free(contours->points);
  std::free(contours->contours);
  std::memset(contours, 0, sizeof *contours);
}

int shim_contours_fill(const shim_contours *contours, size_t index, int origin_x, int origin_y, shim_image *mask) {
  return guarded([&] {
    cv::Mat out = view(mask);
    const auto polygon = [&](const shim_contour &c) {
      std::vector<cv::Point> points(c.point_count);
      for (size_t i = 0; i < c.point_count; i++) {
        const int *p = contours->points + 2 * (c.first_point + i);
        points[i] = cv::Point(p[0] - origin_x, p[1] - origin_y);
      }
      return points;
    };
    const std::vector<std::vector<cv::Point>> outer{polygon(contours->contours[index])};
    cv::drawContours(out, outer, -1, cv::Scalar(255), cv::FILLED, cv::LINE_8);
    for (int i = contours->contours[index].first_hole; i >= 0; i = contours->contours[i].next_hole) {
      const std::vector<std::vector<cv::Point>> hole{polygon(contours->contours[i])};
      cv::drawContours(out, hole, -1, cv::Scalar(0), cv::FILLED, cv::LINE_8);
      // The points of a hole's contour are ink pixels.
      cv::drawContours(out, hole, -1, cv::Scalar(255), 1, cv::LINE_8);
    }
  });
}

// OpenCV's own measuring adds up centres and looks at the paper, too: it takes as long as the labelling.
static void measure_components(const cv::Mat &labels, shim_component *items) {
  for (int y = 0; y < labels.rows; y++) {
    const int32_t *row = labels.ptr<int32_t>(y);
    for (int x = 0; x < labels.cols; x++) {
      if (!row[x]) continue;
      shim_component *c = &items[row[x] - 1];
      if (!c->area++) *c = {x, y, 0, 0, 1};
      const int left = std::min(c->x, x), right = std::max(c->x + c->width, x + 1);
      c->x = left;
      c->width = right - left;
      c->height = y + 1 - c->y;
    }
  }
}

int shim_components_find(const shim_image *binary, shim_components *out) {
  std::memset(out, 0, sizeof *out);
  const int status = guarded([&] {
    const cv::Mat picture = view(binary);
    out->labels = static_cast<int32_t *>(std::malloc(picture.total() * sizeof(int32_t)));
    if (!out->labels) throw std::bad_alloc();
    cv::Mat labels(picture.rows, picture.cols, CV_32S, out->labels);
    const int count = cv::connectedComponents(picture, labels, 8, CV_32S);
    if (labels.data != reinterpret_cast<uchar *>(out->labels)) throw std::logic_error("the labels lie elsewhere");
    out->items = static_cast<shim_component *>(std::calloc(size_t(count), sizeof(shim_component)));
    if (!out->items) throw std::bad_alloc();
    measure_components(labels, out->items);
    out->count = size_t(count) - 1;
  });
  if (status != SHIM_OK) shim_components_free(out);
  return status;
}

void shim_components_free(shim_components *components) {
  if (!components) return;
  std::free(components->labels);
  std::free(components->items);
  std::memset(components, 0, sizeof *components);
}

int shim_fit_ellipse(const float *points, size_t count, double centre[2], double radii[2], double *angle_degrees) {
  return guarded([&] {
    const cv::RotatedRect box = cv::fitEllipseDirect(view_points(points, count));
    const bool upright = box.size.height > box.size.width;
    centre[0] = box.center.x;
    centre[1] = box.center.y;
    radii[0] = std::max(box.size.width, box.size.height) / 2;
    radii[1] = std::min(box.size.width, box.size.height) / 2;
    *angle_degrees = std::fmod(box.angle + (upright ? 90 : 0) + 360, 180);
    if (!std::isfinite(centre[0] + centre[1] + radii[0] + radii[1] + *angle_degrees))
      throw std::runtime_error("no ellipse lies near the points");
  });
}

int shim_fit_line(const float *points, size_t count, double point[2], double direction[2]) {
  return guarded([&] {
    cv::Vec4f line;
    cv::fitLine(view_points(points, count), line, cv::DIST_HUBER, 0, 0.01, 0.01);
    direction[0] = line[0];
    direction[1] = line[1];
    point[0] = line[2];
    point[1] = line[3];
  });
}

int shim_simplify(const float *points, size_t count, double epsilon, size_t *kept, size_t *kept_count) {
  return guarded([&] {
    std::vector<cv::Point2f> simple;
    cv::approxPolyDP(view_points(points, count), simple, epsilon, false);
    size_t next = 0;
    *kept_count = 0;
    for (size_t i = 0; i < count && next < simple.size(); i++) {
      if (points[2 * i] != simple[next].x || points[2 * i + 1] != simple[next].y) continue;
      kept[(*kept_count)++] = i;
      next++;
    }
  });
}

int shim_hu_moments(const shim_image *gray, double out[7]) {
  return guarded([&] { cv::HuMoments(cv::moments(view(gray)), out); });
}

int shim_hull_area(const float *points, size_t count, double *area) {
  return guarded([&] {
    std::vector<cv::Point2f> hull;
    cv::convexHull(view_points(points, count), hull);
    *area = cv::contourArea(hull);
  });
}

int shim_fill_polygon(shim_image *image, const float *points, size_t count, uint8_t value) {
  return guarded([&] {
    cv::Mat out = view(image);
    std::vector<std::vector<cv::Point>> polygon(1);
    for (size_t i = 0; i < count; i++)
      polygon[0].emplace_back(cvRound(points[2 * i]), cvRound(points[2 * i + 1]));
    cv::fillPoly(out, polygon, cv::Scalar(value), cv::LINE_8);
  });
}

int shim_draw_rectangle(shim_image *image, int x, int y, int width, int height, shim_colour colour, int thickness) {
  return guarded([&] {
    cv::Mat out = view(image);
    cv::rectangle(out, cv::Rect(x, y, width, height), scalar(colour), thickness, cv::LINE_AA);
  });
}

int shim_draw_line(shim_image *image, int x0, int y0, int x1, int y1, shim_colour colour, int thickness) {
  return guarded([&] {
    cv::Mat out = view(image);
    cv::line(out, cv::Point(x0, y0), cv::Point(x1, y1), scalar(colour), thickness,
             image->channels == 1 ? cv::LINE_8 : cv::LINE_AA);
  });
}

int shim_draw_filled(shim_image *image, int x, int y, int width, int height, shim_colour colour, double opacity) {
  return guarded([&] {
    cv::Mat all = view(image);
    cv::Mat part = all(cv::Rect(x, y, width, height) & cv::Rect(0, 0, all.cols, all.rows));
    if (part.empty()) return;
    const cv::Mat fill(part.size(), part.type(), scalar(colour));
    cv::addWeighted(fill, opacity, part, 1 - opacity, 0, part);
  });
}

int shim_draw_text(shim_image *image, const char *text, int x, int y, int height, shim_colour colour, int thickness) {
  return guarded([&] {
    cv::Mat out = view(image);
    cv::putText(out, ascii(text), cv::Point(x, y), text_font, text_scale(height, thickness), scalar(colour), thickness,
                cv::LINE_AA);
  });
}

int shim_text_width(const char *text, int height, int thickness) {
  int width = 0;
  guarded([&] {
    int baseline = 0;
    width = cv::getTextSize(ascii(text), text_font, text_scale(height, thickness), thickness, &baseline).width;
  });
  return width;
}
