// For each row the farthest of its label and the closest of another, to the bit of the plain kernel. S is symmetric: each tile on
// or above the diagonal serves its rows and its columns.
//
// float32 scores are off by at most slackOf, so a row whose best is ahead of its second by more than twice that has its answer.
// The rows that are left are contested: their scores are taken again, all of them, in float64.
#pragma once

#include "pool.h"
#include "product.h"
#include "rows.h"
#include "scores.h"
#include "table.h"
#include "tiles.h"

namespace nearmiss {
namespace NEARMISS_ISA {

// The largest score so far, where it stood, and the largest of the others.
struct Top {
  float best = -INFINITY, second = -INFINITY;
  int32_t index = -1;

  NEARMISS_INLINE void meet(float otherBest, float otherSecond, int32_t otherIndex) {
    if (otherBest > best) {
      second = best > otherSecond ? best : otherSecond;
      best = otherBest;
      index = otherIndex;
    } else if (otherBest > second) {
      second = otherBest;
    }
  }
};

// One of these in each lane.
struct TopVec {
  Vec best = all(-INFINITY), second = all(-INFINITY);
  IntVec index = IntVec{} - 1;

  NEARMISS_INLINE void meet(Vec score, IntVec at) {
    second = larger(second, smaller(score, best));
    index = score > best ? at : index;
    best = larger(score, best);
  }
};

class HardestRun {
 public:
  explicit HardestRun(const Hardest& input)
      : in(input), chunks(blocksOf(in.rows, SIDE)), padded(chunks * SIDE), noLabel(unusedLabel()), columns(padded * in.dim + 1),
        squares(padded + 1), sizes(padded + 1), labels(padded + 1), factor(padded + 1), less(padded + 1) {}

  void run() {
    if (in.rows == 0) return;
    pack();
    Borrowed<float> slack(in.rows);
    bool tame = false;
    for (long i = 0; i < in.rows; i++) {
      slack[i] = float(slackOf(in.similarity, in.dim, std::sqrt(squares[i]), lengths));
      tame |= slack[i] < INFINITY;
    }
    const long workers = threads();
    Borrowed<Top> tops(workers * padded * 2);
    for (long e = 0; e < workers * padded * 2; e++) tops[e] = Top();
    if (tame) meetAll(tops);

    Borrowed<long> contested(in.rows);
    long count = 0;
    for (long i = 0; i < in.rows; i++) {
      Top top[2];
      for (long worker = 0; worker < workers; worker++) {
        for (int far = 0; far < 2; far++) {
          const Top& part = tops[(worker * padded + i) * 2 + far];
          top[far].meet(part.best, part.second, part.index);
        }
      }
      in.negatives[i] = top[0].index;
      in.positives[i] = top[1].index;
      if (!clear(top[0], slack[i]) || !clear(top[1], slack[i])) contested[count++] = i;
    }
    parallel(blocksOf(count, TOGETHER), [&](long task, int) {
      const long left = count - task * TOGETHER;
      settle(contested + task * TOGETHER, left < TOGETHER ? left : TOGETHER);
    });
  }

 private:
  static constexpr long SIDE = 96;  // of a tile: panels and slices fill it
  static constexpr long STRIDE = SIDE * SLICE;
  static constexpr int TOGETHER = 4;         // contested rows scored at a time

  const Hardest& in;
  const long chunks, padded;
  const int32_t noLabel;
  Borrowed<float> columns;         // [slice][k][16]
  Borrowed<double> squares, sizes;
  Borrowed<int32_t> labels;        // past the last row one that no row has
  Borrowed<float> factor, less;    // score = s_ij factor_i factor_j - (less_i + less_j)
  Lengths lengths;

  const float* row(long i) const { return in.embeddings + i * in.dim; }
  long sideOf(long chunk) const { return in.rows - chunk * SIDE < SIDE ? in.rows - chunk * SIDE : SIDE; }

  static bool clear(const Top& top, double slack) { return slack < INFINITY && (top.index < 0 || top.second < top.best - 2 * slack); }

  int32_t unusedLabel() const {
    for (int32_t label = INT32_MIN;; label++) {
      long i = 0;
      while (i < in.rows && in.labels[i] != label) i++;
      if (i == in.rows) return label;
    }
  }

  void pack() {
    parallel(blocksOf(in.rows, SLICE), [&](long slice, int) {
      const long j0 = slice * SLICE;
      packColumns([&](long j) { return j0 + j < in.rows ? row(j0 + j) : nullptr; }, SLICE, in.dim, columns + j0 * in.dim);
      squaresOf(columns + j0 * in.dim, in.dim, squares + j0);
    });
    for (long i = 0; i < in.rows; i++) lengths.add(squares[i]);
    for (long i = 0; i < padded; i++) {
      const bool there = i < in.rows;
      const double square = there ? squares[i] : 0;
      sizes[i] = sizeOf(in.similarity, square);
      labels[i] = there ? in.labels[i] : noLabel;
      factor[i] = in.similarity == Similarity::dot ? 1.f
                  : in.similarity == Similarity::euclidean ? 1.41421356f
                  : square == 0 ? 0.f : float(1 / std::sqrt(square));
      less[i] = !there ? INFINITY : in.similarity == Similarity::euclidean ? float(square) : 0.f;
    }
  }

