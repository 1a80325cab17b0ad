// The k best rows of a corpus for each query, exactly: tiles of coarse products find every row that could be among them,
// and those are scored again in float64, summed in the order the plain kernel sums in, rounded to float32 and sorted.
//
// A coarse score is off by at most `slack`; a row is kept as long as it may beat or tie the k-th best. Which worker meets a row
// decides how soon another is dropped, and nothing else.
//
// Each block of the corpus is packed once and meets all queries of a batch; a corpus that was packed before is read as it is.
//
// Where a query has a ceiling, rows whose score is above it are counted and passed over. Of a row that the slack leaves in doubt the
// exact score is taken at once, so there are few of them only where the products are of float32 numbers.
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

  // Whether there is room for so many more (at most LANES), once what cannot be among the k best has gone and the list has grown as far
  // as it may.
  bool room(long another, long k, float slack) {
    if (count_ + another <= capacity_) return true;
    prune(k, slack);
    if (count_ * 2 < capacity_) return true;
    const long more = capacity_ == 0 ? 64 : 2 * capacity_;
    if (more > 8 * (2 * k + 64)) return false;
    void* grown = std::realloc(kept_, more * sizeof(Candidate));
    if (grown == nullptr) refuseMemory(more * sizeof(Candidate));
    kept_ = static_cast<Candidate*>(grown);
    capacity_ = more;
    return true;
  }
  void add(float score, uint32_t row) { kept_[count_++] = {score, row}; }
  // Of rows from this one on, those whose scores reach the floor: each is written, and counts if it does, since a branch would
  // often be guessed wrong.
  void addReaching(const float* scores, long lanes, uint32_t row) {
    Candidate* next = kept_ + count_;
    const float least = floor;
    for (long c = 0; c < lanes; c++) {
      *next = {scores[c], uint32_t(row + c)};
      next += scores[c] >= least;
    }
    count_ = next - kept_;
  }
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

template <class Form>
class TopKRun {
 public:
  explicit TopKRun(const TopK& input)
      : in(input), packed(input.columns != nullptr), capped(input.ceilings != nullptr), byClass(in.exclusions.queryClass != nullptr && in.exclusions.classes != nullptr), blocks(blocksOf(in.rows, WIDTH)), few(blocks < 4 * threads()), ownSquares(packed ? 1 : blocks * WIDTH + 1),
        squares(packed ? in.squares : static_cast<const double*>(ownSquares)), querySquares(in.queries + 1), slack(in.queries + 1),
        over(capped ? in.queries + 1 : 1), doubt(capped ? in.queries + 1 : 1), byId(capped && in.exclusions.offsets != nullptr ? in.rows + 1 : 1),
        units(coarseUnits<Form>(in.dim)), columns(packed ? 1 : (few ? blocks : threads()) * WIDTH * units + 1), tiles(threads() * CHUNK * WIDTH) {}

