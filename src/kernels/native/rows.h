// Kernels that go through a matrix row by row, each number read once from memory and written once.
#pragma once

#include <cmath>

#include "pool.h"
#include "table.h"
#include "vec.h"

namespace nearmiss {
namespace NEARMISS_ISA {

constexpr long ROWS_A_TASK = 16;
// results of more bytes would push everything else out of the caches and are written past them
constexpr double STREAMED_FROM = 32 << 20;

// body(i, worker) for every row, a few rows a task
template <class Body>
NEARMISS_INLINE void eachRowByWorker(long rows, const Body& body) {
  parallel((rows + ROWS_A_TASK - 1) / ROWS_A_TASK, [&](long task, int worker) {
    const long end = (task + 1) * ROWS_A_TASK < rows ? (task + 1) * ROWS_A_TASK : rows;
    for (long i = task * ROWS_A_TASK; i < end; i++) body(i, worker);
  });
}

template <class Body>
NEARMISS_INLINE void eachRow(long rows, const Body& body) {
  eachRowByWorker(rows, [&](long i, int) { body(i); });
}

// x . y, summed in LANES x 2 float32 sums and those in float64
NEARMISS_INLINE double dot(const float* x, const float* y, long length) {
  Vec even{}, odd{};
  long k = 0;
  for (; k + 2 * LANES <= length; k += 2 * LANES) {
    even += load(x + k) * load(y + k);
    odd += load(x + k + LANES) * load(y + k + LANES);
  }
  for (; k + LANES <= length; k += LANES) even += load(x + k) * load(y + k);
  double total = sum(even + odd);
  for (; k < length; k++) total += double(x[k]) * y[k];
  return total;
}

// unit = x / |x|, zero where x is; norms = |x|
inline void normalize(const float* x, long rows, long cols, float* unit, double* norms) {
  eachRow(rows, [=](long i) {
    const float* from = x + i * cols;
    float* to = unit + i * cols;
    // rows of very small or very large numbers would leave float32 when squared
    double squares = dot(from, from, cols);
    if (!(squares > 1e-30 && squares < 1e30)) {
      squares = 0;
      for (long k = 0; k < cols; k++) squares += double(from[k]) * from[k];
    }
    norms[i] = std::sqrt(squares);
    const double over = norms[i] == 0 ? 0 : 1 / norms[i];
    for (long k = 0; k < cols; k++) to[k] = float(from[k] * over);
  });
}

// out = (u - (u . unit) unit) / norm
inline void normalizeBackward(const float* unit, const double* norms, const float* upstream, long rows, long cols, float* out) {
  eachRow(rows, [=](long i) {
    const float *direction = unit + i * cols, *from = upstream + i * cols;
    float* to = out + i * cols;
    const double along = dot(from, direction, cols);
    if (norms[i] == 0) {
      for (long k = 0; k < cols; k++) to[k] = 0;
      return;
    }
    const double over = 1 / norms[i];
    for (long k = 0; k < cols; k++) to[k] = float((from[k] - along * direction[k]) * over);
  });
}

// products = x . x, y . y, x . y and |x - y|^2 of each row, all of one before the next; in float64, so that what is small beside them may be
// taken from their difference
inline void rowProducts(const float* x, const float* y, long rows, long cols, double* products) {
  eachRow(rows, [=](long i) {
    const float *left = x + i * cols, *right = y + i * cols;
    Wide sums[4]{};
    long k = 0;
    for (; k + HALF <= cols; k += HALF) {
      const Wide a = widen(left + k), b = widen(right + k), apart = a - b;
      sums[0] += a * a;
      sums[1] += b * b;
      sums[2] += a * b;
      sums[3] += apart * apart;
    }
    double totals[4];
    for (int part = 0; part < 4; part++) totals[part] = sum(sums[part]);
    for (; k < cols; k++) {
      const double a = left[k], b = right[k], apart = a - b;
      totals[0] += a * a;
      totals[1] += b * b;
      totals[2] += a * b;
      totals[3] += apart * apart;
    }
    for (int part = 0; part < 4; part++) products[part * rows + i] = totals[part];
  });
}

// out = ofX x + ofY y, with a number of each a row; may be x or y
inline void blendRows(const float* x, const float* y, const double* ofX, const double* ofY, long rows, long cols, float* out) {
  eachRow(rows, [=](long i) {
    const float *left = x + i * cols, *right = y + i * cols;
    float* to = out + i * cols;
    const double a = ofX[i], b = ofY[i];
    for (long k = 0; k < cols; k++) to[k] = float(a * left[k] + b * right[k]);
  });
}

// where a parameter of these moments moves, for a vector or a number
template <class Number>
NEARMISS_INLINE Number steppedAdamW(const AdamW& in, Number parameter, Number mean, Number square) {
  const Number move = mean * (1 / in.meanFilled) / (sqrt(square * (1 / in.squareFilled)) + in.epsilon);
  return parameter - in.rate * (move + in.decay * parameter);
}

// entries `at` ... of the parameter by entries `from` ... of the gradient; the moments are used as they are kept, in float32
NEARMISS_INLINE void adamWPart(const AdamW& in, long from, long at, long count) {
  const float* gradient = in.gradient + from;
  float *mean = in.mean + at, *square = in.square + at, *parameter = in.parameter + at;
  long e = 0;
  for (; e + HALF <= count; e += HALF) {
    const Wide slope = widen(gradient + e);
    narrow(mean + e, in.beta1 * widen(mean + e) + (1 - in.beta1) * slope);
    narrow(square + e, in.beta2 * widen(square + e) + (1 - in.beta2) * slope * slope);
    narrow(parameter + e, steppedAdamW(in, widen(parameter + e), widen(mean + e), widen(square + e)));
  }
  for (; e < count; e++) {
    const double slope = gradient[e];
    mean[e] = float(in.beta1 * mean[e] + (1 - in.beta1) * slope);
    square[e] = float(in.beta2 * square[e] + (1 - in.beta2) * slope * slope);
    parameter[e] = float(steppedAdamW(in, double(parameter[e]), double(mean[e]), double(square[e])));
  }
}

inline void adamW(const AdamW& in) {
  if (in.rows != nullptr) {
    eachRow(in.count, [&](long i) { adamWPart(in, i * in.cols, long(in.rows[i]) * in.cols, in.cols); });
    return;
  }
  constexpr long TASK = 4096;
  parallel((in.size + TASK - 1) / TASK, [&](long task, int) {
    const long first = task * TASK;
    adamWPart(in, first, first, in.size - first < TASK ? in.size - first : TASK);
  });
}

}  // namespace NEARMISS_ISA
}  // namespace nearmiss
