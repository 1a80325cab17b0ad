// The pairs of two sets of rows, or of one with itself, a tile at a time: who meets whom, in which order, where the packed
// operands of a tile are, and what x of a pair is: a similarity times the scale, or a distance.
//
// Columns are the items (the positives, or the anchors themselves) and under them the others, which stand against all
// anchors. Of one set with itself only pairs on and above the diagonal are computed, where a loss will have it so: each chunk of rows
// meets itself in its first tile and what comes after it in the others. Of pairs that are listed either order is one of its own: there
// all of S is computed.
#pragma once

#include <cmath>

#include "pair-lists.h"
#include "pair-order.h"
#include "pool.h"
#include "product.h"
#include "rows.h"
#include "table.h"
#include "tiles.h"

namespace nearmiss {
namespace NEARMISS_ISA {

struct Tile {
  long chunk, slice, slices;
  long number;     // among its chunk's
  bool own;        // a chunk's rows against themselves
  bool classes;    // may hold positives by class
  bool listed;     // holds listed positives
  bool irregular;  // not every pair of it counts
  bool skipped;
};

NEARMISS_INLINE long least(long a, long b) { return a < b ? a : b; }

// from slice to slice of a tile
constexpr long STRIDE = CHUNK * SLICE;

NEARMISS_INLINE float& at(float* tile, long i, long j) { return tile[j / SLICE * STRIDE + i * SLICE + j % SLICE]; }

class PairTiles {
 protected:
  // `nearness`: whether near rows side by side may let tiles be skipped; `halves`: whether of one set with itself half of the pairs will do
  PairTiles(const Pairs& input, bool nearness, bool halves)
      : in(input),
        one(input.positives == nullptr),
        listed(input.positiveOffsets != nullptr),
        mutual(one && !input.alone && halves && !listed),
        rows(input.rows),
        dim(input.dim),
        columns(input.rows + (input.offsets == nullptr ? input.count : 0)),
        chunks(blocksOf(rows, CHUNK)),
        slices(blocksOf(columns, SLICE)),
        dimSlices(blocksOf(dim, SLICE)),
        dimPanels(blocksOf(dim, PANEL)),
        apart(dimSlices * SLICE | SLICE),
        order(rows + 1),
        position(rows + 1),
        squares(rows + columns + 1),
        over(rows + columns + 1),
        classes((in.classes != nullptr ? slices * SLICE : 0) + LANES),
        firstKeys((in.masks > 0 ? slices * SLICE : 0) + LANES),
        secondKeys((in.masks > 1 ? slices * SLICE : 0) + LANES),
        targets(chunks * CHUNK + 1),
        positives(input.positiveOffsets, rows, rows + input.count),
        positiveX(positives.count + 1),
        negatives(input.negativeOffsets != nullptr, rows, slices),
        anchorRows((rows + PANEL) * apart),
        columnSlices(slices * SLICE * dim + 1),
        columnsByDim(dimSlices * SLICE * slices * SLICE + 1),
        tiles(tileCount() + 1),
        firstTile(chunks + 1) {
    measure();
    arrange(nearness);
    layOut();
    pack();
  }

  const Pairs& in;
  const bool one;
  const bool listed;  // whether positives are; of one set then negatives too
  const bool mutual;  // whether the anchors stand against one another, and pairs on and above the diagonal are all
  const long rows, dim, columns, chunks, slices, dimSlices, dimPanels;
  const long apart;  // from row to row of anchorRows: no power of two, whose multiples would be kept in few places of a cache
  Borrowed<uint32_t> order, position;   // order[position[row]] = row
  Borrowed<double> squares, over;       // of rows and columns as they came; 1 / length, where rows are normalized
  Borrowed<int32_t> classes, firstKeys, secondKeys;  // of columns
  Borrowed<float> targets;              // x of each anchor and its positive
  PositiveLists positives;
  Borrowed<float> positiveX;            // of each listed one
  PairBits negatives;                   // where they are listed
  Borrowed<float> anchorRows;           // [i][k]
  Borrowed<float> columnSlices;         // [slice][k][16], times scale
  Borrowed<float> columnsByDim;         // [slice of dim][j][16]
  Borrowed<Tile> tiles;
  Borrowed<long> firstTile;             // of each chunk, and one past the last

  // what inner products are multiplied by; distances are once they are taken
  double productScale() const { return in.euclidean ? 1 : in.scale; }
  long rowOf(long i) const { return order[i]; }
  const float* anchor(long i) const { return in.anchors + long(order[i]) * dim; }
  const float* column(long j) const {
    if (j >= rows) return j < columns ? in.others + (j - rows) * dim : nullptr;
    return (one ? in.anchors : in.positives) + long(order[j]) * dim;
  }
  double rowOver(long i) const { return over[order[i]]; }
  double columnOver(long j) const { return over[j < rows ? (one ? 0 : rows) + order[j] : rows + j]; }
  double rowSquare(long i) const { return squares[order[i]]; }
  double columnSquare(long j) const { return squares[j < rows ? (one ? 0 : rows) + order[j] : rows + j]; }

