// Sums of rows drawn with replacement, as many as there are, again and again: what bootstrap intervals are made of.
//
// HALF resamples are drawn one after the other and summed side by side, each in a lane of its own: times[row][lane] is how often a row was
// drawn. A sum is over all rows in their order, and no product is fused with a sum, so that its bytes are those of the plain kernel.
#pragma once

#include <cstring>

#include "pool.h"
#include "table.h"
#include "vec.h"

namespace nearmiss {
namespace NEARMISS_ISA {

// random(seed) of core/random.ts
class Sfc32 {
 public:
  explicit Sfc32(uint32_t seed) {
    a_ ^= seed;
    for (int round = 0; round < 12; round++) next();
  }
  // floor(uniform * bound), both products rounded as there
  NEARMISS_INLINE uint32_t below(double bound) { return uint32_t(next() * 0x1p-32 * bound); }

 private:
  uint32_t a_ = 0x9e3779b9, b_ = 0x243f6a88 ^ 1, c_ = 0xb7e15162, counter_ = 1;

  NEARMISS_INLINE uint32_t next() {
    const uint32_t sum = a_ + b_ + counter_++;
    a_ = b_ ^ (b_ >> 9);
    b_ = c_ + (c_ << 3);
    c_ = ((c_ << 21) | (c_ >> 11)) + sum;
    return sum;
  }
};

// How often a row was drawn. That one of more than 255 is drawn oftener than this can tell has a chance of 1 in 10^500.
typedef uint8_t Times;
typedef Times TimesVec __attribute__((vector_size(HALF), aligned(1), may_alias));
typedef int32_t HalfInt __attribute__((vector_size(HALF * 4)));

NEARMISS_INLINE Wide widen(const Times* from) {
  return __builtin_convertvector(__builtin_convertvector(*reinterpret_cast<const TimesVec*>(from), HalfInt), Wide);
}

// the sums of columns k ... k + COUNT - 1 of HALF resamples, of which the first `some` are wanted
template <int COUNT>
NEARMISS_INLINE void sumResamples(const Resample& in, const Times* times, long k, long some, double* to) {
  Wide sums[COUNT]{};
  for (long i = 0; i < in.rows; i++) {
    const Wide often = widen(times + i * HALF);
    for (int part = 0; part < COUNT; part++) sums[part] += rounded(often * in.values[i * in.cols + k + part]);
  }
  for (long lane = 0; lane < some; lane++)
    for (int part = 0; part < COUNT; part++) to[lane * in.cols + k + part] = sums[part][lane];
}

inline void resample(const Resample& in) {
  const size_t bytes = in.rows * HALF;
  Borrowed<Times> times(bytes);
  Sfc32 random(in.seed);
  for (long first = 0; first < in.resamples; first += HALF) {
    const long some = in.resamples - first < HALF ? in.resamples - first : HALF;
    std::memset(times, 0, bytes);
    for (long lane = 0; lane < some; lane++)
      for (long draw = 0; draw < in.rows; draw++) times[random.below(in.rows) * HALF + lane]++;
    double* to = in.sums + first * in.cols;
    long k = 0;
    for (; k + 4 <= in.cols; k += 4) sumResamples<4>(in, times, k, some, to);
    for (; k < in.cols; k++) sumResamples<1>(in, times, k, some, to);
  }
}

}  // namespace NEARMISS_ISA
}  // namespace nearmiss
