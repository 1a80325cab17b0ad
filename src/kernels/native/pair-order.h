// The order in which rows are taken: rows that are near one another side by side, so that pairs that weigh something
// share tiles and the other tiles can be left out. What is computed does not depend on it, but for rounding.
#pragma once

#include "product.h"
#include "rows.h"

namespace nearmiss {
namespace NEARMISS_ISA {

// Rows of one class side by side, in their own order: a merge sort of row numbers.
inline void orderByClass(const int32_t* classes, long rows, uint32_t* order) {
  Borrowed<uint32_t> other(rows + 1);
  for (long i = 0; i < rows; i++) order[i] = uint32_t(i);
  for (long run = 1; run < rows; run *= 2) {
    for (long start = 0; start < rows; start += 2 * run) {
      const long middle = start + run < rows ? start + run : rows, end = start + 2 * run < rows ? start + 2 * run : rows;
      long left = start, right = middle;
      for (long to = start; to < end; to++) {
        const bool fromLeft = left < middle && (right == end || classes[order[left]] <= classes[order[right]]);
        other[to] = fromLeft ? order[left++] : order[right++];
      }
    }
    for (long i = 0; i < rows; i++) order[i] = other[i];
  }
}

// Rows by the nearest of PIVOTS rows, and these in the order of a walk that always goes on to the nearest not yet seen.
inline void orderByNearness(const float* x, long rows, long dim, uint32_t* order) {
  constexpr long PIVOTS = 128;
  if (rows < PIVOTS) return;
  // one from each stretch of rows, at no regular distance: batches are often regular
  const auto pivot = [&](long p) {
    const long step = rows / PIVOTS;
    return p * step + long(uint32_t(p * 2654435761u) >> 8) % step;
  };
  Borrowed<float> pivots(PIVOTS * dim), similarity(rows * PIVOTS), lengths(PIVOTS);
  for (long p = 0; p < PIVOTS; p++) {
    for (long k = 0; k < dim; k++) pivots[p * dim + k] = x[pivot(p) * dim + k];
    const double square = dot(x + pivot(p) * dim, x + pivot(p) * dim, dim);
    lengths[p] = square > 0 ? float(1 / std::sqrt(square)) : 0;
  }
  product({x, rows, dim, dim, 1}, {pivots, PIVOTS, dim, dim, 1}, similarity);
  const auto nearness = [&](long i, long p) { return similarity[i * PIVOTS + p] * lengths[p]; };

  long place[PIVOTS];
  bool seen[PIVOTS] = {};
  for (long at = 0, p = 0; at < PIVOTS; at++) {
    place[p] = at;
    seen[p] = true;
    long next = -1;
    for (long q = 0; q < PIVOTS; q++) {
      if (!seen[q] && (next < 0 || nearness(pivot(p), q) > nearness(pivot(p), next))) next = q;
    }
    p = next < 0 ? p : next;
  }

  Borrowed<uint32_t> group(rows);
  parallel(blocksOf(rows, 64), [&](long task, int) {
    for (long i = task * 64; i < (task + 1) * 64 && i < rows; i++) {
      long best = 0;
      for (long p = 1; p < PIVOTS; p++) best = nearness(i, p) > nearness(i, best) ? p : best;
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
