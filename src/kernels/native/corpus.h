// Rows kept as the columns of a product, slice by slice ([slice][k][16], zeros past the last row), and the square of each: what a
// search reads of its corpus.
#pragma once

#include "pool.h"
#include "product.h"
#include "scores.h"
#include "table.h"

namespace nearmiss {
namespace NEARMISS_ISA {

// The slices of rows j0 ... j0 + width - 1, and their squares, both from the first number on; j0 is a multiple of 16.
NEARMISS_INLINE void packSlices(const float* rows, long count, long dim, long j0, long width, float* columns, double* squares) {
  packColumns([&](long j) { return j0 + j < count ? rows + (j0 + j) * dim : nullptr; }, 1, width, dim, columns);
  for (long s = 0; s < blocksOf(width, SLICE); s++) squaresOf(columns + s * SLICE * dim, dim, squares + s * SLICE);
}

// Packs the slices that hold a row of `changed`, or one from `first` on.
inline void pack(const Pack& in) {
  const long slices = blocksOf(in.count, SLICE), whole = in.first / SLICE;
  Borrowed<unsigned char> stale(slices + 1);
  for (long s = 0; s < slices; s++) stale[s] = s >= whole;
  for (long e = 0; e < in.changes; e++) stale[in.changed[e] / SLICE] = 1;
  Borrowed<long> due(slices + 1);
  long tasks = 0;
  for (long s = 0; s < slices; s++) {
    if (stale[s]) due[tasks++] = s;
  }
  constexpr long AT_ONCE = 8;
  parallel(blocksOf(tasks, AT_ONCE), [&](long task, int) {
    for (long t = task * AT_ONCE; t < (task + 1) * AT_ONCE && t < tasks; t++) {
      const long j0 = due[t] * SLICE;
      packSlices(in.rows, in.count, in.dim, j0, SLICE, in.columns + j0 * in.dim, in.squares + j0);
    }
  });
}

}  // namespace NEARMISS_ISA
}  // namespace nearmiss
