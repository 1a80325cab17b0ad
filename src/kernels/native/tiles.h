// The one product of all kernels: a 6 x 16 block of C += A B, over operands packed so that it reads them in order.
//
// packed rows of A: [panel of 6 rows][k][6]      packed columns of B: [slice of 16 columns][k][16]
// a tile of C:      [slice of 16 columns][row][16], which is also how a tile is an operand of the next product
#pragma once

#include "table.h"
#include "vec.h"

namespace nearmiss {
namespace NEARMISS_ISA {

constexpr long PANEL = 6;    // rows of A in registers
constexpr long SLICE = 16;   // columns of B in registers: the same for every instruction set, so that tiles are
constexpr long DEPTH = 256;  // k taken at a time: a slice of B of this depth stays in the first-level cache

constexpr int PARTS = SLICE / LANES;

struct Block {
  Vec row[PANEL][PARTS];
};

// What one k of an operand is: a float32 number. (coarse.h has another.)
struct Singles {
  NEARMISS_INLINE static Vec add(Vec sum, Vec x, Vec y) { return sum + x * y; }
};

// sum += a[PANEL x steps] b[steps x SLICE]; a's entry (r, k) stands at a[k * K_STRIDE + r * ROW_STRIDE]
template <long K_STRIDE, long ROW_STRIDE, class Entries = Singles>
NEARMISS_INLINE void accumulate(Block& sum, const float* a, const float* b, long steps) {
  for (long k = 0; k < steps; k++, a += K_STRIDE, b += SLICE) {
    Vec column[PARTS];
    for (int part = 0; part < PARTS; part++) column[part] = load(b + part * LANES);
#pragma GCC unroll 6
    for (int r = 0; r < PANEL; r++) {
      const Vec x = all(a[r * ROW_STRIDE]);
#pragma GCC unroll 4
      for (int part = 0; part < PARTS; part++) sum.row[r][part] = Entries::add(sum.row[r][part], x, column[part]);
    }
  }
}

// c's row r stands at c[r * stride]; the first product of a sum overwrites, the others add
NEARMISS_INLINE void put(const Block& block, float* c, long stride, long rows, bool first) {
  for (long r = 0; r < rows; r++) {
    for (int part = 0; part < PARTS; part++) {
      float* to = c + r * stride + part * LANES;
      store(to, first ? block.row[r][part] : load(to) + block.row[r][part]);
    }
  }
}

// A row times a factor, or zeros where there is none: entries `step` apart to entries `apart` apart.
NEARMISS_INLINE void copyRow(const float* from, long step, double factor, long length, float* to, long apart) {
  if (from == nullptr) {
    for (long k = 0; k < length; k++) to[k * apart] = 0;
  } else if (factor == 1 && step == 1) {
    for (long k = 0; k < length; k++) to[k * apart] = from[k];
  } else {
    for (long k = 0; k < length; k++) to[k * apart] = float(factor * from[k * step]);
  }
}

// Rows 0 ... count - 1, each times its factor and zero rows after the last, as panels: out[panel][k][6]. rowAt(i) points to
// row i, or to nothing where there is none; its entries are `step` numbers apart.
template <class RowAt, class FactorAt>
NEARMISS_INLINE void packScaledRows(const RowAt& rowAt, const FactorAt& factorAt, long step, long count, long depth, float* out) {
  for (long i = 0; i < (count + PANEL - 1) / PANEL * PANEL; i++) {
    const float* from = i < count ? rowAt(i) : nullptr;
    const double factor = from == nullptr ? 0 : factorAt(i);
    float* to = out + i / PANEL * PANEL * depth + i % PANEL;
    copyRow(from, step, factor, depth, to, PANEL);
  }
}

// The same rows as columns of the other operand: out[slice][k][16].
template <class RowAt, class FactorAt>
NEARMISS_INLINE void packScaledColumns(const RowAt& rowAt, const FactorAt& factorAt, long step, long count, long depth, float* out) {
  for (long j = 0; j < (count + SLICE - 1) / SLICE * SLICE; j++) {
    const float* from = j < count ? rowAt(j) : nullptr;
    const double factor = from == nullptr ? 0 : factorAt(j);
    float* to = out + j / SLICE * SLICE * depth + j % SLICE;
    copyRow(from, step, factor, depth, to, SLICE);
  }
}

// The same with no factor.
template <class RowAt>
NEARMISS_INLINE void packRows(const RowAt& rowAt, long step, long count, long depth, float* out) {
  packScaledRows(rowAt, [](long) { return 1.0; }, step, count, depth, out);
}
template <class RowAt>
NEARMISS_INLINE void packColumns(const RowAt& rowAt, long step, long count, long depth, float* out) {
  packScaledColumns(rowAt, [](long) { return 1.0; }, step, count, depth, out);
}

// A tile of A B from packed operands of depth `depth`: panels x slices blocks, to tile[slice][row][16] with
// `slice_stride` numbers between slices.
template <class Entries = Singles>
inline void tileProduct(const float* a, const float* b, long depth, long panels, long slices, float* tile, long slice_stride) {
  // in equal parts, none longer than DEPTH
  const long parts = depth == 0 ? 1 : (depth + DEPTH - 1) / DEPTH, part = depth == 0 ? 1 : (depth + parts - 1) / parts;
  for (long start = 0; start == 0 || start < depth; start += part) {
    const long steps = depth - start < part ? depth - start : part;
    for (long slice = 0; slice < slices; slice++) {
      const float* column = b + (slice * depth + start) * SLICE;
      for (long panel = 0; panel < panels; panel++) {
        Block sum = {};
        accumulate<PANEL, 1, Entries>(sum, a + (panel * depth + start) * PANEL, column, steps);
        put(sum, tile + slice * slice_stride + panel * PANEL * SLICE, SLICE, PANEL, start == 0);
      }
    }
  }
}

}  // namespace NEARMISS_ISA
}  // namespace nearmiss
