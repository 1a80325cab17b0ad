// Weighted sums of some rows of a table: what a bag of words is made into, and with its lists turned round the chain rule of that.
#pragma once

#include "pool.h"
#include "rows.h"
#include "table.h"
#include "vec.h"

namespace nearmiss {
namespace NEARMISS_ISA {

// to[k] = sum over e of weights[e] rows[ids[e]][k] for COUNT * HALF columns from k on, summed in float64
template <int COUNT>
NEARMISS_INLINE void sumColumns(const Bags& in, uint32_t first, uint32_t end, long k, float* to) {
  Wide sums[COUNT]{};
  for (uint32_t e = first; e < end; e++) {
    const float* from = in.rows + long(in.ids[e]) * in.cols + k;
    const double weight = in.weights[e];
    for (int part = 0; part < COUNT; part++) sums[part] += weight * widen(from + part * HALF);
  }
  for (int part = 0; part < COUNT; part++) narrow(to + k + part * HALF, sums[part]);
}

// out[i] = sum over e in offsets[i] ... offsets[i + 1] - 1 of weights[e] rows[ids[e]]
inline void weightedSums(const Bags& in) {
  constexpr int STRIP = 8;  // sums that stay in registers
  eachRow(in.bags, [&](long i) {
    const uint32_t first = in.offsets[i], end = in.offsets[i + 1];
    float* to = in.out + i * in.cols;
    long k = 0;
    for (; k + STRIP * HALF <= in.cols; k += STRIP * HALF) sumColumns<STRIP>(in, first, end, k, to);
    for (; k + HALF <= in.cols; k += HALF) sumColumns<1>(in, first, end, k, to);
    for (; k < in.cols; k++) {
      double sum = 0;
      for (uint32_t e = first; e < end; e++) sum += double(in.weights[e]) * in.rows[long(in.ids[e]) * in.cols + k];
      to[k] = float(sum);
    }
  });
}

}  // namespace NEARMISS_ISA
}  // namespace nearmiss
