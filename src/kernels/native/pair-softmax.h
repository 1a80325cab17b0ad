// InfoNCE over the pairs of two sets of rows: S = scale A B', a tile at a time, turned in place into W = dL/dS; then
// dA += W B and dB += W' A. B is the positives and, under them, the negatives that stand against all.
//
//   term_i = log( sum over candidates j of exp(s_ij) ) - s_ii,        w_ij = share (exp(s_ij - lse_i) - [i = j])
//
// and both ways the mean with the same over columns. Sums leave the positive out: its weight is minus the sum of the
// others', which p - 1 is not in float32 where the fit is good.
//
// Memory is a panel of CHUNK rows x all columns, and what of S fits the budget; the rest of S is computed twice.
#pragma once

#include <cmath>

#include "pool.h"
#include "product.h"
#include "rows.h"
#include "table.h"
#include "tiles.h"

namespace nearmiss {
namespace NEARMISS_ISA {

// logits whose exp and whose sums of exp need no shift
constexpr double MODEST = 40;

// log of positive + rest, and rest's share of it, from sums of exp(s - shift)
struct LogSum {
  double shift = -INFINITY, rest = 0;

  void add(double otherShift, double otherRest) {
    if (otherRest == 0) return;
    if (otherShift > shift) {
      rest *= std::exp(shift - otherShift);
      shift = otherShift;
    }
    rest += otherRest * std::exp(otherShift - shift);
  }
  // of the softmax with the positive's logit in it
  double value(double positive) const { return positive + term(positive); }
  double term(double positive) const {
    if (rest == 0) return 0;
    return positive >= shift ? std::log1p(rest * std::exp(shift - positive))
                             : shift - positive + std::log(std::exp(positive - shift) + rest);
  }
  double restShare(double positive) const {
    if (rest == 0) return 0;
    const double most = positive > shift ? positive : shift;
    const double others = rest * std::exp(shift - most);
    return others / (others + std::exp(positive - most));
  }
};

class PairSoftmaxRun {
 public:
  explicit PairSoftmaxRun(PairSoftmax& input)
      : in(input),
        rows(input.rows),
        dim(input.dim),
        columns(input.rows + (input.offsets == nullptr ? input.count : 0)),
        chunks(blocksOf(rows, CHUNK)),
        widths(blocksOf(columns, WIDTH)),
        slices(widths * WIDTH / SLICE),
        dimSlices(blocksOf(dim, SLICE)),
        dimPanels(blocksOf(dim, PANEL)),
        kept(chunksThatFit()),
        // one exp serves rows and columns, and is what is kept, where no logit can be large
        modest(largestLogit() <= MODEST),
        rowPanels(chunks * CHUNK * dim),
        columnSlices(slices * SLICE * dim),
        rowsByDim(chunks * CHUNK * dimPanels * PANEL),
        columnsByDim(dimSlices * SLICE * slices * SLICE),
        keptTiles(kept * CHUNK * slices * SLICE + 1),
        panel(CHUNK * slices * SLICE),
        scratch(threads() * CHUNK * WIDTH),
        targets(chunks * CHUNK),
        terms(rows),
        rowShift(widths * chunks * CHUNK),
        rowRest(widths * chunks * CHUNK),
        columnShift(chunks * slices * SLICE),
        columnRest(chunks * slices * SLICE),
        rowTop(chunks * CHUNK),
        columnTop(slices * SLICE),
        rowFactor(chunks * CHUNK),
        columnFactor(slices * SLICE),
        positiveWeight(chunks * CHUNK),
        ownWeights((in.offsets == nullptr ? 0 : in.count) + 1),
        dRows(chunks * CHUNK * dimSlices * SLICE),
        dColumns(slices * SLICE * dimPanels * PANEL) {}

  void run() {
    pack();
    parallel(chunks * widths, [&](long task, int worker) {
      const long chunk = task / widths, width = task % widths;
      float* tile = chunk < kept ? keptTile(chunk, width) : scratch + worker * CHUNK * WIDTH;
      similarities(chunk, width, tile);
      statistics(chunk, width, tile);
    });
    eachRow(rows, [&](long i) { mergeRow(i); });
    // those past the last positive have no softmax of their own
    for (long j = rows; j < slices * SLICE; j++) columnTop[j] = columnFactor[j] = 0;
    if (in.bothWays) eachRow(rows, [&](long j) { mergeColumn(j); });
    for (long chunk = 0; chunk < chunks; chunk++) descend(chunk);
    finish();
  }

