// The k best rows of a corpus for each query, exactly: tiles of float32 products find every row that could be among them,
// and those are scored again in float64, summed in the order the plain kernel sums in, rounded to float32 and sorted.
//
// A float32 product is off by at most `slack`; a row is kept as long as it may beat or tie the k-th best.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "pool.h"
#include "product.h"
#include "rows.h"
#include "table.h"
#include "tiles.h"

namespace nearmiss {
namespace NEARMISS_ISA {

struct Candidate {
  float score;
  uint32_t row;
};

// The rows that may be among the k best of one query, of one part of the corpus.
class Candidates {
 public:
  Candidates() = default;
  ~Candidates() { std::free(kept_); }
  Candidates(const Candidates&) = delete;
  Candidates& operator=(const Candidates&) = delete;

  float threshold = -INFINITY;

  void add(float score, uint32_t row, long k, float slack) {
    if (count_ == capacity_) {
      if (count_ > 0) prune(k, slack);
      if (count_ * 2 >= capacity_) {
        capacity_ = capacity_ == 0 ? 2 * k + 64 : 2 * capacity_;
        kept_ = static_cast<Candidate*>(std::realloc(kept_, capacity_ * sizeof(Candidate)));
        if (kept_ == nullptr) std::abort();
      }
      if (score < threshold) return;
    }
    kept_[count_++] = {score, row};
  }
  long count() const { return count_; }
  const Candidate& operator[](long i) const { return kept_[i]; }

 private:
  Candidate* kept_ = nullptr;
  long count_ = 0, capacity_ = 0;

  void prune(long k, float slack) {
    if (count_ <= k) return;
    std::nth_element(kept_, kept_ + (k - 1), kept_ + count_, [](const Candidate& a, const Candidate& b) { return a.score > b.score; });
    threshold = kept_[k - 1].score - 2 * slack;
    long left = 0;
    for (long i = 0; i < count_; i++) {
      if (kept_[i].score >= threshold) kept_[left++] = kept_[i];
    }
    count_ = left;
  }
};

// summed in order, as the plain kernel does; a product of two float32 numbers is exact in float64
NEARMISS_INLINE double inOrder(const float* x, const float* y, long length) {
  double total = 0;
  for (long k = 0; k < length; k++) total += double(x[k]) * y[k];
  return total;
}

class TopKRun {
 public:
  explicit TopKRun(const TopK& input)
      : in(input), parts(threads() < blocksOf(in.rows, WIDTH) ? threads() : blocksOf(in.rows, WIDTH)), squares(in.rows + 1),
        querySquares(in.queries + 1) {}

  void run() {
    if (in.k == 0) return;
    eachRow(in.rows, [&](long j) { squares[j] = inOrder(corpusRow(j), corpusRow(j), in.dim); });
    eachRow(in.queries, [&](long q) { querySquares[q] = inOrder(query(q), query(q), in.dim); });
    for (long j = 0; j < in.rows; j++) longest = std::fmax(longest, std::sqrt(squares[j]));
    for (long first = 0; first < in.queries; first += CHUNK) searchChunk(first, in.queries - first < CHUNK ? in.queries - first : CHUNK);
  }

 private:
  const TopK& in;
  const long parts;  // of the corpus, one a thread
  Borrowed<double> squares, querySquares;
  double longest = 0;

  const float* corpusRow(long j) const { return in.corpus + j * in.dim; }
  const float* query(long q) const { return in.query + q * in.dim; }

  // A score that sorts as the exact one does, but for the query's own share of it.
  float slack(long q) const {
    const double steps = (in.dim < DEPTH ? in.dim : DEPTH) + double(in.dim) / DEPTH + 8;
    const double rounding = steps * 0x1p-24, length = std::sqrt(querySquares[q]);
    if (in.similarity == Similarity::cosine) return float(rounding * length);
    if (in.similarity == Similarity::dot) return float(rounding * length * longest);
    return float(rounding * (2 * length * longest + longest * longest));
  }