  long heightOf(long chunk) const { return rows - chunk * CHUNK < CHUNK ? rows - chunk * CHUNK : CHUNK; }
  long firstSlice(long chunk) const { return mutual ? chunk * (CHUNK / SLICE) : in.alone ? rows / SLICE : 0; }
  long tilesOf(long chunk) const { return firstTile[chunk + 1] - firstTile[chunk]; }

  // A tile of x. Pairs that do not count are at -infinity, and so are an anchor and its positives, whose x is put aside.
  void similarities(const Tile& tile, float* x) {
    const long i0 = tile.chunk * CHUNK, j0 = tile.slice * SLICE, height = heightOf(tile.chunk), width = tile.slices * SLICE;
    tileProduct(inPlace(anchorRows + i0 * apart, apart), columnSlices + j0 * dim, dim, blocksOf(height, PANEL), tile.slices, x, STRIDE);
    if (in.euclidean) toDistances(tile, x);
    if (!tile.irregular) return;
    const long first = i0 > j0 ? i0 : j0, end = least(least(i0 + height, j0 + width), rows);
    if (!one) {
      for (long i = first; i < end; i++) targets[i] = at(x, i - i0, i - j0);
    }
    eachPositive(tile, [&](long i, long j, long e) { positiveX[e] = at(x, i - i0, j - j0); });
    if (in.hardness != 0) harden(tile, x);
    if (in.masks > 0) leaveOutEqual(tile, firstKeys, in.otherKeys[0] == nullptr ? rows : columns, x);
    if (in.masks > 1) leaveOutEqual(tile, secondKeys, in.otherKeys[1] == nullptr ? rows : columns, x);
    eachChanged(tile, [&](long i, long j, uint32_t e) { at(x, i - i0, j - j0) = in.added == nullptr ? -INFINITY : at(x, i - i0, j - j0) + in.added[e]; });
    if (in.negativeOffsets != nullptr) leaveOutUnlisted(tile, x);
    else eachPositive(tile, [&](long i, long j, long) { at(x, i - i0, j - j0) = -INFINITY; });
    for (long i = first; i < end; i++) at(x, i - i0, i - j0) = -INFINITY;
    for (long j = j0; in.alone && j < rows; j++) {
      for (long i = 0; i < height; i++) at(x, i, j - j0) = -INFINITY;
    }
    for (long j = columns > j0 ? columns : j0; j < j0 + width; j++) {
      for (long i = 0; i < height; i++) at(x, i, j - j0) = -INFINITY;
    }
  }

  // body(i, j, e) for each listed positive of the tile
  template <class BodyOf>
  NEARMISS_INLINE void eachPositive(const Tile& tile, const BodyOf& body) const {
    const long i0 = tile.chunk * CHUNK, j0 = tile.slice * SLICE, end = least(j0 + tile.slices * SLICE, columns);
    for (long i = i0; tile.listed && i < i0 + heightOf(tile.chunk); i++) {
      for (uint32_t e = positives.from(i, j0); e < positives.start[i + 1] && positives.column[e] < end; e++) body(i, positives.column[e], e);
    }
  }
  // body(i, j, e) for each pair of the tile to which something is added, or which is dropped, as entry e
  template <class BodyOf>
  void eachChanged(const Tile& tile, const BodyOf& body) const {
    const long i0 = tile.chunk * CHUNK, j0 = tile.slice * SLICE, end = least(j0 + tile.slices * SLICE, columns);
    for (long i = i0; in.dropped != nullptr && i < i0 + heightOf(tile.chunk); i++) {
      for (uint32_t e = in.droppedOffsets[rowOf(i)]; e < in.droppedOffsets[rowOf(i) + 1]; e++) {
        const long j = columnOf(in.dropped[e]);
        if (j >= j0 && j < end) body(i, j, e);
      }
    }
  }
  // where a candidate stands
  long columnOf(uint32_t candidate) const { return candidate < rows ? position[candidate] : candidate; }
  // |a - b|^2 of rows as the geometry sees them, from their difference
  double squareApart(long i, long j) const {
    const float *a = anchor(i), *b = column(j);
    const double aOver = rowOver(i), bOver = columnOver(j);
    double square = 0;
    for (long k = 0; k < dim; k++) square += (a[k] * aOver - b[k] * bOver) * (a[k] * aOver - b[k] * bOver);
    return square;
  }
  // what x of the negatives in column j is times what it was
  double hardnessOf(long j) const { return j < in.hardened ? 1 + in.hardness : 1; }

