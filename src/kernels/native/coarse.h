// The product that finds the candidates of a search, which are then scored again: of float32 numbers, or, where the CPU multiplies
// them at twice the rate, of bfloat16 numbers, two neighbouring k in one unit of 32 bits. A Form is either.
//
// packed rows: [panel of 6 rows][unit][6]      packed columns: [slice of 16 columns][unit][16]
#pragma once

#include <cmath>

#include "scores.h"
#include "tiles.h"

namespace nearmiss {
namespace NEARMISS_ISA {

// Numbers as they are.
struct Float32 : Singles {
  static constexpr const char* FORM = "float32";
  static constexpr long TOGETHER = 1;  // numbers in a unit
  static constexpr double LOSES = 0;   // of a number, at most

  // Numbers whole[k][WIDTH] as units out[k / TOGETHER][WIDTH], and to each lost[c] the squared length of what column c lost.
  template <long WIDTH>
  NEARMISS_INLINE static void coarsen(const float* whole, long dim, float* out, double* lost) {
    for (long e = 0; e < dim * WIDTH; e++) out[e] = whole[e];
    for (long c = 0; c < WIDTH; c++) lost[c] = 0;
  }
};

#if defined(__AVX512BF16__)

// Numbers below float32's normal ones count as 0.
struct Bfloat16 {
  static constexpr const char* FORM = "bfloat16";
  static constexpr long TOGETHER = 2;
  static constexpr double LOSES = 0x1p-8;
  NEARMISS_INLINE static Vec add(Vec sum, Vec x, Vec y) {
    return _mm512_dpbf16_ps(sum, reinterpret_cast<__m512bh>(x), reinterpret_cast<__m512bh>(y));
  }

  // The nearest bfloat16 number, ties to even, as the upper half of its bits; 0 for what the product takes for 0.
  NEARMISS_INLINE static uint32_t halved(float x) {
    uint32_t bits;
    __builtin_memcpy(&bits, &x, sizeof bits);
    bits += 0x7fff + (bits >> 16 & 1);
    return (bits & 0x7f800000) == 0 ? 0 : bits & 0xffff0000;
  }

  template <long WIDTH>
  NEARMISS_INLINE static void coarsen(const float* whole, long dim, float* out, double* lost) {
    for (long c = 0; c < WIDTH; c++) lost[c] = 0;
    for (long k = 0; k < dim; k += 2) {
      for (long c = 0; c < WIDTH; c++) {
        uint32_t unit = 0;
        for (long part = 0; part < 2 && k + part < dim; part++) {
          const float x = whole[(k + part) * WIDTH + c];
          const uint32_t half = halved(x);
          float rounded;
          __builtin_memcpy(&rounded, &half, sizeof rounded);
          lost[c] += (double(x) - rounded) * (double(x) - rounded);
          unit |= part == 0 ? half >> 16 : half;
        }
        __builtin_memcpy(out + k / 2 * WIDTH + c, &unit, sizeof unit);
      }
    }
  }
};

using Coarse = Bfloat16;

#else

using Coarse = Float32;

#endif

template <class Form>
inline long coarseUnits(long dim) { return (dim + Form::TOGETHER - 1) / Form::TOGETHER; }

// Rows 0 ... PANEL - 1 as a panel, and the squared length of what each lost; rowAt as in packRows. `whole` has dim * PANEL numbers.
template <class Form, class RowAt>
NEARMISS_INLINE void packCoarsePanel(const RowAt& rowAt, long dim, float* whole, float* out, double* lost) {
  packRows(rowAt, PANEL, dim, whole);
  Form::template coarsen<PANEL>(whole, dim, out, lost);
}

// Columns 0 ... SLICE - 1 as a slice, the square of each, and the squared length of what it lost; as above.
template <class Form, class RowAt>
NEARMISS_INLINE void packCoarseSlice(const RowAt& rowAt, long dim, float* whole, float* out, double* squares, double* lost) {
  packColumns(rowAt, SLICE, dim, whole);
  squaresOf(whole, dim, squares);
  Form::template coarsen<SLICE>(whole, dim, out, lost);
}

// What a set of rows is like, for bounds: lengths, and what their coarse form lost of each.
template <class Form>
struct CoarseLengths : Lengths {
  double mostLost = 0;          // of any row
  double largestShareLost = 0;  // of a row's own length

  void add(double square, double lost) {
    Lengths::add(square);
    if (square == 0) return;
    mostLost = std::fmax(mostLost, std::sqrt(lost));
    largestShareLost = std::fmax(largestShareLost, std::sqrt(lost / square));
  }
  // Where lengths are known to a thousandth, and what was lost is not.
  void widen(long dim) {
    longest *= 1.001;
    shortest /= 1.001;
    const double vanished = Form::LOSES == 0 ? 0 : std::sqrt(double(dim)) * 0x1p-126;
    mostLost = Form::LOSES * longest + vanished;
    largestShareLost = Form::LOSES + vanished / shortest;
  }
};

// How far a coarse product of a row of this length, which lost so much, and any of the others, divided by the other's length where
// the score is the cosine, doubled where it is euclidean, may be from what it would be in float64 or, rounded, in float32:
// x . y - x' . y' = x . (y - y') + (x - x') . y', and the roundings of the sum. Infinite where numbers could leave float32.
template <class Form>
inline double coarseSlack(Similarity similarity, long dim, double length, double lost, const CoarseLengths<Form>& others) {
  const double single = slackOf(similarity, dim, length, others) * (similarity == Similarity::cosine ? length : 1);
  if (Form::TOGETHER == 1 || single == INFINITY) return single;
  // each of up to twice as many sums is rounded, and each sum and product may vanish
  const double vanishing = dim * 0x1p-124;
  if (similarity == Similarity::cosine) {
    if (others.longest == 0) return single;
    return 3 * single + length * others.largestShareLost + lost * (1 + others.largestShareLost) + vanishing / others.shortest;
  }
  const double both = length * others.mostLost + lost * (others.longest + others.mostLost) + vanishing;
  return 3 * single + (similarity == Similarity::euclidean ? 2 * both : both);
}

}  // namespace NEARMISS_ISA
}  // namespace nearmiss
