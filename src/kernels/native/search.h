// The k best rows of a corpus for each query, exactly: tiles of coarse products find every row that could be among them,
// and those are scored again in float64, summed in the order the plain kernel sums in, rounded to float32 and sorted.
//
// A coarse score is off by at most `slack`; a row is kept as long as it may beat or tie the k-th best. Which worker meets a row
// decides how soon another is dropped, and nothing else.
//
// Each block of the corpus is packed once and meets all queries of a batch; a corpus that was packed before is read as it is.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <new>

#include "coarse.h"
#include "corpus.h"
#include "pool.h"
#include "product.h"
#include "rows.h"
#include "scores.h"
#include "table.h"
#include "tiles.h"

namespace nearmiss {
namespace NEARMISS_ISA {

struct Candidate {
  float score;
  uint32_t row;
};

// The rows that may be among the k best of one query, of those one worker has met.
class Candidates {
 public:
  Candidates() = default;
  ~Candidates() { std::free(kept_); }
  Candidates(const Candidates&) = delete;
  Candidates& operator=(const Candidates&) = delete;

  float floor = -INFINITY;  // lower scores cannot be among the k best

  // Whether there is room for another, once what cannot be among the k best has gone and the list has grown as far as it may.
  bool room(long k, float slack) {
    if (count_ < capacity_) return true;
    prune(k, slack);
    if (count_ * 2 < capacity_) return true;
    const long first = 2 * k + 64, more = capacity_ == 0 ? first : 2 * capacity_;
    if (more > 8 * first) return false;
    void* grown = std::realloc(kept_, more * sizeof(Candidate));
    if (grown == nullptr) refuseMemory(more * sizeof(Candidate));
    kept_ = static_cast<Candidate*>(grown);
    capacity_ = more;
    return true;
  }
  void add(float score, uint32_t row) { kept_[count_++] = {score, row}; }
  // Drops all but those that stand at the first `count` places named, which are in order.
  void keep(const uint32_t* places, long count) {
    for (long i = 0; i < count; i++) kept_[i] = kept_[places[i]];
    count_ = count;
  }
  // Drops what cannot be among the k best of these, ties by id aside.
  void prune(long k, float slack) {
    if (count_ <= k) return;
    std::nth_element(kept_, kept_ + (k - 1), kept_ + count_, [](const Candidate& a, const Candidate& b) { return a.score > b.score; });
    // where the slack is infinite these are exact scores
    const float least = slack == INFINITY ? kept_[k - 1].score : kept_[k - 1].score - 2 * slack;
    floor = least > floor ? least : floor;
    long left = 0;
    for (long i = 0; i < count_; i++) {
      if (kept_[i].score >= floor) kept_[left++] = kept_[i];
    }
    count_ = left;
  }
  long count() const { return count_; }
  const Candidate& operator[](long i) const { return kept_[i]; }

 private:
  Candidate* kept_ = nullptr;
  long count_ = 0, capacity_ = 0;
};

// Lists of many queries, let go of however a search ends.
class CandidateLists {
 public:
  explicit CandidateLists(long count) : lists_(new (std::nothrow) Candidates[count]) {
    if (lists_ == nullptr) refuseMemory(count * sizeof(Candidates));
  }
  ~CandidateLists() { delete[] lists_; }
  CandidateLists(const CandidateLists&) = delete;
  CandidateLists& operator=(const CandidateLists&) = delete;
  Candidates* at(long i) const { return lists_ + i; }

 private:
  Candidates* lists_;
};

class TopKRun {
 public:
  explicit TopKRun(const TopK& input)
      : in(input), packed(input.columns != nullptr), blocks(blocksOf(in.rows, WIDTH)), few(blocks < 4 * threads()), ownSquares(packed ? 1 : blocks * WIDTH + 1),
        squares(packed ? in.squares : static_cast<const double*>(ownSquares)), querySquares(in.queries + 1), slack(in.queries + 1),
        units(coarseUnits(in.dim)), columns(packed ? 1 : (few ? blocks : threads()) * WIDTH * units + 1), tiles(threads() * CHUNK * WIDTH) {}

  void run() {
    if (in.k == 0) return;
    const CoarseLengths lengths = corpusLengths();
    // a corpus of few blocks is packed whole: tasks that share a block need it at once
    if (few && !packed) parallel(blocks, [&](long block, int) { packBlock(block, columns + block * WIDTH * units); });
    for (long first = 0; first < in.queries; first += BATCH) {
      searchBatch(first, in.queries - first < BATCH ? in.queries - first : BATCH, lengths);
    }
  }

 private:
  static constexpr long BATCH = 16 * CHUNK;  // queries that keep candidates at a time