 private:
  PairSoftmax& in;
  const long rows, dim, columns, chunks, widths, slices, dimSlices, dimPanels, kept;
  const bool modest;
  Borrowed<float> rowPanels;     // [chunk][panel][k][6], times scale
  Borrowed<float> columnSlices;  // [slice][k][16]
  Borrowed<float> rowsByDim;     // [chunk][panel of dim][i][6]
  Borrowed<float> columnsByDim;  // [slice of dim][j][16]
  Borrowed<float> keptTiles;     // [chunk][slice][i][16]
  Borrowed<float> panel;         // [slice][i][16] of the chunk in work
  Borrowed<float> scratch;
  Borrowed<double> targets, terms;
  Borrowed<float> rowShift, rowRest;        // [width][i]
  Borrowed<float> columnShift, columnRest;  // [chunk][j]
  Borrowed<float> rowTop, columnTop;        // the largest logit but the positive's; 0 where modest
  Borrowed<float> rowFactor, columnFactor;  // share exp(top - lse)
  Borrowed<float> positiveWeight;
  Borrowed<float> ownWeights;
  Borrowed<float> dRows;     // [i][dim up to whole slices]
  Borrowed<float> dColumns;  // [slice][dim up to whole panels][16]

  static constexpr long STRIDE = CHUNK * SLICE;  // from slice to slice of a tile

  float* keptTile(long chunk, long width) const { return keptTiles + (chunk * slices + width * (WIDTH / SLICE)) * STRIDE; }
  float* panelTile(long width) const { return panel + width * (WIDTH / SLICE) * STRIDE; }
  const float* columnRow(long j) const {
    return j < rows ? in.positives + j * dim : j < columns ? in.negatives + (j - rows) * dim : nullptr;
  }
  // how many chunks of S are kept between the two passes
  long chunksThatFit() const {
    const long fit = long(in.budget / (double(CHUNK) * slices * SLICE * sizeof(float)));
    return fit < chunks ? fit : chunks;
  }
  // rows of a chunk, and slices of a block of columns, that there are
  long heightOf(long chunk) const { return rows - chunk * CHUNK < CHUNK ? rows - chunk * CHUNK : CHUNK; }
  long slicesOf(long width) const {
    const long left = blocksOf(columns - width * WIDTH, SLICE);
    return left < WIDTH / SLICE ? left : WIDTH / SLICE;
  }
  float share() const { return float(in.bothWays ? in.upstream / 2 : in.upstream); }

  double largestLogit() const {
    double a = 0, b = 0;
    for (long i = 0; i < rows; i++) a = std::fmax(a, dot(in.anchors + i * dim, in.anchors + i * dim, dim));
    for (long j = 0; j < columns; j++) b = std::fmax(b, dot(columnRow(j), columnRow(j), dim));
    if (in.offsets != nullptr) {
      for (long t = 0; t < in.count; t++) b = std::fmax(b, dot(in.negatives + t * dim, in.negatives + t * dim, dim));
    }
    return std::sqrt(a) * std::sqrt(b) * in.scale;
  }

  void pack() {
    parallel(chunks + widths + dimSlices, [&](long task, int) {
      if (task < chunks) {
        const long first = task * CHUNK;
        packRows([&](long i) { return first + i < rows ? in.anchors + (first + i) * dim : nullptr; }, 1, CHUNK, dim, float(in.scale),
                 rowPanels + first * dim);
        float* out = rowsByDim + first * dimPanels * PANEL;
        for (long d = 0; d < dimPanels * PANEL; d++) {
          for (long i = 0; i < CHUNK; i++) {
            const bool there = d < dim && first + i < rows;
            out[d / PANEL * PANEL * CHUNK + i * PANEL + d % PANEL] = there ? in.anchors[(first + i) * dim + d] : 0.f;
          }
        }
      } else if (task < chunks + widths) {
        const long first = (task - chunks) * WIDTH;
        packColumns([&](long j) { return columnRow(first + j); }, 1, WIDTH, dim, columnSlices + first * dim);
      } else {
        const long d0 = (task - chunks - widths) * SLICE;
        float* out = columnsByDim + d0 * slices * SLICE;
        for (long j = 0; j < slices * SLICE; j++) {
          const float* from = columnRow(j);
          for (long d = 0; d < SLICE; d++) out[j * SLICE + d] = from != nullptr && d0 + d < dim ? from[d0 + d] : 0.f;
        }
      }
    });
  }

