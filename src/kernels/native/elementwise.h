// Losses of one number against another, a term each: value, gradient and, where they are asked for, the terms in one pass.
#pragma once

#include <cmath>

#include "pool.h"
#include "rows.h"
#include "table.h"
#include "vec.h"

namespace nearmiss {
namespace NEARMISS_ISA {

// A term, its slope along the prediction and, of a loss that has one, its slope along the target.
template <class Number>
struct Slope {
  Number term, slope, back{};
};

template <class Number>
NEARMISS_INLINE Number signOf(Number e) {
  const Number zero{}, one = zero + 1.f;
  return select(e > 0, one, select(e < 0, -one, zero));
}

// The losses, each written once for a vector and for one number in float64. p is the prediction, y the target, w what the column
// of the entry weighs.

// (p - y)^2
struct Squared {
  template <class Number>
  NEARMISS_INLINE Slope<Number> operator()(Number p, Number y, Number) const {
    const Number e = p - y;
    return {e * e, e * 2.f, e * -2.f};
  }
};

// |p - y|
struct Absolute {
  template <class Number>
  NEARMISS_INLINE Slope<Number> operator()(Number p, Number y, Number) const {
    const Number e = p - y;
    return {larger(e, -e), signOf(e), signOf(-e)};
  }
};

// e^2 / 2 up to |e| = delta, delta (|e| - delta / 2) from there
struct Huber {
  float delta;
  template <class Number>
  NEARMISS_INLINE Slope<Number> operator()(Number p, Number y, Number) const {
    const Number e = p - y, near = smaller(larger(e, -e), Number{} + delta);
    return {near * (larger(e, -e) - near * 0.5f), near * signOf(e), near * signOf(-e)};
  }
};

// Huber over its delta: e^2 / (2 beta) up to |e| = beta, |e| - beta / 2 from there
struct SmoothL1 {
  float beta;
  template <class Number>
  NEARMISS_INLINE Slope<Number> operator()(Number p, Number y, Number) const {
    const Number e = p - y, near = smaller(larger(e, -e), Number{} + beta), share = near / beta;
    return {share * (larger(e, -e) - near * 0.5f), share * signOf(e), share * signOf(-e)};
  }
};

// log cosh(p - y) = |e| + log(1 + exp(-2 |e|)) - log 2, slope tanh(e). Near 0 both are differences that lose all digits, and their
// power series stand in.
struct LogCosh {
  template <class Number>
  NEARMISS_INLINE Slope<Number> operator()(Number p, Number y, Number) const {
    const Number e = p - y, size = larger(e, -e), z = e * e;
    const Number u = exp(size * -2.f);
    const Number far = size + (log1p(u) - 0.693147181f), steep = signOf(e) * ((u * -1.f + 1.f) / (u + 1.f));
    const Number even =
        z * (z * (z * (z * (z * (z * (z * 2.5658e-4f + -7.3860e-4f) + 2.1869489e-3f) + -6.7460317e-3f) + 2.2222222e-2f) +
                  -8.3333333e-2f) + 0.5f);
    const Number odd =
        e * (z * (z * (z * (z * (z * (z * 3.5921e-3f + -8.8632e-3f) + 2.1869489e-2f) + -5.3968254e-2f) + 1.3333333e-1f) +
                  -3.3333333e-1f) + 1.f);
    const auto close = size < 0.5f;
    const Number slope = select(close, odd, steep);
    return {select(close, even, far), slope, -slope};
  }
};

// q (y - p) where the target is at or above the prediction, (1 - q) (p - y) where it is below
struct Quantile {
  float q;
  template <class Number>
  NEARMISS_INLINE Slope<Number> operator()(Number p, Number y, Number) const {
    const Number e = p - y, above = Number{} + (1 - q), atOrBelow = Number{} - q;
    const Number slope = select(e > 0, above, atOrBelow);
    return {slope * e, slope, -slope};
  }
};

// w y softplus(-p) + (1 - y) softplus(p), p a logit; both are made of u = exp(-|p|)
struct BinaryCrossEntropy {
  template <class Number>
  NEARMISS_INLINE Slope<Number> operator()(Number p, Number y, Number w) const {
    const Number zero{}, one = zero + 1.f, right = w * y, wrong = one - y;
    const Number u = exp(-larger(p, -p)), log = log1p(u), most = one / (one + u), least = u * most;
    const Number missed = larger(-p, zero) + log, claimed = larger(p, zero) + log;
    const auto up = p > 0;
    return {right * missed + wrong * claimed, wrong * select(up, most, least) - right * select(up, least, most), (w - one) * missed - p};
  }
};

// binaryCrossEntropy of a logit, all of it times w
struct MultiLabelSoftMargin {
  template <class Number>
  NEARMISS_INLINE Slope<Number> operator()(Number p, Number y, Number w) const {
    const Slope<Number> at = BinaryCrossEntropy{}(p, y, Number{} + 1.f);
    return {w * at.term, w * at.slope, w * at.back};
  }
};

// log(1 - p) for p in [0, 1], the smallest too
template <class Number>
NEARMISS_INLINE Number logOfRest(Number p) {
  const Number zero{}, one = zero + 1.f, rest = one - p;
  // how much the rest was rounded up by
  const Number off = (rest - one) + p;
  return log(rest) - select(rest > 0, off / select(rest > 0, rest, one), zero);
}

// -w y log p - (1 - y) log(1 - p), p a probability: no logarithm counts for less than -100, no p (1 - p) for less than 1e-12
struct BinaryCrossEntropyOfProbabilities {
  template <class Number>
  NEARMISS_INLINE Slope<Number> operator()(Number p, Number y, Number w) const {
    const Number one = Number{} + 1.f, least = Number{} - 100.f, right = w * y, wrong = one - y, rest = one - p;
    const Number yes = larger(log(p), least), no = larger(logOfRest(p), least);
    return {-(right * yes + wrong * no), (wrong * p - right * rest) / larger(p * rest, Number{} + 1e-12f), no - w * yes};
  }
};

// y (log y - p), p a logarithm; 0 where y is
struct KlDivergence {
  template <class Number>
  NEARMISS_INLINE Slope<Number> operator()(Number p, Number y, Number) const {
    const Number zero{}, one = zero + 1.f;
    const auto some = y > 0;
    const Number farther = log(select(some, y, one)) - p;
    return {y * select(some, farther, zero), -y, select(some, farther + one, zero)};
  }
};

// the same, with y a logarithm too
struct KlDivergenceOfLogs {
  template <class Number>
  NEARMISS_INLINE Slope<Number> operator()(Number p, Number y, Number) const {
    const Number share = exp(y), farther = y - p;
    return {share * farther, -share, share * (farther + 1.f)};
  }
};

// a c m^gamma + epsilon m^(gamma + 1), p a logit: c its binaryCrossEntropy, m = y (1 - s) + (1 - y) s what the sigmoid s misses y by,
// a = y positive + (1 - y) negative
struct SigmoidFocal {
  float gamma, positive, negative, epsilon;
  template <class Number>
  NEARMISS_INLINE Slope<Number> operator()(Number p, Number y, Number) const {
    const Number zero{}, one = zero + 1.f, wrong = one - y, share = y * positive + wrong * negative;
    const Number u = exp(-larger(p, -p)), log1 = log1p(u), most = one / (one + u), least = u * most;
    const auto up = p > 0;
    const Number claim = select(up, most, least), rest = select(up, least, most);
    const Number entropy = y * (larger(-p, zero) + log1) + wrong * (larger(p, zero) + log1);
    const Number miss = y * rest + wrong * claim;
    const auto some = miss > 0;
    const Number over = select(some, one / select(some, miss, one), zero);
    const Number power = select(some, exp(log(select(some, miss, one)) * gamma), zero + float(gamma == 0));
    // of the miss, along p and along y
    const Number turn = wrong - y, steep = turn * claim * rest, apart = rest - claim;
    const Number added = zero + epsilon * (gamma + 1);
    return {power * (share * entropy + miss * epsilon),
            power * (share * (wrong * claim - y * rest + entropy * (steep * over) * gamma) + steep * added),
            power * (entropy * (positive - negative) + share * (entropy * over * apart * gamma - p) + apart * added)};
  }
};

// max(0, margin - y p), y 1 or -1; at the margin itself the slope is this share of -y
struct Hinge {
  float margin, share;
  template <class Number>
  NEARMISS_INLINE Slope<Number> operator()(Number p, Number y, Number) const {
    const Number zero{}, at = y * -share, gap = zero + margin - y * p;
    return {larger(gap, zero), select(gap > 0, -y, select(gap < 0, zero, at))};
  }
};

// max(0, margin - y p)^2
struct SquaredHinge {
  float margin;
  template <class Number>
  NEARMISS_INLINE Slope<Number> operator()(Number p, Number y, Number) const {
    const Number zero{}, gap = larger(zero + margin - y * p, zero);
    return {gap * gap, y * gap * -2.f};
  }
};

// max(0, 1 - y p)^2 from y p = -1 on, -4 y p before
struct ModifiedHuber {
  template <class Number>
  NEARMISS_INLINE Slope<Number> operator()(Number p, Number y, Number) const {
    const Number zero{}, gap = larger(zero + 1.f - y * p, zero);
    const auto far = gap > 2;
    return {select(far, y * p * -4.f, gap * gap), select(far, y * -4.f, y * gap * -2.f)};
  }
};

// log(1 + exp(-y p))
struct SoftMargin {
  template <class Number>
  NEARMISS_INLINE Slope<Number> operator()(Number p, Number y, Number) const {
    const Number wrong = -y * p;
    return {softplus(wrong), -y * logistic(wrong)};
  }
};

// p where y is 1, max(0, margin - p) where it is -1
struct HingeEmbedding {
  float margin;
  template <class Number>
  NEARMISS_INLINE Slope<Number> operator()(Number p, Number y, Number) const {
    const Number zero{}, one = zero + 1.f, gap = zero + margin - p;
    const auto near = y > 0;
    return {select(near, p, larger(gap, zero)), select(near, one, select(gap < 0, zero, -one))};
  }
};

// What each column weighs, for entries that follow one another.
class Columns {
 public:
  NEARMISS_INLINE Columns(const float* wrapped, long cols, long entry) : wrapped_(wrapped), cols_(cols), col_(wrapped ? entry % cols : 0) {}
  NEARMISS_INLINE Vec next(long count) {
    if (wrapped_ == nullptr) return all(1.f);
    const Vec w = load(wrapped_ + col_);
    col_ += count;
    if (col_ >= cols_) col_ %= cols_;
    return w;
  }

