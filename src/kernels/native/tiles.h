// The one product of all kernels: 6 x 16 blocks of C += A B, over operands packed so that it reads them in order.
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

// Slices of B that are taken together, where registers hold the sums of several: a number of A is then read once for all.
constexpr long TOGETHER = PARTS == 1 ? 4 : 1;

// sums[s] += a[PANEL x steps] b[steps x SLICE] for each of COUNT slices, `apart` numbers from one another in b; a's entry (r, k) stands at
// a[k * K_STRIDE + r * ROW_STRIDE]
template <long K_STRIDE, long ROW_STRIDE, class Entries = Singles, long COUNT>
NEARMISS_INLINE void accumulate(Block (&sums)[COUNT], const float* a, const float* b, long apart, long steps) {
  for (long k = 0; k < steps; k++, a += K_STRIDE, b += SLICE) {
    Vec column[COUNT][PARTS];
#pragma GCC unroll 4
    for (int s = 0; s < COUNT; s++) {
#pragma GCC unroll 4
      for (int part = 0; part < PARTS; part++) column[s][part] = load(b + s * apart + part * LANES);
    }
#pragma GCC unroll 6
    for (int r = 0; r < PANEL; r++) {
      const Vec x = all(a[r * ROW_STRIDE]);
#pragma GCC unroll 4
      for (int s = 0; s < COUNT; s++) {
#pragma GCC unroll 4
        for (int part = 0; part < PARTS; part++) sums[s].row[r][part] = Entries::add(sums[s].row[r][part], x, column[s][part]);
      }
    }
  }
}

template <long SLICES>
struct Count {
  static constexpr long SIZE = SLICES;
};

// body(Count, s) for all slices from `first` to before `end`, so many from s on together
template <class Body>
NEARMISS_INLINE void eachFewSlices(long first, long end, const Body& body) {
  long s = first;
  for (; s + TOGETHER <= end; s += TOGETHER) body(Count<TOGETHER>{}, s);
  if constexpr (TOGETHER > 2) {
    for (; s + 2 <= end; s += 2) body(Count<2>{}, s);
  }
  for (; s < end; s++) body(Count<1>{}, s);
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

// Rows that stand side by side, entry k of all before entry k + 1, in either form: out[group of SIZE rows][k][SIZE].
template <long SIZE>
NEARMISS_INLINE void packSideBySide(const float* from, long apart, long count, long depth, float* out) {
  constexpr long FEW = 16;  // so many k are read again from the nearest cache for each group
  // Whole vectors are copied: what they write too much is written again after it, and what they read too much is of later entries. The
  // last entries have none after them.
  constexpr long COPIED = (SIZE + LANES - 1) / LANES * LANES, MORE = COPIED - SIZE;
  const long least = SIZE < apart ? SIZE : apart, last = depth - (MORE + least - 1) / least;
  for (long start = 0; start < depth; start += FEW) {
    const long end = start + FEW < depth ? start + FEW : depth;
    for (long i = 0; i < count; i += SIZE) {
      const long there = count - i < SIZE ? count - i : SIZE;
      float* to = out + i * depth;
      long k = start;
      for (; k < (end < last ? end : last) && there == SIZE; k++) {
        for (long r = 0; r < SIZE; r += LANES) store(to + k * SIZE + r, load(from + k * apart + i + r));
      }
      for (; k < end; k++) {
        for (long r = 0; r < SIZE; r++) to[k * SIZE + r] = r < there ? from[k * apart + i + r] : 0;
      }
    }
  }
}

// A tile of A B from packed operands of depth `depth`: panels x slices blocks, to tile[slice][row][16] with
// `slice_stride` numbers between slices, and `row_stride` between rows.
template <class Entries = Singles>
inline void tileProduct(const float* a, const float* b, long depth, long panels, long slices, float* tile, long slice_stride, long row_stride = SLICE) {
  // in equal parts, none longer than DEPTH
  const long parts = depth == 0 ? 1 : (depth + DEPTH - 1) / DEPTH, part = depth == 0 ? 1 : (depth + parts - 1) / parts;
  for (long start = 0; start == 0 || start < depth; start += part) {
    const long steps = depth - start < part ? depth - start : part;
    eachFewSlices(0, slices, [&](auto few, long slice) {
      const float* column = b + (slice * depth + start) * SLICE;
      for (long panel = 0; panel < panels; panel++) {
        Block sums[few.SIZE] = {};
        accumulate<PANEL, 1, Entries>(sums, a + (panel * depth + start) * PANEL, column, depth * SLICE, steps);
        for (long s = 0; s < few.SIZE; s++) {
          put(sums[s], tile + (slice + s) * slice_stride + panel * PANEL * row_stride, row_stride, PANEL, start == 0);
        }
      }
    });
  }
}

}  // namespace NEARMISS_ISA
}  // namespace nearmiss
