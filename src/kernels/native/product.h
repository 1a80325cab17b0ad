// C = A B for matrices of any shape and either orientation.
#pragma once

#include "pool.h"
#include "tiles.h"

namespace nearmiss {
namespace NEARMISS_ISA {

constexpr long CHUNK = 192;  // rows of A in one tile: 32 panels
constexpr long WIDTH = 256;  // columns of B in one tile: 16 slices

inline long blocksOf(long count, long size) { return (count + size - 1) / size; }

// out[i][j] = sum over k of a(i, k) b(j, k): both operands by rows of equal length.
inline void product(const Strided& a, const Strided& b, float* out) {
  const long depth = a.cols;
  const long chunks = blocksOf(a.rows, CHUNK), widths = blocksOf(b.rows, WIDTH);
  Borrowed<float> rows(chunks * CHUNK * depth + 1);
  Borrowed<float> columns(widths * WIDTH * depth + 1);
  parallel(chunks + widths, [&](long task, int) {
    const Strided& m = task < chunks ? a : b;
    const long first = task < chunks ? task * CHUNK : (task - chunks) * WIDTH;
    const auto rowAt = [&](long i) { return m.data + (first + i) * m.row; };
    const long most = task < chunks ? CHUNK : WIDTH, count = m.rows - first < most ? m.rows - first : most;
    if (task < chunks) packRows(rowAt, m.col, count, depth, rows + first * depth);
    else packColumns(rowAt, m.col, count, depth, columns + first * depth);
  });

  Borrowed<float> tiles(threads() * CHUNK * WIDTH);
  parallel(chunks * widths, [&](long task, int worker) {
    const long i0 = task / widths * CHUNK, j0 = task % widths * WIDTH;
    const long height = a.rows - i0 < CHUNK ? a.rows - i0 : CHUNK;
    const long width = b.rows - j0 < WIDTH ? b.rows - j0 : WIDTH;
    float* tile = tiles + worker * CHUNK * WIDTH;
    tileProduct(rows + i0 * depth, columns + j0 * depth, depth, blocksOf(height, PANEL), blocksOf(width, SLICE), tile, CHUNK * SLICE);
    for (long i = 0; i < height; i++) {
      float* to = out + (i0 + i) * b.rows + j0;
      for (long j = 0; j < width; j++) to[j] = tile[j / SLICE * CHUNK * SLICE + i * SLICE + j % SLICE];
    }
  });
}

}  // namespace NEARMISS_ISA
}  // namespace nearmiss