  const TopK& in;
  const bool packed;
  const long blocks;  // of WIDTH rows of the corpus
  const bool few;     // so that tasks have to share them
  Borrowed<double> ownSquares;  // where they did not come with the corpus
  const double* squares;
  Borrowed<double> querySquares;
  Borrowed<float> slack;
  const long units;           // of a row, packed
  Borrowed<float> columns;  // [worker][slice][unit][16], where they did not come with the corpus
  Borrowed<float> tiles;    // [worker][slice][query][16]

  const float* corpusRow(long j) const { return in.corpus + j * in.dim; }
  const float* query(long q) const { return in.query + q * in.dim; }

  CoarseLengths corpusLengths() const {
    CoarseLengths lengths;
    if (packed) {
      for (long j = 0; j < in.rows; j++) lengths.add(squares[j], in.lost[j]);
      return lengths;
    }
    // no square is known yet: near ones do for a bound
    Borrowed<double> near(in.rows + 1);
    eachRow(in.rows, [&](long j) {
      const double fast = dot(corpusRow(j), corpusRow(j), in.dim);
      near[j] = fast > 1e-25 && fast < 1e35 ? fast : inOrder(corpusRow(j), corpusRow(j), in.dim);
    });
    for (long j = 0; j < in.rows; j++) lengths.add(near[j], 0);
    lengths.widen(in.dim);
    return lengths;
  }

  // Queries i0 ... i0 + CHUNK - 1 of those from `first` on, as panels, and how far their scores may be off.
  void packQueries(long first, long i0, long height, const CoarseLengths& lengths, float* rows) {
    Borrowed<float> whole(PANEL * in.dim + 1);
    for (long i = i0; i < i0 + CHUNK; i += PANEL) {
      double lost[PANEL];
      packCoarsePanel([&](long r) { return i + r < height ? query(first + i + r) : nullptr; }, in.dim, whole, rows + i * units, lost);
      for (long r = 0; r < PANEL && i + r < height; r++) {
        const long q = first + i + r;
        querySquares[q] = inOrder(query(q), query(q), in.dim);
        slack[q] = float(coarseSlack(in.similarity, in.dim, std::sqrt(querySquares[q]), std::sqrt(lost[r]), lengths));
      }
    }
  }

  void searchBatch(long first, long height, const CoarseLengths& lengths) {
    const long chunks = blocksOf(height, CHUNK), workers = threads();
    Borrowed<float> rows(chunks * CHUNK * units + 1);  // [chunk][panel][unit][6]
    parallel(chunks, [&](long chunk, int) { packQueries(first, chunk * CHUNK, height, lengths, rows); });
    const CandidateLists lists(workers * height);
    // what a score must reach to be looked at: the highest floor that any worker has found for the query
    Borrowed<float> gates(height + 1);
    for (long i = 0; i < height; i++) gates[i] = -INFINITY;
    const long shares = few && chunks > 1 ? (chunks < 4 * workers ? chunks : 4 * workers) : 1;
    parallel(blocks * shares, [&](long task, int worker) {
      const long block = task / shares, share = task % shares;
      const long j0 = block * WIDTH, width = widthOf(block);
      const float* slices = packed ? in.columns + j0 * units
                            : few  ? columns + j0 * units
                                   : packBlock(block, columns + worker * WIDTH * units);
      const Scale scale(in.similarity, squares + j0, width);
      float* tile = tiles + worker * CHUNK * WIDTH;
      for (long chunk = chunks * share / shares; chunk < chunks * (share + 1) / shares; chunk++) {
        const long i0 = chunk * CHUNK, count = height - i0 < CHUNK ? height - i0 : CHUNK;
        tileProduct<Coarse>(rows + i0 * units, slices, units, blocksOf(count, PANEL), blocksOf(width, SLICE), tile, CHUNK * SLICE);
        collect(first + i0, count, j0, width, scale, tile, lists.at(worker * height + i0), gates + i0);
      }
    });
    eachRow(height, [&](long i) { finish(first + i, lists.at(i), workers, height); });
  }

  long widthOf(long block) const { return in.rows - block * WIDTH < WIDTH ? in.rows - block * WIDTH : WIDTH; }

  const float* packBlock(long block, float* out) const {
    double lost[WIDTH];  // which corpusLengths has bounds for
    packSlices(in.corpus, in.rows, in.dim, block * WIDTH, widthOf(block), out, ownSquares + block * WIDTH, lost);
    return out;
  }

  // What makes of a product a score that sorts as the exact one does, but for the query's own share of it.
  struct Scale {
    float factor[WIDTH], less[WIDTH];

