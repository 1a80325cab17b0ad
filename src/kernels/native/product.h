// C = A B for matrices of any shape and either orientation.
#pragma once

#include "pool.h"
#include "tiles.h"

namespace nearmiss {
namespace NEARMISS_ISA {

constexpr long CHUNK = 192;  // rows of A in one tile: 32 panels
constexpr long WIDTH = 256;  // columns of B in one tile: 16 slices

inline long blocksOf(long count, long size) { return (count + size - 1) / size; }

// Rows `first` ... of an operand of either orientation, `count` of them, as groups of SIZE: out[group][k][SIZE].
template <long SIZE>
NEARMISS_INLINE void packGroups(const Strided& m, long first, long count, float* out) {
  const float* from = m.data + first * m.row;
  if (m.col != 1) return packSideBySide<SIZE>(from, m.col, count, m.cols, out);
  const auto rowAt = [&](long i) { return from + i * m.row; };
  if constexpr (SIZE == PANEL) packRows(rowAt, 1, count, m.cols, out);
  else packColumns(rowAt, 1, count, m.cols, out);
}

// out[i][j] = sum over k of a(i, k) b(j, k): both operands by rows of equal length.
inline void product(const Strided& a, const Strided& b, float* out) {
  constexpr long LEAST = 48, PACKED = 64;  // rows of A in a tile at least, and columns that are packed at once
  const long depth = a.cols, widths = blocksOf(b.rows, WIDTH), packs = blocksOf(b.rows, PACKED);
  // some tiles for each thread, as none can be shared
  long most = CHUNK;
  while (most > LEAST && blocksOf(a.rows, most) * widths < 4 * threads()) most /= 2;
  const long chunks = blocksOf(a.rows, most);
  Borrowed<float> rows(chunks * most * depth + 1);
  Borrowed<float> columns(packs * PACKED * depth + 1);
  parallel(chunks + packs, [&](long task, int) {
    const long first = task < chunks ? task * most : (task - chunks) * PACKED;
    if (task < chunks) packGroups<PANEL>(a, first, a.rows - first < most ? a.rows - first : most, rows + first * depth);
    else packGroups<SLICE>(b, first, b.rows - first < PACKED ? b.rows - first : PACKED, columns + first * depth);
  });

  Borrowed<float> tiles(threads() * CHUNK * WIDTH);
  parallel(chunks * widths, [&](long task, int worker) {
    const long i0 = task / widths * most, j0 = task % widths * WIDTH;
    const long height = a.rows - i0 < most ? a.rows - i0 : most;
    const long width = b.rows - j0 < WIDTH ? b.rows - j0 : WIDTH;
    const long panels = blocksOf(height, PANEL), slices = blocksOf(width, SLICE);
    float* to = out + i0 * b.rows + j0;
    if (height % PANEL == 0 && width % SLICE == 0) {
      return tileProduct(rows + i0 * depth, columns + j0 * depth, depth, panels, slices, to, SLICE, b.rows);
    }
    float* tile = tiles + worker * CHUNK * WIDTH;
    tileProduct(rows + i0 * depth, columns + j0 * depth, depth, panels, slices, tile, CHUNK * SLICE);
    for (long i = 0; i < height; i++) {
      for (long j = 0; j < width; j++) to[i * b.rows + j] = tile[j / SLICE * CHUNK * SLICE + i * SLICE + j % SLICE];
    }
  });
}

}  // namespace NEARMISS_ISA
}  // namespace nearmiss