 private:
  const float* wrapped_;  // cols + LANES, beginning anew after cols
  long cols_, col_;
};

constexpr long BLOCK = 2048;  // entries: what is looked at twice stays in the nearest cache
constexpr long BLOCKS_A_TASK = 8;
// differences of larger numbers are taken, and multiplied, in float64
constexpr float LARGE = 1e15f;

struct BlockSums {
  double sum;
  double active;
};

// One block, with numbers no larger than LARGE; back: with the slopes along the targets.
template <bool back, class Loss>
NEARMISS_INLINE BlockSums blockOf(const Loss& loss, const Elementwise& in, const float* wrapped, long start, long length, bool streamed) {
  const float *p = in.predictions + start, *y = in.targets + start;
  const float* weights = in.weights == nullptr ? nullptr : in.weights + start;
  float* terms = in.terms == nullptr ? nullptr : in.terms + start;
  const Vec upstream = all(float(in.upstream));
  Columns columns(wrapped, in.cols, start);
  // sums are of the same numbers wherever `gradient` is aligned
  float slopes[BLOCK], backs[back ? BLOCK : 1];
  Vec sums{}, above{};
  eachVector(length, [&](long k, long count) {
    Slope<Vec> at = loss(loadSome(p + k, count), loadSome(y + k, count), columns.next(count));
    if (weights != nullptr) {
      const Vec weight = loadSome(weights + k, count);
      at = {at.term * weight, at.slope * weight, at.back * weight};
    }
    const Vec term = firstLanes(count) ? at.term : Vec{};
    sums += term;
    above += term > 0.f ? all(1.f) : Vec{};
    if (terms != nullptr) storeSome(terms + k, term, count);
    storeSome(slopes + k, at.slope * upstream, count);
    if constexpr (back) storeSome(backs + k, at.back * upstream, count);
  });
  writeEach(in.gradient + start, length, streamed, [&](long k, long count) { return loadSome(slopes + k, count); });
  if constexpr (back) {
    const bool past = streamed && in.targetGradient != in.targets;
    writeEach(in.targetGradient + start, length, past, [&](long k, long count) { return loadSome(backs + k, count); });
  }
  return {sum(sums), sum(above)};
}

// The same, one number after the other in float64.
template <class Loss>
NEARMISS_INLINE BlockSums largeBlockOf(const Loss& loss, const Elementwise& in, long start, long length) {
  BlockSums sums{};
  for (long e = start; e < start + length; e++) {
    const double column = in.columns == nullptr ? 1 : in.columns[e % in.cols], weight = in.weights == nullptr ? 1 : in.weights[e];
    const Slope<double> at = loss(double(in.predictions[e]), double(in.targets[e]), column);
    sums.sum += at.term * weight;
    sums.active += at.term * weight > 0;
    if (in.terms != nullptr) in.terms[e] = float(at.term * weight);
    in.gradient[e] = float(in.upstream * (at.slope * weight));
    if (in.targetGradient != nullptr) in.targetGradient[e] = float(in.upstream * (at.back * weight));
  }
  return sums;
}

// the largest size of a number; NaN where one is not finite
NEARMISS_INLINE float largestSize(const float* x, long length) {
  if (x == nullptr) return 0;
  Vec most{}, zeros{};
  eachVector(length, [&](long k, long count) {
    const Vec v = loadSome(x + k, count);
    most = larger(most, absolute(v));
    zeros += v * 0.f;
  });
  return sum(zeros) == 0 ? largest(most) : NAN;
}

// A block with a number that is not finite makes the sum NaN, and nothing is written for it.
template <class Loss>
NEARMISS_INLINE void eachEntry(const Loss& loss, Elementwise& in) {
  const long size = in.rows * in.cols, blocks = (size + BLOCK - 1) / BLOCK;
  in.sum = in.active = 0;
  if (size == 0) return;
  const bool streamed = in.gradient != in.predictions && double(size) * sizeof(float) >= STREAMED_FROM;
  Borrowed<float> wrapped(in.columns == nullptr ? 0 : in.cols + LANES);
  for (long k = 0; in.columns != nullptr && k < in.cols + LANES; k++) wrapped[k] = in.columns[k % in.cols];
  const float* columns = in.columns == nullptr ? nullptr : static_cast<const float*>(wrapped);
  const float heaviest = largestSize(in.columns, in.columns == nullptr ? 0 : in.cols);
  Borrowed<BlockSums> sums(blocks);
  parallel((blocks + BLOCKS_A_TASK - 1) / BLOCKS_A_TASK, [&](long task, int) {
    const long end = (task + 1) * BLOCKS_A_TASK < blocks ? (task + 1) * BLOCKS_A_TASK : blocks;
    for (long block = task * BLOCKS_A_TASK; block < end; block++) {
      const long start = block * BLOCK, length = size - start < BLOCK ? size - start : BLOCK;
      const float most[] = {largestSize(in.predictions + start, length), largestSize(in.targets + start, length),
                            largestSize(in.weights == nullptr ? nullptr : in.weights + start, length), heaviest};
      bool finite = true, small = true;
      for (float each : most) {
        finite = finite && each == each;
        small = small && each <= LARGE;
      }
      if (!finite) {
        sums[block] = {NAN, 0};
      } else {
        sums[block] = !small                       ? largeBlockOf(loss, in, start, length)
                      : in.targetGradient == nullptr ? blockOf<false>(loss, in, columns, start, length, streamed)
                                                     : blockOf<true>(loss, in, columns, start, length, streamed);
      }
    }
    if (streamed) endStream();
  });
  for (long block = 0; block < blocks; block++) {
    in.sum += sums[block].sum;
    in.active += sums[block].active;
  }
}

inline void elementwise(Elementwise& in) {
  const float parameter = float(in.parameter);
  switch (in.kind) {
    case ElementwiseKind::squared: return eachEntry(Squared{}, in);
    case ElementwiseKind::absolute: return eachEntry(Absolute{}, in);
    case ElementwiseKind::huber: return eachEntry(Huber{parameter}, in);
    case ElementwiseKind::smoothL1: return eachEntry(SmoothL1{parameter}, in);
    case ElementwiseKind::logCosh: return eachEntry(LogCosh{}, in);
    case ElementwiseKind::quantile: return eachEntry(Quantile{parameter}, in);
    case ElementwiseKind::binaryCrossEntropy: return eachEntry(BinaryCrossEntropy{}, in);
    case ElementwiseKind::binaryCrossEntropyOfProbabilities: return eachEntry(BinaryCrossEntropyOfProbabilities{}, in);
    case ElementwiseKind::multiLabelSoftMargin: return eachEntry(MultiLabelSoftMargin{}, in);
    case ElementwiseKind::klDivergence: return eachEntry(KlDivergence{}, in);
    case ElementwiseKind::klDivergenceOfLogs: return eachEntry(KlDivergenceOfLogs{}, in);
    case ElementwiseKind::sigmoidFocal:
      return eachEntry(SigmoidFocal{parameter, float(in.positive), float(in.negative), float(in.epsilon)}, in);
    case ElementwiseKind::hinge: return eachEntry(Hinge{parameter, 1.f}, in);
    case ElementwiseKind::halfHinge: return eachEntry(Hinge{parameter, 0.5f}, in);
    case ElementwiseKind::squaredHinge: return eachEntry(SquaredHinge{parameter}, in);
    case ElementwiseKind::modifiedHuber: return eachEntry(ModifiedHuber{}, in);
    case ElementwiseKind::softMargin: return eachEntry(SoftMargin{}, in);
    case ElementwiseKind::hingeEmbedding: return eachEntry(HingeEmbedding{parameter}, in);
  }
}

// The first of x[0] ... x[size - 1] that is not in [least, most], as NaN never is; -1 where all are.
inline long firstOutside(const float* x, long size, float least, float most) {
  constexpr long TASK = 1 << 16, LOOK = 1024;
  const long tasks = (size + TASK - 1) / TASK;
  Borrowed<long> found(tasks);
  parallel(tasks, [=, &found](long task, int) {
    found[task] = -1;
    const long end = (task + 1) * TASK < size ? (task + 1) * TASK : size;
    for (long start = task * TASK; start < end; start += LOOK) {
      const long length = end - start < LOOK ? end - start : LOOK;
      IntVec outside{};
      eachVector(length, [&](long k, long count) {
        const Vec v = loadSome(x + start + k, count, least);
        outside |= ~((v >= least) & (v <= most));
      });
      bool any = false;
      for (int lane = 0; lane < LANES; lane++) any = any || outside[lane] != 0;
      for (long e = start; any && e < start + length; e++) {
        if (x[e] >= least && x[e] <= most) continue;
        found[task] = e;
        return;
      }
    }
  });
  for (long task = 0; task < tasks; task++) {
    if (found[task] >= 0) return found[task];
  }
  return -1;
}

}  // namespace NEARMISS_ISA
}  // namespace nearmiss
