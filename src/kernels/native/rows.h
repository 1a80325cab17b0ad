// Kernels that go through a matrix row by row, each number read once from memory and written once.
#pragma once

#include <cmath>

#include "pool.h"
#include "table.h"
#include "vec.h"

namespace nearmiss {
namespace NEARMISS_ISA {

constexpr long ROWS_A_TASK = 16;

// body(i) for every row, a few rows a task
template <class Body>
NEARMISS_INLINE void eachRow(long rows, const Body& body) {
  parallel((rows + ROWS_A_TASK - 1) / ROWS_A_TASK, [&](long task, int) {
    const long end = (task + 1) * ROWS_A_TASK < rows ? (task + 1) * ROWS_A_TASK : rows;
    for (long i = task * ROWS_A_TASK; i < end; i++) body(i);
  });
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

// term = log(1 + others) - (1 - s) (x_label - top) - s / classes * sum(x - top), others = sum of exp(x - top) but for the top
// itself; slope = softmax - target, the label's as minus the sum of the others'
inline void softmaxCrossEntropy(SoftmaxCrossEntropy& in) {
  const long classes = in.classes;
  const double spread = in.smoothing / classes;
  constexpr float SMALL = 1.f / (1 << 20);  // so that differences of the largest numbers float32 has can be added up
  Borrowed<double> terms(in.rows);
  eachRow(in.rows, [&](long i) {
    const float* x = in.logits + i * classes;
    float* out = in.gradient + i * classes;
    const int32_t label = in.labels[i];
    if (label == in.ignored) {
      in.terms[i] = 0;
      terms[i] = 0;
      for (long c = 0; c < classes; c++) out[c] = 0;
      return;
    }
    const long whole = classes / LANES * LANES;
    float top = x[0];
    if (whole > 0) {
      Vec most = load(x);
      for (long c = LANES; c < whole; c += LANES) most = larger(most, load(x + c));
      top = largest(most);
    }
    for (long c = whole; c < classes; c++) top = x[c] > top ? x[c] : top;

    const double fromTop = double(x[label]) - top;
    const Vec shift = all(top), one = all(1.f);
    Vec sums{}, ties{}, shifts{};
    for (long c = 0; c < whole; c += LANES) {
      const Vec shifted = load(x + c) - shift, x_small = load(x + c) * SMALL;
      const Vec e = exp(shifted);
      ties += shifted == 0.f ? one : Vec{};
      sums += shifted == 0.f ? Vec{} : e;
      shifts += x_small - shift * SMALL;
      store(out + c, e);
    }
    double others = sum(sums) + sum(ties) - 1, shifted = sum(shifts) / SMALL;
    for (long c = whole; c < classes; c++) {
      const double from = double(x[c]) - top, e = std::exp(from);
      shifted += from;
      others += e;
      out[c] = float(e);
    }
    const double total = 1 + others;
    const double away = fromTop == 0 ? others / total : (total - std::exp(fromTop)) / total;
    const Vec over = all(float(in.upstream / total)), less = all(float(in.upstream * spread));
    for (long c = 0; c < whole; c += LANES) store(out + c, load(out + c) * over - less);
    for (long c = whole; c < classes; c++) out[c] = float(in.upstream * (out[c] / total - spread));
    out[label] = float(-in.upstream * (away - spread * (classes - 1)));
    terms[i] = std::log1p(others) - (1 - in.smoothing) * fromTop - spread * shifted;
    in.terms[i] = float(terms[i]);
  });
  in.sum = 0;
  for (long i = 0; i < in.rows; i++) in.sum += terms[i];
}

inline void adamW(const AdamW& in) {
  constexpr long TASK = 4096;
  parallel((in.size + TASK - 1) / TASK, [&](long task, int) {
    const long end = (task + 1) * TASK < in.size ? (task + 1) * TASK : in.size;
    for (long e = task * TASK; e < end; e++) {
      const double slope = in.gradient[e];
      in.mean[e] = float(in.beta1 * in.mean[e] + (1 - in.beta1) * slope);
      in.square[e] = float(in.beta2 * in.square[e] + (1 - in.beta2) * slope * slope);
      const double move = in.mean[e] / in.meanFilled / (std::sqrt(in.square[e] / in.squareFilled) + in.epsilon);
      in.parameter[e] = float(in.parameter[e] - in.rate * (move + in.decay * in.parameter[e]));
    }
  });
}

}  // namespace NEARMISS_ISA
}  // namespace nearmiss
