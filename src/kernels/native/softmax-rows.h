// Softmax over the entries of each row: cross-entropy with its gradient, the logarithm and its chain rule. Each number is read
// once from memory and written once; what is done in between is done to a row that the caches hold.
#pragma once

#include <cmath>

#include "pool.h"
#include "rows.h"
#include "table.h"
#include "vec.h"

namespace nearmiss {
namespace NEARMISS_ISA {

// float32 sums of this many numbers are added up in float64
constexpr long SUMMED_TOGETHER = 1024;

struct Peak {
  float largest;
  bool finite;  // all numbers of the row are
};

NEARMISS_INLINE Peak peakOf(const float* x, long length) {
  if (length == 0) return {0, true};
  Vec most = all(x[0]), zeros{};
  eachVector(length, [&](long k, long count) {
    const Vec v = loadSome(x + k, count, x[0]);
    most = larger(most, v);
    zeros += v * 0.f;  // NaN times 0 and infinity times 0 are NaN
  });
  return {largest(most), sum(zeros) == 0};
}

// t_c = w_c, or 1 where all classes weigh the same: what smoothing spreads over the classes is a multiple of it
template <bool weighted>
struct Weights {
  static constexpr bool SOFT = false;
  const float* weights;

  NEARMISS_INLINE Vec at(long c, long count) const { return weighted ? loadSome(weights + c, count) : all(1.f); }
};

// t_c = w_c ((1 - s) q_c + s / classes), q the shares
template <bool weighted>
struct Shares {
  static constexpr bool SOFT = true;
  const float* shares;  // of this row
  const float* weights;
  float kept, even;     // 1 - s, s / classes