  // A tile of S: masked candidates, columns past the last, and the positives, whose logits are put aside, at -infinity.
  void similarities(long chunk, long width, float* tile) {
    const long i0 = chunk * CHUNK, j0 = width * WIDTH;
    tileProduct(rowPanels + i0 * dim, columnSlices + j0 * dim, dim, blocksOf(heightOf(chunk), PANEL), slicesOf(width), tile, STRIDE);
    for (long i = i0 > j0 ? i0 : j0; i < i0 + CHUNK && i < j0 + WIDTH && i < rows; i++) {
      targets[i] = at(tile, i - i0, i - j0);
    }
    for (int m = 0; m < in.masks; m++) maskTile(m, i0, j0, tile);
    for (long i = i0; in.dropped != nullptr && i < i0 + CHUNK && i < rows; i++) {
      for (uint32_t e = in.droppedOffsets[i]; e < in.droppedOffsets[i + 1]; e++) {
        const long j = in.dropped[e];
        if (j >= j0 && j < j0 + WIDTH && j < columns) at(tile, i - i0, j - j0) = -INFINITY;
      }
    }
    for (long i = i0 > j0 ? i0 : j0; i < i0 + CHUNK && i < j0 + WIDTH && i < rows; i++) {
      at(tile, i - i0, i - j0) = -INFINITY;
    }
    for (long j = columns > j0 ? columns : j0; j < j0 + slicesOf(width) * SLICE; j++) {
      for (long i = 0; i < heightOf(chunk); i++) at(tile, i, j - j0) = -INFINITY;
    }
  }

  static float& at(float* tile, long i, long j) { return tile[j / SLICE * STRIDE + i * SLICE + j % SLICE]; }

  void maskTile(int m, long i0, long j0, float* tile) const {
    const int32_t* items = in.itemKeys[m];
    const int32_t* shared = in.negativeKeys[m];
    for (long j = 0; j < WIDTH && j0 + j < columns; j++) {
      if (j0 + j >= rows && shared == nullptr) return;
      const int32_t key = j0 + j < rows ? items[j0 + j] : shared[j0 + j - rows];
      float* column = &at(tile, 0, j);
      for (long i = 0; i < CHUNK && i0 + i < rows; i++) {
        if (items[i0 + i] == key) column[i * SLICE] = -INFINITY;
      }
    }
  }

  // Sums of exp over the tile's rows and columns, for the two softmaxes; modest tiles hold exp(s) from here on.
  void statistics(long chunk, long width, float* tile) {
    const long i0 = chunk * CHUNK, j0 = width * WIDTH;
    float *shifts = rowShift + width * chunks * CHUNK + i0, *rests = rowRest + width * chunks * CHUNK + i0;
    float *down = columnShift + chunk * slices * SLICE + j0, *below = columnRest + chunk * slices * SLICE + j0;
    const long height = heightOf(chunk);
    Vec sums[CHUNK] = {};
    if (modest) {
      for (long s = 0; s < slicesOf(width); s++) {
        for (int part = 0; part < PARTS; part++) {
          float* from = tile + s * STRIDE + part * LANES;
          Vec column{};
          for (long i = 0; i < height; i++) {
            const Vec e = exp(load(from + i * SLICE));
            store(from + i * SLICE, e);
            sums[i] += e;
            column += e;
          }
          store(below + s * SLICE + part * LANES, column);
          store(down + s * SLICE + part * LANES, Vec{});
        }
      }
      for (long i = 0; i < height; i++) {
        rests[i] = float(sum(sums[i]));
        shifts[i] = 0;
      }
      return;
    }
    const Vec none = all(-1e30f);
    for (long i = 0; i < height; i++) sums[i] = none;
    for (long s = 0; s < slicesOf(width); s++) {
      for (int part = 0; part < PARTS; part++) {
        const float* from = tile + s * STRIDE + part * LANES;
        Vec most = none;
        for (long i = 0; i < height; i++) {
          const Vec x = load(from + i * SLICE);
          sums[i] = larger(sums[i], x);
          most = larger(most, x);
        }
        store(down + s * SLICE + part * LANES, most);
      }
    }
    for (long i = 0; i < height; i++) {
      shifts[i] = largest(sums[i]);
      sums[i] = Vec{};
    }
    for (long s = 0; s < slicesOf(width); s++) {
      for (int part = 0; part < PARTS; part++) {
        const float* from = tile + s * STRIDE + part * LANES;
        const Vec most = load(down + s * SLICE + part * LANES);
        Vec column{};
        for (long i = 0; i < height; i++) {
          const Vec x = load(from + i * SLICE);
          sums[i] += exp(x - all(shifts[i]));
          if (in.bothWays) column += exp(x - most);
        }
        store(below + s * SLICE + part * LANES, column);
      }
    }
    for (long i = 0; i < height; i++) rests[i] = float(sum(sums[i]));
  }

