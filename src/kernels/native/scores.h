// How near two rows are, to the bit of the plain kernels: products summed in float64 and in order, the score rounded to
// float32; and how far a score made of a float32 product may be from that.
#pragma once

#include <cmath>

#include "table.h"
#include "tiles.h"

namespace nearmiss {
namespace NEARMISS_ISA {

// x . y; a product of two float32 numbers is exact in float64
NEARMISS_INLINE double inOrder(const float* x, const float* y, long length) {
  double total = 0;
  for (long k = 0; k < length; k++) total += double(x[k]) * y[k];
  return total;
}

// x . y and y . y of rows y that rowAt gives, each handed to take(i, product, square), the square 0 where it is not wanted. Several
// at a time: a sum in order waits for each of its additions.
template <bool SQUARES, class RowAt, class Take>
NEARMISS_INLINE void productsInOrder(const float* x, long length, long count, const RowAt& rowAt, const Take& take) {
  constexpr int ROWS = 8;
  for (long first = 0; first < count; first += ROWS) {
    const float* y[ROWS];
    double product[ROWS] = {}, square[ROWS] = {};
    for (int c = 0; c < ROWS; c++) y[c] = rowAt(first + c < count ? first + c : first);
    for (long k = 0; k < length; k++) {
#pragma GCC unroll 8
      for (int c = 0; c < ROWS; c++) {
        product[c] += double(x[k]) * y[c][k];
        if (SQUARES) square[c] += double(y[c][k]) * y[c][k];
      }
    }
    for (int c = 0; c < ROWS && first + c < count; c++) take(first + c, product[c], square[c]);
  }
}

// As many sums as a slice has columns.
struct WideSlice {
  Wide part[2 * PARTS];
};

// x . y for HEIGHT rows x, which stand as float64 at rows[k][HEIGHT], and a slice of columns y: sums that do not wait for one another.
template <int HEIGHT>
NEARMISS_INLINE void inOrder(const double* rows, const float* slice, long length, WideSlice (&sums)[HEIGHT]) {
  for (int r = 0; r < HEIGHT; r++) sums[r] = {};
  for (long k = 0; k < length; k++, rows += HEIGHT, slice += SLICE) {
#pragma GCC unroll 8
    for (int part = 0; part < 2 * PARTS; part++) {
      const Wide y = widen(slice + part * (LANES / 2));
#pragma GCC unroll 4
      for (int r = 0; r < HEIGHT; r++) sums[r].part[part] += (rows[r] - Wide{}) * y;
    }
  }
}

// The inner product of each column of a slice with itself.
NEARMISS_INLINE void squaresOf(const float* slice, long length, double* squares) {
  WideSlice sums = {};
  for (long k = 0; k < length; k++, slice += SLICE) {
#pragma GCC unroll 8
    for (int part = 0; part < 2 * PARTS; part++) {
      const Wide y = widen(slice + part * (LANES / 2));
      sums.part[part] += y * y;
    }
  }
  for (int c = 0; c < SLICE; c++) squares[c] = sums.part[c / (LANES / 2)][c % (LANES / 2)];
}

// What of a row's square a score takes: its root for the cosine.
NEARMISS_INLINE double sizeOf(Similarity similarity, double square) { return similarity == Similarity::cosine ? std::sqrt(square) : square; }

// The score of two rows from their inner product and sizes.
NEARMISS_INLINE float scoreOf(Similarity similarity, double product, double x, double y) {
  if (similarity == Similarity::dot) return float(product);
  if (similarity == Similarity::euclidean) return float(std::fmin(0, 2 * product - x - y));
  return x == 0 || y == 0 ? 0.f : float(product / (x * y));
}

// The lengths a set of rows has.
struct Lengths {
  double longest = 0, shortest = INFINITY;  // zero rows aside

  void add(double square) {
    if (square == 0) return;
    longest = std::fmax(longest, std::sqrt(square));
    shortest = std::fmin(shortest, std::sqrt(square));
  }
};

// How far a float32 score of a row this long and any of the others may be from what it would be in float64 or, rounded, in
// float32. Infinite where numbers could leave float32.
inline double slackOf(Similarity similarity, long dim, double length, const Lengths& others) {
  const double steps = (dim < DEPTH ? dim : DEPTH) + double(dim) / DEPTH + 8;
  const double rounding = steps * 0x1p-24, vanishing = dim * 0x1p-148;
  const double both = length + others.longest;
  if (!(both < 1e18)) return INFINITY;
  if (similarity == Similarity::dot) return rounding * length * others.longest + vanishing;
  if (similarity == Similarity::euclidean) return rounding * both * both + vanishing;
  if (length == 0 || others.longest == 0) return rounding;
  if (length < 1e-15 || others.shortest < 1e-15) return INFINITY;
  return rounding + vanishing / (length * others.shortest);
}

}  // namespace NEARMISS_ISA
}  // namespace nearmiss