  NEARMISS_INLINE Vec at(long c, long count) const {
    const Vec smoothed = loadSome(shares + c, count) * kept + even;
    return weighted ? smoothed * loadSome(weights + c, count) : smoothed;
  }
};

// Sums over a row, with top its largest number.
struct RowSums {
  double others;     // of exp(x - top), but for one top
  double pull;       // of t (x - top)
  double rest, tops; // of t, without and of the tops; of shares only
};

// of numbers that are at most 1, without those that are 1: what 1 + others leaves of others where they are few
NEARMISS_INLINE double sumBelowOne(const float* x, long length) {
  Vec sums{};
  eachVector(length, [&](long k, long count) {
    const Vec v = loadSome(x + k, count);
    sums += v < 1.f ? v : Vec{};
  });
  return sum(sums);
}

// exps = exp(x - top)
template <class Target>
NEARMISS_INLINE RowSums sumsOf(const float* x, long classes, float top, const Target& target, float* exps) {
  constexpr float SMALL = 1.f / (1 << 20);  // so that differences of the largest numbers float32 has can be added up
  const Vec shift = all(top);
  double total = 0;
  RowSums row{};
  for (long from = 0; from < classes; from += SUMMED_TOGETHER) {
    const long length = classes - from < SUMMED_TOGETHER ? classes - from : SUMMED_TOGETHER;
    Vec sums{}, pulls{}, rests{}, tops{};
    eachVector(length, [&](long k, long count) {
      const long c = from + k;
      // the next row comes from memory while this one is computed
      __builtin_prefetch(x + classes + c);
      const IntVec there = firstLanes(count);
      const Vec v = loadSome(x + c, count, top), shifted = v - shift;
      const Vec t = there ? target.at(c, count) : Vec{};
      const Vec e = there ? exp(shifted) : Vec{};
      sums += e;
      pulls += t * (v * SMALL - shift * SMALL);
      if constexpr (Target::SOFT) {
        rests += shifted == 0.f ? Vec{} : t;
        tops += shifted == 0.f ? t : Vec{};
      }
      storeSome(exps + c, e, count);
    });
    total += sum(sums);
    row.pull += sum(pulls) / SMALL;
    row.rest += sum(rests);
    row.tops += sum(tops);
  }
  row.others = total < 2 ? sumBelowOne(exps, classes) : total - 1;
  return row;
}

// term = T log(1 + others) - sum of t_c (x_c - top), T = sum of t_c; slope_c = T softmax_c - t_c. The slope of a class that has
// more than half is minus the sum of the others', which a difference of two numbers near 1 would lose.
template <bool weighted>
NEARMISS_INLINE double softRow(const SoftmaxCrossEntropy& in, long i, float top, float* exps, bool streamed) {
  const long classes = in.classes;
  const float* x = in.logits + i * classes;
  float* out = in.gradient + i * classes;
  const Shares<weighted> target{in.targets + i * classes, in.weights, float(1 - in.smoothing), float(in.smoothing / classes)};
  const RowSums row = sumsOf(x, classes, top, target, exps);
  const double total = 1 + row.others, mass = row.rest + row.tops;
  if (in.targetGradient != nullptr) {
    // before the gradient, which may be written over x
    const Vec log = all(float(std::log1p(row.others))), less = all(float(-in.upstream * (1 - in.smoothing)));
    writeEach(in.targetGradient + i * classes, classes, streamed, [&](long c, long count) {
      const Vec slope = (loadSome(x + c, count) - top - log) * less;
      return weighted ? slope * loadSome(in.weights + c, count) : slope;
    });
  }
  long first = 0;
  while (total < 2 && x[first] != top) first++;
  const Vec over = all(float(in.upstream * mass / total)), upstream = all(float(in.upstream));
  writeEach(out, classes, streamed, [&](long c, long count) {
    return loadSome(exps + c, count) * over - target.at(c, count) * upstream;
  });
  if (total < 2) out[first] = float(-in.upstream * (mass * row.others / total - row.rest));
  return mass * std::log1p(row.others) - row.pull;
}

// The same with t = s w / classes, and more by (1 - s) w_label for the label: its slope is minus the sum of the others'.
template <bool weighted>
NEARMISS_INLINE double labelledRow(const SoftmaxCrossEntropy& in, long i, float top, float* exps, bool streamed) {
  const long classes = in.classes;
  const int32_t label = in.labels[i];
  const float* x = in.logits + i * classes;
  float* out = in.gradient + i * classes;
  const double even = in.smoothing / classes, weight = weighted ? in.weights[label] : 1;
  const double fromTop = double(x[label]) - top, kept = (1 - in.smoothing) * weight;
  const Weights<weighted> target{in.weights};
  const RowSums row = sumsOf(x, classes, top, target, exps);
  const double spread = even * in.weight, mass = spread + kept, total = 1 + row.others;
  const double away = fromTop == 0 ? row.others / total : (total - std::exp(fromTop)) / total;
  const Vec over = all(float(in.upstream * mass / total)), less = all(float(in.upstream * even));
  writeEach(out, classes, streamed, [&](long c, long count) {
    return loadSome(exps + c, count) * over - target.at(c, count) * less;
  });
  out[label] = float(-in.upstream * (mass * away - (spread - even * weight)));
  return mass * std::log1p(row.others) - kept * fromTop - even * row.pull;
}

// A row with a number that is not finite has the term NaN, and nothing is written for it.
inline void softmaxCrossEntropy(SoftmaxCrossEntropy& in) {
  const long classes = in.classes;
  in.weight = classes;
  if (in.weights != nullptr) {
    in.weight = 0;
    for (long c = 0; c < classes; c++) in.weight += in.weights[c];
  }
  const bool streamed = in.gradient != in.logits && double(in.rows) * classes * sizeof(float) >= STREAMED_FROM;
  Borrowed<double> terms(in.rows);
  const long wide = (classes + 15) / 16 * 16;
  Borrowed<float> exps(threads() * wide);
  eachRowByWorker(in.rows, [&](long i, int worker) {
    const float* x = in.logits + i * classes;
    const Peak peak = peakOf(x, classes);
    const bool ignored = classes == 0 || (in.labels != nullptr && in.labels[i] == in.ignored);
    float* scratch = exps + worker * wide;
    if (!peak.finite) {
      terms[i] = NAN;
    } else if (ignored) {
      terms[i] = 0;
      for (long c = 0; c < classes; c++) in.gradient[i * classes + c] = 0;
    } else if (in.labels == nullptr) {
      terms[i] = in.weights == nullptr ? softRow<false>(in, i, peak.largest, scratch, streamed)
                                       : softRow<true>(in, i, peak.largest, scratch, streamed);
    } else {
      terms[i] = in.weights == nullptr ? labelledRow<false>(in, i, peak.largest, scratch, streamed)
                                       : labelledRow<true>(in, i, peak.largest, scratch, streamed);
    }
    in.terms[i] = float(terms[i]);
    if (streamed) endStream();
  });
  in.sum = 0;
  for (long i = 0; i < in.rows; i++) in.sum += terms[i];
}

// the sum of exp(x - top) over a row, but for one top
NEARMISS_INLINE double othersOf(const float* x, long cols, float top) {
  double others = -1;
  for (long start = 0; start < cols; start += SUMMED_TOGETHER) {
    const long length = cols - start < SUMMED_TOGETHER ? cols - start : SUMMED_TOGETHER;
    Vec sums{}, ties{};
    eachVector(length, [&](long k, long count) {
      const Vec shifted = loadSome(x + start + k, count, top) - top;
      const Vec e = firstLanes(count) ? exp(shifted) : Vec{};
      sums += shifted == 0.f ? Vec{} : e;
      ties += shifted == 0.f ? e : Vec{};
    });
    others += sum(sums) + sum(ties);
  }
  return others;
}

// out = x - top - log(1 + others); minus infinity stays what it is
inline void logSoftmax(const float* x, long rows, long cols, float* out) {
  eachRow(rows, [=](long i) {
    const float* from = x + i * cols;
    const float top = peakOf(from, cols).largest;
    const float log = float(std::log1p(othersOf(from, cols, top)));
    writeEach(out + i * cols, cols, false, [&](long k, long count) { return loadSome(from + k, count) - top - log; });
  });
}

// out = u - softmax * sum of u, for upstream row u
inline void logSoftmaxBackward(const float* value, const float* upstream, long rows, long cols, float* out) {
  eachRow(rows, [=](long i) {
    const float *logs = value + i * cols, *from = upstream + i * cols;
    double total = 0;
    for (long start = 0; start < cols; start += SUMMED_TOGETHER) {
      const long length = cols - start < SUMMED_TOGETHER ? cols - start : SUMMED_TOGETHER;
      Vec sums{};
      eachVector(length, [&](long k, long count) { sums += loadSome(from + start + k, count); });
      total += sum(sums);
    }
    writeEach(out + i * cols, cols, false, [&](long k, long count) {
      return loadSome(from + k, count) - exp(loadSome(logs + k, count)) * float(total);
    });
  });
}

// out = exp(x - top) / (1 + others), times the row's upstream where there is one
inline void softmax(const float* x, const double* upstream, long rows, long cols, float* out) {
  eachRow(rows, [=](long i) {
    const float* from = x + i * cols;
    const float top = peakOf(from, cols).largest;
    const Vec over = all(float((upstream == nullptr ? 1 : upstream[i]) / (1 + othersOf(from, cols, top))));
    writeEach(out + i * cols, cols, false, [&](long k, long count) { return exp(loadSome(from + k, count) - top) * over; });
  });
}

// out = softmax * (u - u . softmax), for upstream row u
inline void softmaxBackward(const float* value, const float* upstream, long rows, long cols, float* out) {
  eachRow(rows, [=](long i) {
    const float *share = value + i * cols, *from = upstream + i * cols;
    const Vec mean = all(float(dot(share, from, cols)));
    writeEach(out + i * cols, cols, false, [&](long k, long count) {
      return loadSome(share + k, count) * (loadSome(from + k, count) - mean);
    });
  });
}

// out = top + log(1 + others); minus infinity of no numbers
inline void logSumExp(const float* x, long rows, long cols, double* out) {
  eachRow(rows, [=](long i) {
    const float* from = x + i * cols;
    const float top = peakOf(from, cols).largest;
    out[i] = top + std::log1p(othersOf(from, cols, top));
  });
}

}  // namespace NEARMISS_ISA
}  // namespace nearmiss