  void meetAll(Top* tops) const {
    Borrowed<float> rows(padded * in.dim + 1);  // [panel][k][6]
    parallel(chunks, [&](long chunk, int) {
      const long i0 = chunk * SIDE;
      packRows([&](long i) { return i0 + i < in.rows ? row(i0 + i) : nullptr; }, SIDE, in.dim, rows + i0 * in.dim);
    });
    Borrowed<float> tiles(threads() * SIDE * SIDE);
    parallel(chunks * (chunks + 1) / 2, [&](long task, int worker) {
      long down = 0, across = task;
      for (; across >= chunks - down; down++) across -= chunks - down;
      across += down;
      float* tile = tiles + worker * SIDE * SIDE;
      tileProduct(inPanels(rows + down * SIDE * in.dim, in.dim), columns + across * SIDE * in.dim, in.dim, blocksOf(sideOf(down), PANEL),
                  blocksOf(sideOf(across), SLICE), tile, STRIDE);
      Top* found = tops + worker * padded * 2;
      meetColumns(down, across, tile, found);
      meetRows(down, across, tile, found);
    });
  }

  // Makes the products scores, and shows each column its rows; on the diagonal those are shown as rows alone.
  void meetColumns(long down, long across, float* tile, Top* found) const {
    const long i0 = down * SIDE, height = sideOf(down);
    for (long s = 0; s * SLICE < sideOf(across); s++) {
      for (int part = 0; part < PARTS; part++) {
        const long j = across * SIDE + s * SLICE + part * LANES;
        float* at = tile + s * STRIDE + part * LANES;
        const Vec factors = load(factor + j), lesses = load(less + j);
        const IntVec label = load(labels + j);
        TopVec near, far;
        for (long i = 0; i < height; i++) {
          const Vec score = load(at + i * SLICE) * (factors * factor[i0 + i]) - (lesses + less[i0 + i]);
          store(at + i * SLICE, score);
          meet(near, far, score, label == labels[i0 + i], IntVec{} + int32_t(i0 + i));
        }
        if (down != across) tell(near, far, [&](long lane) { return found + (j + lane) * 2; });
      }
    }
    if (down != across) return;
    // no row is its own positive
    for (long i = 0; i < height; i++) tile[i / SLICE * STRIDE + i * SLICE + i % SLICE] = INFINITY;
  }

  void meetRows(long down, long across, const float* tile, Top* found) const {
    const long j0 = across * SIDE;
    for (long i = 0; i < sideOf(down); i++) {
      Top* own = found + (down * SIDE + i) * 2;
      TopVec near, far;
      IntVec at = lanes() + int32_t(j0);
      for (long s = 0; s * SLICE < sideOf(across); s++) {
        for (int part = 0; part < PARTS; part++, at += LANES) {
          const Vec score = load(tile + s * STRIDE + i * SLICE + part * LANES);
          const IntVec label = load(labels + j0 + s * SLICE + part * LANES);
          meet(near, far, score, label == labels[down * SIDE + i], at);
        }
      }
      tell(near, far, [&](long) { return own; });
    }
  }

  static NEARMISS_INLINE void meet(TopVec& near, TopVec& far, Vec score, IntVec alike, IntVec at) {
    const Vec none = all(-INFINITY);
    near.meet(alike ? none : score, at);
    far.meet(alike ? -score : none, at);
  }

  template <class Whose>
  static NEARMISS_INLINE void tell(const TopVec& near, const TopVec& far, const Whose& whose) {
    for (long lane = 0; lane < LANES; lane++) {
      Top* of = whose(lane);
      of[0].meet(near.best[lane], near.second[lane], near.index[lane]);
      of[1].meet(far.best[lane], far.second[lane], far.index[lane]);
    }
  }

  // As the plain kernel does it: every score in float64 and in order, rounded; the first among equals.
  void settle(const long* which, long count) const {
    Borrowed<double> rows(in.dim * TOGETHER + 1);  // [k][4]
    float farthest[TOGETHER], closest[TOGETHER];
    for (long r = 0; r < TOGETHER; r++) {
      const float* from = row(which[r < count ? r : 0]);
      for (long k = 0; k < in.dim; k++) rows[k * TOGETHER + r] = from[k];
      farthest[r] = INFINITY;
      closest[r] = -INFINITY;
    }
    for (long r = 0; r < count; r++) in.positives[which[r]] = in.negatives[which[r]] = -1;
    for (long j0 = 0; j0 < in.rows; j0 += SLICE) {
      WideSlice products[TOGETHER];
      inOrder<TOGETHER>(rows, columns + j0 * in.dim, in.dim, products);
      for (long r = 0; r < count; r++) {
        const long i = which[r];
        for (long j = j0; j < j0 + SLICE && j < in.rows; j++) {
          const double product = products[r].part[(j - j0) / (LANES / 2)][(j - j0) % (LANES / 2)];
          const float score = scoreOf(in.similarity, product, sizes[i], sizes[j]);
          if (in.labels[i] == in.labels[j]) {
            if (i == j || !(score < farthest[r])) continue;
            farthest[r] = score;
            in.positives[i] = int32_t(j);
          } else if (score > closest[r]) {
            closest[r] = score;
            in.negatives[i] = int32_t(j);
          }
        }
      }
    }
  }
};

inline void hardest(const Hardest& input) { HardestRun(input).run(); }

}  // namespace NEARMISS_ISA
}  // namespace nearmiss
