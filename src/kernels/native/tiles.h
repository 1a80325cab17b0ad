// The one product of all kernels: 6 x 16 blocks of C += A B, over operands that it reads in order.
//
// rows of A: where they stand, or packed [panel of 6 rows][k][6]      packed columns of B: [slice of 16 columns][k][16]
// a tile of C: [slice of 16 columns][row][16], which is also how a tile is an operand of the next product
#pragma once

#include <utility>

#include "table.h"
#include "vec.h"

namespace nearmiss {
namespace NEARMISS_ISA {

constexpr long PANEL = 6;    // rows of A in registers
constexpr long SLICE = 16;   // columns of B in registers: the same for every instruction set, so that tiles are

constexpr int PARTS = SLICE / LANES;

// Slices of B that are taken together, where registers hold the sums of several: a number of A is then read once for all.
constexpr long TOGETHER = PARTS == 1 ? 4 : 1;
// k taken at a time: so much of the slices taken together stays in the first-level cache
constexpr long DEPTH = PARTS == 1 ? 128 : 256;

struct Block {
  Vec row[PANEL][PARTS];
};

// Rows of A, six to a panel: entry (r, k) of panel p stands at data[p * panel + r * row + k * step].
struct Left {
  const float* data;
  long panel, row, step;
};
// whole rows, each `apart` numbers from the one before
NEARMISS_INLINE Left inPlace(const float* rows, long apart) { return {rows, PANEL * apart, apart, 1}; }
// panels of `depth` k
NEARMISS_INLINE Left inPanels(const float* packed, long depth) { return {packed, PANEL * depth, 1, PANEL}; }

// body(0), body(1) ... body(TIMES - 1), each with its number known: what they index stays in registers
template <class Body, long... EACH>
NEARMISS_INLINE void unrolled(std::integer_sequence<long, EACH...>, const Body& body) {
  (body(EACH), ...);
}
template <long TIMES, class Body>
NEARMISS_INLINE void unrolled(const Body& body) {
  unrolled(std::make_integer_sequence<long, TIMES>{}, body);
}
#define NEARMISS_EACH(name) [&](long name) __attribute__((always_inline))

// What one k of an operand is: a float32 number. (coarse.h has another.)
struct Singles {
  NEARMISS_INLINE static Vec add(Vec sum, Vec x, Vec y) { return sum + x * y; }
};

// sums[s] += a[PANEL x steps] b[steps x SLICE] for each of COUNT slices, `apart` numbers from one another in b; a's entry (r, k) stands at
// a[r * row + k * step]
template <class Entries = Singles, long COUNT>
NEARMISS_INLINE void accumulate(Block (&sums)[COUNT], const float* a, long row, long step, const float* b, long apart, long steps) {
  for (long k = 0; k < steps; k++, a += step, b += SLICE) {
    Vec column[COUNT][PARTS];
    unrolled<COUNT>(NEARMISS_EACH(s) {
      unrolled<PARTS>(NEARMISS_EACH(part) { column[s][part] = load(b + s * apart + part * LANES); });
    });
    unrolled<PANEL>(NEARMISS_EACH(r) {
      const Vec x = all(a[r * row]);
      unrolled<COUNT>(NEARMISS_EACH(s) {
        unrolled<PARTS>(NEARMISS_EACH(part) { sums[s].row[r][part] = Entries::add(sums[s].row[r][part], x, column[s][part]); });
      });
    });
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
NEARMISS_INLINE void put(const Block& block, float* c, long stride, bool first) {
  unrolled<PANEL>(NEARMISS_EACH(r) {
    unrolled<PARTS>(NEARMISS_EACH(part) {
      float* to = c + r * stride + part * LANES;
      store(to, first ? block.row[r][part] : load(to) + block.row[r][part]);
    });
  });
}

NEARMISS_INLINE void copyScaled(const float* from, double factor, long count, float* to) {
  for (long k = 0; k < count; k++) to[k] = float(factor * from[k]);
}

// Rows 0 ... count - 1, each times its factor and zero rows after the last, as groups of SIZE that stand side by side:
// out[group][k][SIZE], panels or slices. rowAt(i) points to row i, or to nothing where there is none.
template <long SIZE, class RowAt, class FactorAt>
NEARMISS_INLINE void packScaled(const RowAt& rowAt, const FactorAt& factorAt, long count, long depth, float* out) {
  constexpr long FEW = 16;  // so many k of a row are read from the nearest cache
  for (long group = 0; group * SIZE < count; group++, out += SIZE * depth) {
    const float* from[SIZE];
    double factor[SIZE];
    for (long r = 0; r < SIZE; r++) {
      const long i = group * SIZE + r;
      from[r] = i < count ? rowAt(i) : nullptr;
      factor[r] = from[r] == nullptr ? 0 : factorAt(i);
    }
    const auto one = [&](long r, long k) { out[k * SIZE + r] = from[r] == nullptr ? 0 : float(factor[r] * from[r][k]); };
    for (long start = 0; start < depth; start += FEW) {
      const long end = start + FEW < depth ? start + FEW : depth;
      long r = 0;
      for (; r + 4 <= SIZE; r += 4) {
        const bool there = from[r] != nullptr && from[r + 1] != nullptr && from[r + 2] != nullptr && from[r + 3] != nullptr;
        long k = start;
        for (; there && k + 4 <= end; k += 4) {
          Four x[4];
          unrolled<4>(NEARMISS_EACH(e) {
            x[e] = __builtin_convertvector(__builtin_convertvector(loadFour(from[r + e] + k), WideFour) * factor[r + e], Four);
          });
          turn(x);
          unrolled<4>(NEARMISS_EACH(e) { storeFour(out + (k + e) * SIZE + r, x[e]); });
        }
        for (; k < end; k++) {
          for (long e = 0; e < 4; e++) one(r + e, k);
        }
      }
      for (; r < SIZE; r++) {
        for (long k = start; k < end; k++) one(r, k);
      }
    }
  }
}

// The same with no factor, as panels of A or slices of B.
template <class RowAt>
NEARMISS_INLINE void packRows(const RowAt& rowAt, long count, long depth, float* out) {
  packScaled<PANEL>(rowAt, [](long) { return 1.0; }, count, depth, out);
}
template <class RowAt>
NEARMISS_INLINE void packColumns(const RowAt& rowAt, long count, long depth, float* out) {
  packScaled<SLICE>(rowAt, [](long) { return 1.0; }, count, depth, out);
}

// Of rows that stand side by side, entry k of all `apart` numbers before entry k + 1, entries first ... end - 1, as groups:
// out[group][k][SIZE] of `depth` entries, zeros after the last row.
template <long SIZE>
NEARMISS_INLINE void packSideBySide(const float* from, long apart, long count, long first, long end, long depth, float* out) {
  for (long k = first; k < end; k++) {
    const float* numbers = from + k * apart;
    float* to = out + k * SIZE;
    long i = 0;
    for (; i + SIZE <= count; i += SIZE, to += SIZE * depth) {
      unrolled<SIZE / LANES>(NEARMISS_EACH(part) { store(to + part * LANES, load(numbers + i + part * LANES)); });
    }
    for (long r = 0; i < count && r < SIZE; r++) to[r] = i + r < count ? numbers[i + r] : 0;
  }
}

// body(first, count) over `length` in parts of about one length, none longer than `most`; one of no length where there is none
template <class Body>
NEARMISS_INLINE void eachPart(long length, long most, const Body& body) {
  const long parts = length == 0 ? 1 : (length + most - 1) / most, part = length == 0 ? 1 : (length + parts - 1) / parts;
  for (long first = 0; first == 0 || first < length; first += part) body(first, length - first < part ? length - first : part);
}

// A tile of A B, B packed: panels x slices blocks, to tile[slice][row][16] with `slice_stride` numbers between slices, and `row_stride`
// between rows; or added to what is there.
template <class Entries = Singles>
inline void tileProduct(const Left& a, const float* b, long depth, long panels, long slices, float* tile, long slice_stride, long row_stride = SLICE,
                        bool add = false) {
  eachPart(depth, DEPTH, [&](long start, long steps) {
    eachFewSlices(0, slices, [&](auto few, long slice) {
      const float* column = b + (slice * depth + start) * SLICE;
      for (long panel = 0; panel < panels; panel++) {
        Block sums[few.SIZE] = {};
        accumulate<Entries>(sums, a.data + panel * a.panel + start * a.step, a.row, a.step, column, depth * SLICE, steps);
        unrolled<few.SIZE>(NEARMISS_EACH(s) {
          put(sums[s], tile + (slice + s) * slice_stride + panel * PANEL * row_stride, row_stride, start == 0 && !add);
        });
      }
    });
  });
}

}  // namespace NEARMISS_ISA
}  // namespace nearmiss