    Scale(Similarity similarity, const double* squares, long width) {
      for (long j = 0; j < WIDTH; j++) {
        const double square = j < width ? squares[j] : 0;
        factor[j] = similarity == Similarity::dot ? 1.f : similarity == Similarity::euclidean ? 2.f : square == 0 ? 0.f : float(1 / std::sqrt(square));
        less[j] = similarity == Similarity::euclidean ? float(square) : 0.f;
      }
    }
  };

  void collect(long first, long height, long j0, long width, const Scale& scale, const float* tile, Candidates* lists, float* gates) const {
    for (long s = 0; s * SLICE < width; s++) {
      for (int part = 0; part < PARTS; part++) {
        const long at = s * SLICE + part * LANES;
        const Vec factor = load(scale.factor + at), less = load(scale.less + at);
        const float* from = tile + s * CHUNK * SLICE + part * LANES;
        for (long i = 0; i < height; i++) {
          const Vec score = load(from + i * SLICE) * factor - less;
          float gate;
          __atomic_load(gates + i, &gate, __ATOMIC_RELAXED);
          if (!any(score >= all(gate))) continue;
          Candidates& list = lists[i];
          if (gate > list.floor) list.floor = gate;
          keep(first + i, j0 + at, width - at, score, list);
          if (list.floor > gate && slack[first + i] != INFINITY) __atomic_store(gates + i, &list.floor, __ATOMIC_RELAXED);
        }
      }
    }
  }

  __attribute__((noinline)) void keep(long q, long j, long lanes, Vec score, Candidates& list) const {
    const bool wild = slack[q] == INFINITY;
    const bool excluding = !in.exclusions.none();
    float scores[LANES];
    store(scores, score);
    for (long c = 0; c < lanes && c < LANES; c++) {
      if ((!wild && scores[c] < list.floor) || (excluding && in.exclusions.hold(q, j + c))) continue;
      add(q, list, wild ? exactScore(q, j + c) : scores[c], j + c);
    }
  }

  void add(long q, Candidates& list, float score, uint32_t row) const {
    if (!list.room(in.k, slack[q])) shorten(q, list);
    if (score >= list.floor) list.add(score, row);
  }

  // Where more rows tie, as far as coarse scores tell, than a list may have: the k that are best stay.
  __attribute__((noinline)) void shorten(long q, Candidates& list) const {
    Borrowed<Candidate> exact(list.count());
    Borrowed<uint32_t> places(list.count());
    scoreAgain(q, list, exact);
    for (long i = 0; i < list.count(); i++) places[i] = uint32_t(i);
    uint32_t* first = places;
    std::nth_element(first, first + in.k, first + list.count(), [&](uint32_t a, uint32_t b) { return ahead(exact[a], exact[b]); });
    std::sort(first, first + in.k);
    list.keep(first, in.k);
  }

  // Whether a comes before b, of two exact scores.
  bool ahead(const Candidate& a, const Candidate& b) const {
    return a.score > b.score || (a.score == b.score && in.exclusions.ids[a.row] < in.exclusions.ids[b.row]);
  }

  float scoreFrom(double product, long q, long row) const {
    return scoreOf(in.similarity, product, sizeOf(in.similarity, querySquares[q]), sizeOf(in.similarity, squares[row]));
  }

  float exactScore(long q, long row) const {
    return scoreFrom(inOrder(query(q), corpusRow(row), in.dim), q, row);
  }

  // The k best of what the workers' lists of one query hold; the lists are `stride` apart.
  void finish(long q, const Candidates* lists, long workers, long stride) const {
    Candidates all;
    for (long worker = 0; worker < workers; worker++) {
      const Candidates& list = lists[worker * stride];
      for (long i = 0; i < list.count(); i++) {
        if (list[i].score >= all.floor) add(q, all, list[i].score, list[i].row);
      }
    }
    all.prune(in.k, slack[q]);
    Borrowed<Candidate> best(all.count() + 1);
    scoreAgain(q, all, best);
    const long found = all.count() < in.k ? all.count() : in.k;
    std::partial_sort(static_cast<Candidate*>(best), best + found, best + all.count(),
                      [&](const Candidate& a, const Candidate& b) { return ahead(a, b); });
    in.found[q] = uint32_t(found);
    for (long i = 0; i < found; i++) {
      in.bestRows[q * in.k + i] = best[i].row;
      in.bestScores[q * in.k + i] = best[i].score;
    }
  }

  void scoreAgain(long q, const Candidates& from, Candidate* to) const {
    productsInOrder<false>(query(q), in.dim, from.count(), [&](long i) { return corpusRow(from[i].row); },
                           [&](long i, double product, double) { to[i] = {scoreFrom(product, q, from[i].row), from[i].row}; });
  }
};

inline void topK(const TopK& input) { TopKRun(input).run(); }

}  // namespace NEARMISS_ISA
}  // namespace nearmiss