 private:
  long tileCount() const {
    long count = 0;
    for (long chunk = 0; chunk < chunks; chunk++) {
      const long left = slices - firstSlice(chunk);
      count += mutual ? 1 + (left > CHUNK / SLICE ? blocksOf(left - CHUNK / SLICE, WIDTH / SLICE) : 0) : blocksOf(left, WIDTH / SLICE);
    }
    return count;
  }

  void measure() {
    const bool needed = in.normalized || in.euclidean;
    eachRow(rows + (one ? columns - rows : columns), [&](long r) {
      const float* from = r < rows ? in.anchors + r * dim : !one && r < 2 * rows ? in.positives + (r - rows) * dim
                          : in.others + (r - (one ? rows : 2 * rows)) * dim;
      double square = dot(from, from, dim);
      // rows of very small or very large numbers would leave float32 when squared
      if (needed && !(square > 1e-30 && square < 1e30)) {
        square = 0;
        for (long k = 0; k < dim; k++) square += double(from[k]) * from[k];
      }
      const long to = r < rows ? r : one ? rows + r : r;  // others stand at 2 rows and on
      squares[to] = in.normalized ? (square > 0) : square;
      over[to] = !in.normalized ? 1 : square > 0 ? 1 / std::sqrt(square) : 0;
    });
  }

  void arrange(bool nearness) {
    for (long i = 0; i < rows; i++) order[i] = uint32_t(i);
    if (in.classes != nullptr) orderByClass(in.classes, rows, order);
    else if (nearness) orderByNearness(in.anchors, rows, dim, order);
    for (long i = 0; i < rows; i++) position[order[i]] = uint32_t(i);
    if (in.classes != nullptr) fillKeys(classes, in.classes, in.otherClasses);
    if (in.masks > 0) fillKeys(firstKeys, in.itemKeys[0], in.otherKeys[0]);
    if (in.masks > 1) fillKeys(secondKeys, in.itemKeys[1], in.otherKeys[1]);
    const auto place = [&](uint32_t candidate) { return columnOf(candidate); };
    if (listed) positives.fill(in.positiveOffsets, in.listedPositives, order, place);
    if (in.negativeOffsets != nullptr) negatives.fill(in.negativeOffsets, in.listedNegatives, order, rows, place);
  }
  void fillKeys(int32_t* keys, const int32_t* items, const int32_t* others) const {
    for (long j = 0; j < slices * SLICE; j++) {
      keys[j] = j < rows ? items[order[j]] : j < columns && others != nullptr ? others[j - rows] : 0;
    }
  }

  void layOut() {
    long count = 0;
    for (long chunk = 0; chunk < chunks; chunk++) {
      firstTile[chunk] = count;
      for (long slice = firstSlice(chunk), number = 0; slice < slices; number++) {
        const bool own = mutual && number == 0;
        const long most = own ? CHUNK / SLICE : WIDTH / SLICE, left = slices - slice;
        Tile& tile = tiles[count++] = {chunk, slice, left < most ? left : most, number, own, false, false, false, false};
        const long i0 = chunk * CHUNK, j0 = slice * SLICE, end = j0 + tile.slices * SLICE;
        const bool diagonal = i0 < end && j0 < i0 + heightOf(chunk) && j0 < rows;
        tile.classes = in.classes != nullptr && mayShareClass(chunk, j0, end < columns ? end : columns);
        tile.listed = listed && holdsPositives(chunk, j0, end);
        tile.irregular = diagonal || (in.alone && j0 < rows) || end > columns || in.masks > 0 || in.dropped != nullptr || in.hardness != 0 ||
                         tile.listed || in.negativeOffsets != nullptr;
        slice += tile.slices;
      }
    }
    firstTile[chunks] = count;
  }
  bool holdsPositives(long chunk, long j0, long end) const {
    for (long i = chunk * CHUNK; i < chunk * CHUNK + heightOf(chunk); i++) {
      const uint32_t e = positives.from(i, j0);
      if (e < positives.start[i + 1] && positives.column[e] < end) return true;
    }
    return false;
  }
  // rows are in the order of classes
  bool mayShareClass(long chunk, long j0, long end) const {
    const int32_t least = classes[chunk * CHUNK], most = classes[chunk * CHUNK + heightOf(chunk) - 1];
    for (long j = j0; j < end; j++) {
      if (classes[j] >= least && classes[j] <= most) return true;
    }
    return false;
  }