  void mergeRow(long i) {
    LogSum others;
    for (long width = 0; width < widths; width++) {
      others.add(rowShift[width * chunks * CHUNK + i], rowRest[width * chunks * CHUNK + i]);
    }
    const uint32_t from = in.offsets == nullptr ? 0 : in.offsets[i], to = in.offsets == nullptr ? 0 : in.offsets[i + 1];
    for (uint32_t t = from; t < to; t++) {
      const bool masked = ownMasked(i, t);
      const double logit = in.scale * dot(in.anchors + i * dim, in.negatives + t * dim, dim);
      ownWeights[t] = masked ? -INFINITY : float(logit);
      if (!masked) others.add(logit, 1);
    }
    const double lse = others.value(targets[i]);
    for (uint32_t t = from; t < to; t++) ownWeights[t] = float(share() * std::exp(ownWeights[t] - lse));
    terms[i] = others.term(targets[i]);
    positiveWeight[i] = float(-share() * others.restShare(targets[i]));
    settle(others, lse, rowTop[i], rowFactor[i]);
  }

  // exp(s - top) * factor is the weight: s - top is exact where s is large, as s - lse would not be
  void settle(const LogSum& others, double lse, float& top, float& factor) const {
    top = others.rest == 0 || modest ? 0 : float(others.shift);
    factor = others.rest == 0 ? 0 : float(share() * std::exp(top - lse));
  }

  bool ownMasked(long i, uint32_t t) const {
    for (uint32_t e = in.dropped == nullptr ? 0 : in.droppedOffsets[i]; in.dropped != nullptr && e < in.droppedOffsets[i + 1]; e++) {
      if (in.dropped[e] == rows + t) return true;
    }
    for (int m = 0; m < in.masks; m++) {
      if (in.negativeKeys[m] != nullptr && in.negativeKeys[m][t] == in.itemKeys[m][i]) return true;
    }
    return false;
  }

  void mergeColumn(long j) {
    LogSum others;
    for (long chunk = 0; chunk < chunks; chunk++) {
      others.add(columnShift[chunk * slices * SLICE + j], columnRest[chunk * slices * SLICE + j]);
    }
    terms[j] = (terms[j] + others.term(targets[j])) / 2;
    positiveWeight[j] -= float(share() * others.restShare(targets[j]));
    const double lse = others.value(targets[j]);
    settle(others, lse, columnTop[j], columnFactor[j]);
  }

  // The weights of a tile, in place.
  void weigh(long chunk, long width, float* tile) {
    const long i0 = chunk * CHUNK, j0 = width * WIDTH;
    const long height = heightOf(chunk);
    for (long s = 0; s < slicesOf(width); s++) {
      for (int part = 0; part < PARTS; part++) {
        const long j = j0 + s * SLICE + part * LANES;
        const bool across = in.bothWays && j < rows;
        const Vec top = across ? load(columnTop + j) : Vec{}, factor = across ? load(columnFactor + j) : Vec{};
        float* from = tile + s * STRIDE + part * LANES;
        for (long i = 0; i < height; i++) {
          const Vec x = load(from + i * SLICE);
          const Vec rowTopOf = all(rowTop[i0 + i]), rowFactorOf = all(rowFactor[i0 + i]);
          if (modest) store(from + i * SLICE, x * (rowFactorOf + factor));
          else if (across) store(from + i * SLICE, exp(x - rowTopOf) * rowFactorOf + exp(x - top) * factor);
          else store(from + i * SLICE, exp(x - rowTopOf) * rowFactorOf);
        }
      }
    }
    for (long i = i0 > j0 ? i0 : j0; i < i0 + CHUNK && i < j0 + WIDTH && i < rows; i++) {
      at(tile, i - i0, i - j0) = positiveWeight[i];
    }
  }

