// The order in which rows are taken: rows that are near one another side by side, so that pairs that weigh something
// share tiles and the other tiles can be left out. What is computed does not depend on it, but for rounding.
#pragma once

#include "product.h"
#include "rows.h"

namespace nearmiss {
namespace NEARMISS_ISA {

// Numbers 0 ... count - 1, a before b where before(a, b), and otherwise as they were: a merge sort.
template <class Before>
inline void sortNumbers(long count, uint32_t* order, const Before& before) {
  Borrowed<uint32_t> other(count + 1);
  for (long i = 0; i < count; i++) order[i] = uint32_t(i);
  for (long run = 1; run < count; run *= 2) {
    for (long start = 0; start < count; start += 2 * run) {
      const long middle = start + run < count ? start + run : count, end = start + 2 * run < count ? start + 2 * run : count;
      long left = start, right = middle;
      for (long to = start; to < end; to++) {
        const bool fromLeft = left < middle && (right == end || !before(order[right], order[left]));
        other[to] = fromLeft ? order[left++] : order[right++];
      }
    }
    for (long i = 0; i < count; i++) order[i] = other[i];
  }
}

// Rows of one class side by side, in their own order.
inline void orderByClass(const int32_t* classes, long rows, uint32_t* order) {
  sortNumbers(rows, order, [&](uint32_t a, uint32_t b) { return classes[a] < classes[b]; });
}

// Rows by the nearest of PIVOTS rows, and these in the order of a walk that always goes on to the nearest not yet seen. Pivots are
// taken from a sample, each the row that is farthest from those before: where there are clusters, each has one.
inline void orderByNearness(const float* x, long rows, long dim, uint32_t* order) {
  constexpr long PIVOTS = 128, MOST = 1024;
  const long sampled = rows / 4 < MOST ? rows / 4 : MOST;
  if (sampled < PIVOTS) return;
  Borrowed<float> sample(sampled * dim), pivots(PIVOTS * dim), among(sampled * sampled), similarity(rows * PIVOTS), nearest(sampled);
  eachRow(sampled, [&](long s) {
    // one from each stretch of rows, at no regular distance: batches are often regular
    const long step = rows / sampled;
    const float* from = x + (s * step + long(uint32_t(s * 2654435761u) >> 8) % step) * dim;
    const double square = dot(from, from, dim), over = square > 0 ? 1 / std::sqrt(square) : 0;
    for (long k = 0; k < dim; k++) sample[s * dim + k] = float(over * from[k]);
    nearest[s] = -2;
  });
  const Strided samples{sample, sampled, dim, dim, 1};
  product(samples, samples, among);
  long picked[PIVOTS] = {};
  for (long p = 0; p < PIVOTS; p++) {
    for (long s = 1; p > 0 && s < sampled; s++) picked[p] = nearest[s] < nearest[picked[p]] ? s : picked[p];
    for (long s = 0; s < sampled; s++) nearest[s] = std::fmax(nearest[s], among[picked[p] * sampled + s]);
    for (long k = 0; k < dim; k++) pivots[p * dim + k] = sample[picked[p] * dim + k];
  }
  product({x, rows, dim, dim, 1}, {pivots, PIVOTS, dim, dim, 1}, similarity);

  long place[PIVOTS];
  bool seen[PIVOTS] = {};
  for (long at = 0, p = 0; at < PIVOTS; at++) {
    place[p] = at;
    seen[p] = true;
    long next = -1;
    for (long q = 0; q < PIVOTS; q++) {
      if (!seen[q] && (next < 0 || among[picked[p] * sampled + picked[q]] > among[picked[p] * sampled + picked[next]])) next = q;
    }
    p = next < 0 ? p : next;
  }

  Borrowed<uint32_t> group(rows);
  parallel(blocksOf(rows, 64), [&](long task, int) {
    for (long i = task * 64; i < (task + 1) * 64 && i < rows; i++) {
      long best = 0;
      for (long p = 1; p < PIVOTS; p++) best = similarity[i * PIVOTS + p] > similarity[i * PIVOTS + best] ? p : best;
      group[i] = uint32_t(place[best]);
    }
  });
  long start[PIVOTS + 1] = {};
  for (long i = 0; i < rows; i++) start[group[i] + 1]++;
  for (long p = 0; p < PIVOTS; p++) start[p + 1] += start[p];
  for (long i = 0; i < rows; i++) order[start[group[i]]++] = uint32_t(i);
}

}  // namespace NEARMISS_ISA
}  // namespace nearmiss
