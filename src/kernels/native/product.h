// C = A B for matrices of any shape and either orientation.
#pragma once

#include "pool.h"
#include "tiles.h"

namespace nearmiss {
namespace NEARMISS_ISA {

constexpr long CHUNK = 192;  // rows of A in one tile: 32 panels
constexpr long WIDTH = 256;  // columns of B in one tile: 16 slices

inline long blocksOf(long count, long size) { return (count + size - 1) / size; }

// Rows of A that stand side by side are packed so many at a time: whole panels, and whole vectors.
constexpr long GROUP = 48;
static_assert(GROUP % PANEL == 0 && GROUP % LANES == 0 && CHUNK % GROUP == 0, "groups are of whole panels, and chunks of whole groups");

// out[i][j] = sum over k of a(i, k) b(j, k): both operands by rows of equal length. `add`: out holds a part of the sum.
inline void productPart(const Strided& a, const Strided& b, float* out, bool add) {
  const bool aside = a.col != 1;  // whether rows of A stand side by side; others are read where they are
  const long depth = a.cols, widths = blocksOf(b.rows, WIDTH);
  // many tiles for each thread, as none can be shared
  long most = CHUNK;
  while (most > GROUP && blocksOf(a.rows, most) * widths < 8 * threads()) most /= 2;
  const long chunks = blocksOf(a.rows, most);
  // the rows after the last whole panel
  const long whole = aside ? a.rows : a.rows / PANEL * PANEL;
  Borrowed<float> rest(PANEL * depth + 1), columns(blocksOf(b.rows, SLICE) * SLICE * depth + 1);
  // in tasks of what stands together
  constexpr long ENTRIES = 16, SLICES = 4;
  const long ofColumns = b.col != 1 ? blocksOf(depth, ENTRIES) : blocksOf(b.rows, SLICES * SLICE);
  parallel(ofColumns + (whole < a.rows), [&](long task, int) {
    if (task == ofColumns) {
      packRows([&](long i) { return a.data + (whole + i) * a.row; }, a.rows - whole, depth, rest);
    } else if (b.col != 1) {
      const long first = task * ENTRIES, end = first + ENTRIES < depth ? first + ENTRIES : depth;
      packSideBySide<SLICE>(b.data, b.col, b.rows, first, end, depth, columns);
    } else {
      const long first = task * SLICES * SLICE, left = b.rows - first;
      packColumns([&](long j) { return b.data + (first + j) * b.row; }, left < SLICES * SLICE ? left : SLICES * SLICE, depth, columns + first * depth);
    }
  });

  // rows that are packed are once for all widths, where there are chunks enough for all threads
  const long shares = aside && chunks >= 4 * threads() ? 1 : widths;
  Borrowed<float> tiles(threads() * CHUNK * WIDTH), packed(aside ? threads() * most * depth : 1);
  parallel(chunks * shares, [&](long task, int worker) {
    const long i0 = task / shares * most, end = a.rows - i0 < most ? a.rows : i0 + most, share = task % shares;
    float *tile = tiles + worker * CHUNK * WIDTH, *groups = packed + worker * most * depth;
    // packed by who reads them: another core's cache is farther away than memory
    if (aside) packSideBySide<GROUP>(a.data + i0 * a.row, a.col, end - i0, 0, depth, depth, groups);
    for (long j0 = widths * share / shares * WIDTH; j0 < widths * (share + 1) / shares * WIDTH; j0 += WIDTH) {
      const long width = b.rows - j0 < WIDTH ? b.rows - j0 : WIDTH;
      // rows first ... last - 1, of which `left` has all whole panels
      const auto make = [&](const Left& left, long first, long last) {
        const long height = last - first, panels = blocksOf(height, PANEL), slices = blocksOf(width, SLICE);
        const float* from = columns + j0 * depth;
        float* to = out + first * b.rows + j0;
        if (height % PANEL == 0 && width % SLICE == 0) return tileProduct(left, from, depth, panels, slices, to, SLICE, b.rows, add);
        tileProduct(left, from, depth, panels, slices, tile, CHUNK * SLICE);
        for (long i = 0; i < height; i++) {
          for (long j = 0; j < width; j++) {
            const float x = tile[j / SLICE * CHUNK * SLICE + i * SLICE + j % SLICE];
            to[i * b.rows + j] = add ? to[i * b.rows + j] + x : x;
          }
        }
      };
      if (aside) {
        for (long first = i0; first < end; first += GROUP) {
          make({groups + (first - i0) * depth, PANEL, 1, GROUP}, first, end - first < GROUP ? end : first + GROUP);
        }
        continue;
      }
      const long last = end < whole ? end : whole;
      if (last > i0) make(inPlace(a.data + i0 * a.row, a.row), i0, last);
      if (last < end) make(inPanels(rest, depth), last, end);
    }
  });
}

// The whole of it. Where rows stand side by side and few results are sums of many products, in parts of which what is packed is still in the
// second-level cache when it is read.
inline void product(const Strided& a, const Strided& b, float* out) {
  constexpr long RESULTS = 1 << 18, PART = 256;
  if (a.col == 1 || a.rows * b.rows > RESULTS) return productPart(a, b, out, false);
  eachPart(a.cols, PART, [&](long first, long depth) {
    const auto part = [&](const Strided& m) { return Strided{m.data + first * m.col, m.rows, depth, m.row, m.col}; };
    productPart(part(a), part(b), out, first > 0);
  });
}

}  // namespace NEARMISS_ISA
}  // namespace nearmiss
