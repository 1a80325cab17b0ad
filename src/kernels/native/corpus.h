// Rows kept as the columns of a search's product, slice by slice (zeros past the last row), with the square of each and what its coarse
// form lost: what a search reads of its corpus.
#pragma once

#include "coarse.h"
#include "pool.h"
#include "product.h"
#include "table.h"

namespace nearmiss {
namespace NEARMISS_ISA {

// The slices of rows j0 ... j0 + width - 1, their squares and losses, all from the first number on; j0 is a multiple of 16.
template <class Form>
NEARMISS_INLINE void packSlices(const float* rows, long count, long dim, long j0, long width, float* columns, double* squares, double* lost) {
  Borrowed<float> scratch(SLICE * dim + 1);
  for (long s = 0; s < blocksOf(width, SLICE); s++) {
    const long first = j0 + s * SLICE;
    packCoarseSlice<Form>([&](long j) { return first + j < count ? rows + (first + j) * dim : nullptr; }, dim, scratch,
                          columns + s * SLICE * coarseUnits<Form>(dim), squares + s * SLICE, lost + s * SLICE);
  }
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
      packSlices<Coarse>(in.rows, in.count, in.dim, j0, SLICE, in.columns + j0 * coarseUnits<Coarse>(in.dim), in.squares + j0, in.lost + j0);
    }
  });
}

}  // namespace NEARMISS_ISA
}  // namespace nearmiss