  // One chunk's part of dB, and its dA.
  void descend(long chunk) {
    const long i0 = chunk * CHUNK;
    float* weights = chunk < kept ? keptTile(chunk, 0) : panelTile(0);
    parallel(widths, [&](long width, int) {
      float* tile = weights + width * (WIDTH / SLICE) * STRIDE;
      if (chunk >= kept) {
        similarities(chunk, width, tile);
        if (modest) {
          for (long s = 0; s < slicesOf(width); s++) {
            float* from = tile + s * STRIDE;
            for (long e = 0; e < heightOf(chunk) * SLICE; e += LANES) store(from + e, exp(load(from + e)));
          }
        }
      }
      weigh(chunk, width, tile);
      for (long s = 0; s < slicesOf(width); s++) {
        float* out = dColumns + (width * (WIDTH / SLICE) + s) * dimPanels * PANEL * SLICE;
        for (long d = 0; d < dimPanels; d++) {
          Block product = {};
          accumulate<PANEL, 1>(product, rowsByDim + i0 * dimPanels * PANEL + d * PANEL * CHUNK, tile + s * STRIDE, heightOf(chunk));
          put(product, out + d * PANEL * SLICE, SLICE, PANEL, chunk == 0);
        }
      }
    });
    const long panels = blocksOf(heightOf(chunk), PANEL), used = blocksOf(columns, SLICE);
    parallel(dimSlices, [&](long d, int) {
      const long stride = dimSlices * SLICE;
      constexpr long AT_ONCE = DEPTH / SLICE;
      for (long s0 = 0; s0 < used; s0 += AT_ONCE) {
        for (long p = 0; p < panels; p++) {
          Block product = {};
          for (long s = s0; s < s0 + AT_ONCE && s < used; s++) {
            accumulate<1, SLICE>(product, weights + s * STRIDE + p * PANEL * SLICE, columnsByDim + (d * slices + s) * SLICE * SLICE, SLICE);
          }
          put(product, dRows + (i0 + p * PANEL) * stride + d * SLICE, stride, PANEL, s0 == 0);
        }
      }
    });
  }

  void finish() {
    Borrowed<double> along(rows);
    eachRow(rows, [&](long i) {
      const float *from = dRows + i * dimSlices * SLICE, *anchor = in.anchors + i * dim;
      float* to = in.dAnchors + i * dim;
      for (long k = 0; k < dim; k++) to[k] = float(from[k] * in.scale);
      if (in.offsets != nullptr) {
        for (uint32_t t = in.offsets[i]; t < in.offsets[i + 1]; t++) {
          const float weight = float(ownWeights[t] * in.scale);
          const float* negative = in.negatives + t * dim;
          for (long k = 0; k < dim; k++) to[k] += weight * negative[k];
          if (in.dNegatives == nullptr) continue;
          for (long k = 0; k < dim; k++) in.dNegatives[t * dim + k] = weight * anchor[k];
        }
      }
      along[i] = dot(to, anchor, dim);
    });
    eachRow(columns, [&](long j) {
      const float* from = dColumns + j / SLICE * dimPanels * PANEL * SLICE + j % SLICE;
      if (j >= rows && in.dNegatives == nullptr) return;
      float* to = j < rows ? in.dPositives + j * dim : in.dNegatives + (j - rows) * dim;
      for (long k = 0; k < dim; k++) to[k] = float(from[k * SLICE] * in.scale);
    });
    in.sum = in.scaleGradient = 0;
    for (long i = 0; i < rows; i++) {
      in.sum += terms[i];
      in.terms[i] = float(terms[i]);
      in.scaleGradient += along[i] / in.scale;
    }
  }
};

inline void infoNce(PairSoftmax& input) { PairSoftmaxRun(input).run(); }

}  // namespace NEARMISS_ISA
}  // namespace nearmiss