  void run() {
    if (in.k == 0) return;
    if (capped && in.exclusions.offsets != nullptr) sortById();
    const CoarseLengths<Form> lengths = corpusLengths();
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
  const bool capped;   // whether there are ceilings
  const bool byClass;  // whether classes are excluded
  const long blocks;  // of WIDTH rows of the corpus
  const bool few;     // so that tasks have to share them
  Borrowed<double> ownSquares;  // where they did not come with the corpus
  const double* squares;
  Borrowed<double> querySquares;
  Borrowed<float> slack;
  Borrowed<float> over, doubt;  // coarse scores above which a row is above its query's ceiling, and from which it may be
  Borrowed<uint32_t> byId;      // rows in the order of their ids, where lists of ids are excluded beside ceilings
  const long units;           // of a row, packed
  Borrowed<float> columns;  // [worker][slice][unit][16], where they did not come with the corpus
  Borrowed<float> tiles;    // [worker][slice][query][16]

  const float* corpusRow(long j) const { return in.corpus + j * in.dim; }
  const float* query(long q) const { return in.query + q * in.dim; }

  CoarseLengths<Form> corpusLengths() const {
    CoarseLengths<Form> lengths;
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
  void packQueries(long first, long i0, long height, const CoarseLengths<Form>& lengths, float* rows) {
    Borrowed<float> whole(PANEL * in.dim + 1);
    for (long i = i0; i < i0 + CHUNK; i += PANEL) {
      double lost[PANEL];
      packCoarsePanel<Form>([&](long r) { return i + r < height ? query(first + i + r) : nullptr; }, in.dim, whole, rows + i * units, lost);
      for (long r = 0; r < PANEL && i + r < height; r++) {
        const long q = first + i + r;
        querySquares[q] = inOrder(query(q), query(q), in.dim);
        slack[q] = float(coarseSlack(in.similarity, in.dim, std::sqrt(querySquares[q]), std::sqrt(lost[r]), lengths));
        if (capped) setCeiling(q);
      }
    }
  }

  void searchBatch(long first, long height, const CoarseLengths<Form>& lengths) {
    const long chunks = blocksOf(height, CHUNK), workers = threads();
    Borrowed<float> rows(chunks * CHUNK * units + 1);  // [chunk][panel][unit][6]
    parallel(chunks, [&](long chunk, int) { packQueries(first, chunk * CHUNK, height, lengths, rows); });
    const CandidateLists lists(workers * height);
    // what a score must reach to be looked at: the highest floor that any worker has found for the query
    Borrowed<float> gates(height + 1);
    for (long i = 0; i < height; i++) gates[i] = gateOf(first + i);
    Borrowed<uint32_t> above(capped ? workers * height + 1 : 1);
    for (long e = 0; capped && e < workers * height; e++) above[e] = 0;
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
        tileProduct<Form>(inPanels(rows + i0 * units, units), slices, units, blocksOf(count, PANEL), blocksOf(width, SLICE), tile, CHUNK * SLICE);
        Candidates* found = lists.at(worker * height + i0);
        if (capped) collect<true>(first + i0, count, j0, width, scale, tile, found, gates + i0, above + (worker * height + i0));
        else collect<false>(first + i0, count, j0, width, scale, tile, found, gates + i0, nullptr);
      }
    });
    eachRow(height, [&](long i) {
      finish(first + i, lists.at(i), workers, height);
      if (capped) in.above[first + i] = countAbove(first + i, above + i, workers, height);
    });
  }

  long widthOf(long block) const { return in.rows - block * WIDTH < WIDTH ? in.rows - block * WIDTH : WIDTH; }

  const float* packBlock(long block, float* out) const {
    double lost[WIDTH];  // which corpusLengths has bounds for
    packSlices<Form>(in.corpus, in.rows, in.dim, block * WIDTH, widthOf(block), out, ownSquares + block * WIDTH, lost);
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

  // What a coarse score of query q says of its ceiling. Coarse scores lack the query's own share of the score.
  void setCeiling(long q) {
    const double length = std::sqrt(querySquares[q]), ceiling = in.ceilings[q];
    if (in.similarity == Similarity::cosine && length == 0) {
      // all its scores are 0
      over[q] = doubt[q] = ceiling < 0 ? -INFINITY : INFINITY;
      return;
    }
    over[q] = std::nextafter(float(withoutShare(q, ceiling) + slack[q]), INFINITY);
    doubt[q] = std::nextafter(float(withoutShare(q, ceiling) - slack[q]), -INFINITY);
  }

  // A score of query q, which is no zero row, without the query's own share.
  double withoutShare(long q, double score) const {
    if (in.similarity == Similarity::dot) return score;
    return in.similarity == Similarity::cosine ? score * std::sqrt(querySquares[q]) : score + querySquares[q];
  }

  // The least coarse score that may be of a row at the query's floor, or that its ceiling leaves in doubt.
  float gateOf(long q) const {
    if (in.floors == nullptr || slack[q] == INFINITY) return -INFINITY;
    if (in.similarity == Similarity::cosine && querySquares[q] == 0) return in.floors[q] > 0 ? INFINITY : -INFINITY;
    const float gate = std::nextafter(float(withoutShare(q, in.floors[q]) - slack[q]), -INFINITY);
    return capped && doubt[q] < gate ? doubt[q] : gate;
  }

  // Scores of a tile that may be among the k best go to `lists`; those above the ceilings are counted in `above`.
  template <bool CAPPED>
  void collect(long first, long height, long j0, long width, const Scale& scale, const float* tile, Candidates* lists, float* gates, uint32_t* above) const {
    for (long s = 0; s * SLICE < width; s++) {
      for (int part = 0; part < PARTS; part++) {
        const long at = s * SLICE + part * LANES;
        const Vec factor = load(scale.factor + at), less = load(scale.less + at);
        const float* from = tile + s * CHUNK * SLICE + part * LANES;
        const Countable countable = CAPPED ? countableRows(j0 + at, width - at) : Countable{};
        for (long i = 0; i < height; i++) {
          const Vec score = load(from + i * SLICE) * factor - less;
          float gate;
          __atomic_load(gates + i, &gate, __ATOMIC_RELAXED);
          if (CAPPED) {
            const IntVec high = score > all(over[first + i]);
            const IntVec counted = high & countable.rows;
            above[i] += howMany(byClass ? counted & (countable.classes != all(in.exclusions.queryClass[first + i])) : counted);
            if (!any((score >= all(gate)) & ~high)) continue;
          } else {
            if (!any(score >= all(gate))) continue;
          }
          Candidates& list = lists[i];
          if (gate > list.floor) list.floor = gate;
          keep<CAPPED>(first + i, j0 + at, width - at, score, list, CAPPED ? above + i : nullptr);
          if (list.floor > gate && slack[first + i] != INFINITY) __atomic_store(gates + i, &list.floor, __ATOMIC_RELAXED);
        }
      }
    }
  }

  template <bool CAPPED>
  __attribute__((noinline)) void keep(long q, long j, long lanes, Vec score, Candidates& list, uint32_t* above) const {
    const bool wild = slack[q] == INFINITY;
    const bool excluding = !in.exclusions.none();
    float scores[LANES];
    store(scores, score);
    if (!CAPPED && !wild && !excluding) {
      if (!list.room(LANES, in.k, slack[q])) shorten(q, list);
      list.addReaching(scores, lanes < LANES ? lanes : LANES, uint32_t(j));
      return;
    }
    for (long c = 0; c < lanes && c < LANES; c++) {
      if (!wild && scores[c] < list.floor) continue;
      if (CAPPED && scores[c] >= doubt[q]) {
        if (scores[c] > over[q]) continue;  // and was counted
        if (exactScore(q, j + c) > in.ceilings[q]) {
          if (counts(q, j + c)) ++*above;
          continue;
        }
      }
      if (excluding && in.exclusions.hold(q, j + c)) continue;
      add(q, list, wild ? exactScore(q, j + c) : scores[c], j + c);
    }
  }

  // Of so many rows from j on: -1 for each that counts for queries of other classes than its own, and its class.
  struct Countable {
    IntVec rows, classes;
  };

  Countable countableRows(long j, long lanes) const {
    Countable countable{};
    for (long c = 0; c < lanes && c < LANES; c++) {
      countable.rows[c] = in.exclusions.allow(j + c) ? -1 : 0;
      if (byClass) countable.classes[c] = in.exclusions.classes[j + c];
    }
    return countable;
  }

  // Whether a row above the ceiling counts, lists of ids aside.
  bool counts(long q, long row) const { return in.exclusions.allow(row) && !in.exclusions.sameClass(q, row); }

  // How many rows stand above a query's ceiling: those the workers counted, less those among them that its list excludes.
  uint32_t countAbove(long q, const uint32_t* counted, long workers, long stride) const {
    uint32_t sum = 0;
    for (long worker = 0; worker < workers; worker++) sum += counted[worker * stride];
    if (in.exclusions.offsets == nullptr) return sum;
    const uint32_t *list = in.exclusions.excluded + in.exclusions.offsets[q], *end = in.exclusions.excluded + in.exclusions.offsets[q + 1];
    for (const uint32_t* id = list; id < end; id++) {
      if (std::find(list, id, *id) != id) continue;  // stands there twice
      const uint32_t* row = std::lower_bound(sorted(), sorted() + in.rows, *id, [&](uint32_t r, uint32_t wanted) { return in.exclusions.ids[r] < wanted; });
      for (; row < sorted() + in.rows && in.exclusions.ids[*row] == *id; row++) {
        if (counts(q, *row) && exactScore(q, *row) > in.ceilings[q]) sum--;
      }
    }
    return sum;
  }

  const uint32_t* sorted() const { return byId; }

  void sortById() {
    uint32_t* rows = byId;
    for (long j = 0; j < in.rows; j++) rows[j] = uint32_t(j);
    std::sort(rows, rows + in.rows, [&](uint32_t a, uint32_t b) { return in.exclusions.ids[a] < in.exclusions.ids[b]; });
  }

  void add(long q, Candidates& list, float score, uint32_t row) const {
    if (!list.room(1, in.k, slack[q])) shorten(q, list);
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
    // collections have rows of zeros, and where 0 is a ceiling all of them are in doubt
    if (squares[row] == 0 && in.similarity != Similarity::euclidean) return 0;
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
    long found = all.count() < in.k ? all.count() : in.k;
    const auto order = [&](const Candidate& a, const Candidate& b) { return ahead(a, b); };
    if (found < all.count()) std::nth_element(static_cast<Candidate*>(best), best + found, best + all.count(), order);
    std::sort(static_cast<Candidate*>(best), best + found, order);
    while (in.floors != nullptr && found > 0 && best[found - 1].score < in.floors[q]) found--;
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

inline void topK(const TopK& input) {
  if (input.ceilings == nullptr) return TopKRun<Coarse>(input).run();
  TopK single = input;
  if (Coarse::TOGETHER != 1) single.columns = nullptr;
  TopKRun<Float32>(single).run();
}

}  // namespace NEARMISS_ISA
}  // namespace nearmiss