  // The operands: rows as the geometry sees them, and zeros where there are none.
  void pack() {
    eachRow(blocksOf(rows, PANEL) * PANEL, [&](long i) {
      float* to = anchorRows + i * apart;
      if (i < rows) copyScaled(anchor(i), rowOver(i), dim, to);
      for (long k = i < rows ? dim : 0; k < apart; k++) to[k] = 0;
    });
    const long all = slices * SLICE;
    parallel(slices, [&](long s, int) {
      const long j0 = s * SLICE;
      for (long j = j0; j < j0 + SLICE; j++) {
        for (long d = 0; d < dimSlices; d++) {
          const long there = j < columns ? least(SLICE, dim - d * SLICE) : 0;
          float* to = columnsByDim + (d * all + j) * SLICE;
          if (there > 0) copyScaled(column(j) + d * SLICE, columnOver(j), there, to);
          for (long k = there; k < SLICE; k++) to[k] = 0;
        }
      }
      for (long d = 0; d < dimSlices; d++) {
        const float* from = columnsByDim + (d * all + j0) * SLICE;
        packScaled<SLICE>([&](long j) { return from + j * SLICE; }, [&](long) { return productScale(); }, SLICE, least(SLICE, dim - d * SLICE),
                          columnSlices + (s * dim + d * SLICE) * SLICE);
      }
    });
  }

  void harden(const Tile& tile, float* x) const {
    for (long lane = 0; lane < tile.slices * SLICE; lane += LANES) {
      Vec times;
      for (int l = 0; l < LANES; l++) times[l] = float(hardnessOf(tile.slice * SLICE + lane + l));
      float* from = x + lane / SLICE * STRIDE + lane % SLICE;
      for (long i = 0; i < heightOf(tile.chunk); i++) store(from + i * SLICE, load(from + i * SLICE) * times);
    }
  }

  void leaveOutUnlisted(const Tile& tile, float* x) const {
    for (long s = 0; s < tile.slices; s++) {
      for (int part = 0; part < PARTS; part++) {
        float* from = x + s * STRIDE + part * LANES;
        for (long i = 0; i < heightOf(tile.chunk); i++) {
          const IntVec held = negatives.held(tile.chunk * CHUNK + i, tile.slice + s, part);
          store(from + i * SLICE, select(held, load(from + i * SLICE), all(-INFINITY)));
        }
      }
    }
  }

  void leaveOutEqual(const Tile& tile, const int32_t* keys, long end, float* x) const {
    const long i0 = tile.chunk * CHUNK, height = heightOf(tile.chunk);
    for (long s = 0; s < tile.slices; s++) {
      for (int part = 0; part < PARTS; part++) {
        const long j = (tile.slice + s) * SLICE + part * LANES;
        const IntVec key = load(keys + j);
        IntVec there{};
        for (int lane = 0; lane < LANES; lane++) there[lane] = j + lane < end ? -1 : 0;
        float* from = x + s * STRIDE + part * LANES;
        for (long i = 0; i < height; i++) {
          const IntVec same = (key == all(keys[i0 + i])) & there;
          store(from + i * SLICE, select(same, all(-INFINITY), load(from + i * SLICE)));
        }
      }
    }
  }

  // scale |a - b| or its square, from |a|^2 + |b|^2 - 2 a . b, and of rows so near that this is rounding, from their difference
  void toDistances(const Tile& tile, float* x) const {
    const long i0 = tile.chunk * CHUNK, j0 = tile.slice * SLICE, height = heightOf(tile.chunk);
    for (long s = 0; s < tile.slices; s++) {
      for (int part = 0; part < PARTS; part++) {
        const long j = j0 + s * SLICE + part * LANES;
        Vec square{};
        for (int lane = 0; lane < LANES && j + lane < columns; lane++) square[lane] = float(columnSquare(j + lane));
        float* from = x + s * STRIDE + part * LANES;
        for (long i = 0; i < height; i++) {
          const Vec both = square + float(rowSquare(i0 + i));
          const Vec distances = both - load(from + i * SLICE) * 2.f;
          const IntVec near = distances < both * 0.05f;
          Vec result = (in.squared ? larger(distances, Vec{}) : sqrt(larger(distances, Vec{}))) * float(in.scale);
          for (int lane = 0; lane < LANES; lane++) {
            if (near[lane] && j + lane < columns) result[lane] = float(in.scale * difference(i0 + i, j + lane));
          }
          store(from + i * SLICE, result);
        }
      }
    }
  }
  // of rows that float32 cannot tell apart 0: a slope along what is between them would be all rounding
  double difference(long i, long j) const {
    const double square = squareApart(i, j);
    if (square < 1e-14 * (rowSquare(i) + columnSquare(j))) return 0;
    return in.squared ? square : std::sqrt(square);
  }
};

}  // namespace NEARMISS_ISA
}  // namespace nearmiss
