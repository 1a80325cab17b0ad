// How far rows are from one another as a graph measures it, in float32, and the scores of a few rows in float64.
#pragma once

#include <cmath>

#include "scores.h"
#include "table.h"
#include "vec.h"

namespace nearmiss {
namespace NEARMISS_ISA {

// What one number of x and one of y add to a distance.
struct OfDot {
  NEARMISS_INLINE Vec term(Vec x, Vec y, float) const { return x * y; }
  NEARMISS_INLINE float distance(float sum) const { return -sum; }
};
struct OfCosine {
  // scaled before they are multiplied: lengths may be far from 1
  NEARMISS_INLINE Vec term(Vec x, Vec y, float inverse) const { return x * (y * inverse); }
  NEARMISS_INLINE float distance(float sum) const { return 1 - sum; }
};
struct OfEuclidean {
  NEARMISS_INLINE Vec term(Vec x, Vec y, float) const {
    const Vec apart = x - y;
    return apart * apart;
  }
  NEARMISS_INLINE float distance(float sum) const { return sum; }
};

// Of COUNT rows side by side: one alone waits for its memory. Each row's sum is its own, in one order, whatever rows are beside it.
template <class Of, int COUNT>
NEARMISS_INLINE void distancesOf(const Rows& in, const float* x, float xInverse, const uint32_t* of, float* out) {
  const Of measure;
  const float* y[COUNT];
  float inverse[COUNT];
  Vec even[COUNT] = {}, odd[COUNT] = {};
  for (int c = 0; c < COUNT; c++) {
    y[c] = in.rows + of[c] * in.dim;
    inverse[c] = in.inverse == nullptr ? 1.f : in.inverse[of[c]];
  }
  long k = 0;
  for (; k + 2 * LANES <= in.dim; k += 2 * LANES) {
    const Vec first = load(x + k) * xInverse, second = load(x + k + LANES) * xInverse;
#pragma GCC unroll 4
    for (int c = 0; c < COUNT; c++) {
      even[c] += measure.term(first, load(y[c] + k), inverse[c]);
      odd[c] += measure.term(second, load(y[c] + k + LANES), inverse[c]);
    }
  }
  for (; k < in.dim; k += LANES) {
    const Vec last = loadSome(x + k, in.dim - k) * xInverse;
    for (int c = 0; c < COUNT; c++) even[c] += measure.term(last, loadSome(y[c] + k, in.dim - k), inverse[c]);
  }
  for (int c = 0; c < COUNT; c++) {
    const float distance = measure.distance(addedUp(even[c] + odd[c]));
    // what is no number must not come between the others
    out[c] = distance < INFINITY ? distance : INFINITY;
  }
}

template <class Of>
NEARMISS_INLINE void distancesOf(const Rows& in, const float* x, float inverse, const uint32_t* of, long count, float* out) {
  long i = 0;
  for (; i + 4 <= count; i += 4) distancesOf<Of, 4>(in, x, inverse, of + i, out + i);
  for (; i < count; i++) distancesOf<Of, 1>(in, x, inverse, of + i, out + i);
}

inline void distances(const Rows& in, const float* x, float inverse, const uint32_t* of, long count, float* out) {
  if (in.similarity == Similarity::dot) return distancesOf<OfDot>(in, x, 1, of, count, out);
  if (in.similarity == Similarity::cosine) return distancesOf<OfCosine>(in, x, inverse, of, count, out);
  distancesOf<OfEuclidean>(in, x, 1, of, count, out);
}

inline void scoreRows(const ScoreRows& in) {
  const auto rowAt = [&](long i) { return in.corpus + in.rows[i] * in.dim; };
  if (in.similarity == Similarity::dot) {
    productsInOrder<false>(in.query, in.dim, in.count, rowAt, [&](long i, double product, double) { in.scores[i] = float(product); });
    return;
  }
  const double size = sizeOf(in.similarity, inOrder(in.query, in.query, in.dim));
  productsInOrder<true>(in.query, in.dim, in.count, rowAt, [&](long i, double product, double square) {
    in.scores[i] = scoreOf(in.similarity, product, size, sizeOf(in.similarity, square));
  });
}

}  // namespace NEARMISS_ISA
}  // namespace nearmiss
