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

// out[i][j] = sum over k of a(i, k) b(j, k): both operands by rows of equal length.
inline void product(const Strided& a, const Strided& b, float* out) {
  const bool aside = a.col != 1;  // whether rows of A stand side by side; others are read where they are
  const long depth = a.cols, widths = blocksOf(b.rows, WIDTH);
  // many tiles for each thread, as none can be shared
  long most = CHUNK;
  while (most > GROUP && blocksOf(a.rows, most) * widths < 8 * threads()) most /= 2;
  const long chunks = blocksOf(a.rows, most), groups = aside ? blocksOf(a.rows, GROUP) : 0;
  // the rows after the last whole panel
  const long whole = aside ? a.rows : a.rows / PANEL * PANEL;
  Borrowed<float> rows(groups * GROUP * depth + 1), rest(PANEL * depth + 1), columns(blocksOf(b.rows, SLICE) * SLICE * depth + 1);
  // in tasks of what stands together
  constexpr long ENTRIES = 16, SLICES = 4;
  const long parts = blocksOf(depth, ENTRIES), ofRows = aside ? parts : 1, ofColumns = b.col != 1 ? parts : blocksOf(b.rows, SLICES * SLICE);
  parallel(ofRows + ofColumns, [&](long task, int) {
    const auto sideBySide = [&](auto size, const Strided& m, long part, float* to) {
      const long first = part * ENTRIES, end = first + ENTRIES < depth ? first + ENTRIES : depth;
      packSideBySide<size.SIZE>(m.data, m.col, m.rows, first, end, depth, to);
    };
    if (task < ofRows && aside) {
      sideBySide(Count<GROUP>{}, a, task, rows);
    } else if (task < ofRows) {
      packRows([&](long i) { return a.data + (whole + i) * a.row; }, a.rows - whole, depth, rest);
    } else if (b.col != 1) {
      sideBySide(Count<SLICE>{}, b, task - ofRows, columns);
    } else {
      const long first = (task - ofRows) * SLICES * SLICE, left = b.rows - first;
      packColumns([&](long j) { return b.data + (first + j) * b.row; }, left < SLICES * SLICE ? left : SLICES * SLICE, depth, columns + first * depth);
    }
  });

  Borrowed<float> tiles(threads() * CHUNK * WIDTH);
  parallel(chunks * widths, [&](long task, int worker) {
    const long i0 = task / widths * most, j0 = task % widths * WIDTH;
    const long end = a.rows - i0 < most ? a.rows : i0 + most, width = b.rows - j0 < WIDTH ? b.rows - j0 : WIDTH;
    const float* from = columns + j0 * depth;
    float* tile = tiles + worker * CHUNK * WIDTH;
    // rows first ... last - 1, of which `left` has all whole panels
    const auto make = [&](const Left& left, long first, long last) {
      const long height = last - first, panels = blocksOf(height, PANEL), slices = blocksOf(width, SLICE);
      float* to = out + first * b.rows + j0;
      if (height % PANEL == 0 && width % SLICE == 0) return tileProduct(left, from, depth, panels, slices, to, SLICE, b.rows);
      tileProduct(left, from, depth, panels, slices, tile, CHUNK * SLICE);
      for (long i = 0; i < height; i++) {
        for (long j = 0; j < width; j++) to[i * b.rows + j] = tile[j / SLICE * CHUNK * SLICE + i * SLICE + j % SLICE];
      }
    };
    if (aside) {
      for (long first = i0; first < end; first += GROUP) {
        make({rows + first * depth, PANEL, 1, GROUP}, first, end - first < GROUP ? end : first + GROUP);
      }
      return;
    }
    const long last = end < whole ? end : whole;
    if (last > i0) make(inPlace(a.data + i0 * a.row, a.row), i0, last);
    if (last < end) make(inPanels(rest, depth), last, end);
  });
}

}  // namespace NEARMISS_ISA
}  // namespace nearmiss