  void searchChunk(long first, long height) {
    const long panels = blocksOf(height, PANEL);
    Borrowed<float> rows(panels * PANEL * in.dim + 1);
    packRows([&](long i) { return i < height ? query(first + i) : nullptr; }, 1, panels * PANEL, in.dim, 1.f, rows);
    Candidates* lists = new Candidates[parts * height];
    Borrowed<float> columns(parts * WIDTH * in.dim + 1), tiles(parts * CHUNK * WIDTH);
    const long blocks = blocksOf(in.rows, WIDTH);
    parallel(parts, [&](long part, int) {
      float *slices = columns + part * WIDTH * in.dim, *tile = tiles + part * CHUNK * WIDTH;
      for (long block = blocks * part / parts; block < blocks * (part + 1) / parts; block++) {
        const long j0 = block * WIDTH, width = in.rows - j0 < WIDTH ? in.rows - j0 : WIDTH;
        packColumns([&](long j) { return j < width ? corpusRow(j0 + j) : nullptr; }, 1, WIDTH, in.dim, slices);
        tileProduct(rows, slices, in.dim, panels, WIDTH / SLICE, tile, CHUNK * SLICE);
        collect(first, height, j0, width, tile, lists + part * height);
      }
    });
    eachRow(height, [&](long i) { finish(first + i, lists + i, height); });
    delete[] lists;
  }

  void collect(long first, long height, long j0, long width, const float* tile, Candidates* lists) const {
    for (long s = 0; s * SLICE < width; s++) {
      const long j = j0 + s * SLICE, lanes = width - s * SLICE < SLICE ? width - s * SLICE : SLICE;
      float factor[SLICE] = {}, less[SLICE] = {};
      for (long c = 0; c < lanes; c++) {
        factor[c] = in.similarity == Similarity::dot ? 1.f
                    : in.similarity == Similarity::euclidean ? 2.f
                    : squares[j + c] == 0 ? 0.f : float(1 / std::sqrt(squares[j + c]));
        less[c] = in.similarity == Similarity::euclidean ? float(squares[j + c]) : 0.f;
      }
      for (long i = 0; i < height; i++) {
        Candidates& list = lists[i];
        const float* from = tile + s * CHUNK * SLICE + i * SLICE;
        float score[SLICE];
        bool any = false;
        for (long c = 0; c < SLICE; c++) {
          score[c] = from[c] * factor[c] - less[c];
          any |= score[c] >= list.threshold;
        }
        if (!any) continue;
        for (long c = 0; c < lanes; c++) {
          if (score[c] >= list.threshold && !excluded(first + i, j + c)) list.add(score[c], j + c, in.k, slack(first + i));
        }
      }
    }
  }

  bool excluded(long q, long row) const {
    if (in.queryClass != nullptr && in.classes != nullptr && in.classes[row] == in.queryClass[q]) return true;
    const uint32_t id = in.ids[row];
    if (in.allowed != nullptr && (id / 8 >= in.allowedBytes || !(in.allowed[id / 8] >> (id % 8) & 1))) return true;
    if (in.excludedOffsets == nullptr) return false;
    for (uint32_t e = in.excludedOffsets[q]; e < in.excludedOffsets[q + 1]; e++) {
      if (in.excluded[e] == id) return true;
    }
    return false;
  }

  float exactScore(long q, long row) const {
    const double product = inOrder(query(q), corpusRow(row), in.dim), xx = querySquares[q], yy = squares[row];
    if (in.similarity == Similarity::dot) return float(product);
    if (in.similarity == Similarity::euclidean) return float(std::fmin(0, 2 * product - xx - yy));
    return xx == 0 || yy == 0 ? 0.f : float(product / (std::sqrt(xx) * std::sqrt(yy)));
  }

  // The lists of one query, a part of the corpus each, `stride` apart.
  void finish(long q, const Candidates* lists, long stride) const {
    long all = 0;
    for (long part = 0; part < parts; part++) all += lists[part * stride].count();
    Borrowed<Candidate> best(all + 1);
    Candidate* to = best;
    for (long part = 0; part < parts; part++) {
      const Candidates& list = lists[part * stride];
      for (long i = 0; i < list.count(); i++) *to++ = {exactScore(q, list[i].row), list[i].row};
    }
    const long found = all < in.k ? all : in.k;
    const uint32_t* ids = in.ids;
    std::partial_sort(static_cast<Candidate*>(best), best + found, best + all, [ids](const Candidate& a, const Candidate& b) {
      return a.score > b.score || (a.score == b.score && ids[a.row] < ids[b.row]);
    });
    in.found[q] = uint32_t(found);
    for (long i = 0; i < found; i++) {
      in.bestRows[q * in.k + i] = best[i].row;
      in.bestScores[q * in.k + i] = best[i].score;
    }
  }
};

inline void topK(const TopK& input) { TopKRun(input).run(); }

}  // namespace NEARMISS_ISA
}  // namespace nearmiss
