// A loss of all pairs: tiles of S = A B', turned in place into W = dL/dS, and then dA += W B and dB += W' A.
//
// A first sweep over the tiles gathers the sums of rows, and of columns where they are needed; from these follow the terms
// and the coefficients of a pair's weight; then a few chunks of rows at a time are weighed and their gradients are taken. S is kept
// up to a budget and computed again past it: memory is these chunks x all columns beside that. Of one set of rows with itself W + W'
// is made of the upper half of S, and dA = (W + W') A. What is a positive by itself, an anchor's own and those that are listed, has its
// x put aside: its part in sums is added to those of the tiles, and its weight is set among theirs.
//
// A tile may be left out when in each row and column it touches its weights sum to at most 2^-24 / (number of tiles) of all
// that row or column has: then no gradient moves by more than 2^-24 of its sum of |w| times the longest row.
//
// A loss that sees all pairs of an anchor at once (anchor-losses.h) is shown the rows of a chunk when it has met all columns, and
// both halves of S are computed.
#pragma once

#include "anchor-losses.h"
#include "pair-losses.h"
#include "pair-tiles.h"

namespace nearmiss {
namespace NEARMISS_ISA {

template <class Loss>
Loss lossOf(const Pairs& in) {
  if constexpr (Loss::GATHERS == Gathers::anchors) return Loss(in.loss, in.parameters);
  else return Loss(in.parameters);
}

template <class Loss>
class PairsRun : PairTiles {
 public:
  PairsRun(Pairs& input, bool small)
      : PairTiles(input, Loss::EXPONENTIAL && !small && input.skipping && input.rows >= 8 * CHUNK, !ANCHORS),
        out(input),
        loss(lossOf<Loss>(input)),
        modest(small),
        across(mutual || input.bothWays),
        padded(chunks * CHUNK),
        most(mostTiles()),
        kept(inOneGo() ? 0 : chunksKept()),
        keptTiles(keptNumbers(kept) + 1),
        atOnce(chunksAtOnce()),
        panel(atOnce * CHUNK * slices * SLICE + 1),
        rowsByDim(atOnce * dimPanels * PANEL * CHUNK + 1),
        scratch(ANCHORS ? 1 : threads() * CHUNK * WIDTH),
        sides(ANCHORS ? threads() * 4 * sideSize() : 1),
        sideNumbers(ANCHORS ? threads() * 2 * sideSize() : 1),
        numberOf(ANCHORS ? sideSize() : 1),
        rowSlots(slotCount() * most * padded + 1),
        columnSlots(across ? slotCount() * chunks * slices * SLICE + 1 : 1),
        rowSums(rows + 1),
        columnSums(in.bothWays ? rows + 1 : 1),
        rowCoefficients(Loss::COEFFICIENTS * padded + 1),
        columnCoefficients(Loss::COEFFICIENTS * slices * SLICE + 1),
        positiveWeight(padded + 1),
        listedWeights(positives.count + 1),
        ownWeights((in.offsets == nullptr ? 0 : in.count) + 1),
        rowTotals(in.euclidean ? most * padded + 1 : 1),
        columnTotals(in.euclidean ? chunks * slices * SLICE + 1 : 1),
        tileTotals(2 * firstTile[chunks] + 1),
        dRows(atOnce * CHUNK * dimSlices * SLICE + 1),
        dColumns(slices * dimPanels * PANEL * SLICE + 1) {}

  void run() {
    if constexpr (ANCHORS) {
      runByAnchors();
    } else {
      if (inOneGo()) runInOneGo();
      else runByTiles();
    }
  }

 private:
  static constexpr bool TERMS = Loss::GATHERS == Gathers::terms;
  static constexpr bool ANCHORS = Loss::GATHERS == Gathers::anchors;
  static constexpr int COEFFICIENTS = Loss::COEFFICIENTS;
  // what a tile adds up for each of its rows and columns
  enum Slot { SHIFT, REST, POSITIVE_SHIFT, POSITIVE_REST, LINEAR, POSITIVES, TERM, PULL, SLOTS };
  enum PairSlot { POSITIVE_TERM, NEGATIVE_TERM, POSITIVE_ACTIVE, NEGATIVE_ACTIVE, POSITIVE_COUNT, NEGATIVE_COUNT };

  Pairs& out;
  const Loss loss;
  const bool modest;  // no logit is so large that sums of exp need a shift
  const bool across;  // whether columns have sums of their own
  const long padded, most, kept;
  Borrowed<float> keptTiles;
  const long atOnce;  // chunks that are in work together
  long begun = 0;     // the first of those in work
  Borrowed<float> panel;           // x and weights of those in work that are not kept
  Borrowed<float> rowsByDim;       // [chunk in work][panel of dim][i][6]
  Borrowed<float> scratch;         // [worker][slice][i][16]
  Borrowed<float> sides;           // [worker][x of positives, of negatives, their slopes][number of them]
  Borrowed<int32_t> sideNumbers;   // [worker][of positives, of negatives][number of them]
  Borrowed<int32_t> numberOf;      // the rows that columns are, others being numbered after them
  Borrowed<float> rowSlots, columnSlots;  // [slot][number of the tile][i], [slot][chunk][j]
  Borrowed<Sums> rowSums, columnSums;
  Borrowed<float> rowCoefficients, columnCoefficients;  // [coefficient][i], [coefficient][j]
  Borrowed<float> positiveWeight, listedWeights, ownWeights;
  Borrowed<float> rowTotals, columnTotals;  // sums of weights
  Borrowed<double> tileTotals;              // sum of w and of w x
  Borrowed<float> dRows;                    // [i of the chunks in work][dim up to whole slices]
  Borrowed<float> dColumns;                 // [slice][dim up to whole panels][16]

  void runByTiles() {
    parallel(firstTile[chunks], [&](long number, int worker) {
      const Tile& tile = tiles[number];
      float* x = kept > tile.chunk ? tileAt(tile) : scratch + worker * CHUNK * WIDTH;
      similarities(tile, x);
      gather(tile, x);
    });
    eachRow(rows, [&](long i) { merge(i); });
    if constexpr (Loss::SECOND_LOOK) lookAgain();
    eachRow(rows, [&](long i) {
      rowSums[i].takeShares();
      if (in.bothWays) columnSums[i].takeShares();
    });
    reduce();
    clearColumns();
    eachRow(rows, [&](long i) { coefficients(i); });
    if (listed) eachRow(rows, [&](long i) { weighListed(i); });
    if constexpr (Loss::EXPONENTIAL) {
      if (!modest && in.skipping && !in.euclidean) leaveOutTiles();
    }
    clearGradients();
    eachFewChunks([&](long end) { descend(end, true); });
    finish();
  }

  // Threads wait for one another after each few chunks, so these are as many as the caches may hold x of.
  long chunksAtOnce() const {
    constexpr double BYTES = 8 << 20;
    const double fit = BYTES / (double(CHUNK) * (slices + 1) * SLICE * sizeof(float));
    return ANCHORS || fit < 1 ? 1 : fit < chunks ? long(fit) : chunks + (chunks == 0);
  }
  // body(end) for the chunks from `begun` to before it, so many at a time
  template <class BodyOf>
  void eachFewChunks(const BodyOf& body) {
    for (begun = 0; begun < chunks; begun += atOnce) body(least(begun + atOnce, chunks));
  }

  static void clear(float* numbers, long count) {
    for (long e = 0; e < count; e++) numbers[e] = 0;
  }
  bool byClass() const { return in.classes != nullptr; }
  long slotCount() const { return ANCHORS ? 0 : TERMS ? 6 : byClass() ? SLOTS : 2; }
  long sideSize() const { return slices * SLICE; }
  long mostTiles() const {
    long count = 0;
    for (long chunk = 0; chunk < chunks; chunk++) count = tilesOf(chunk) > count ? tilesOf(chunk) : count;
    return count;
  }
  long keptNumbers(long count) const {
    long numbers = 0;
    for (long chunk = 0; chunk < count; chunk++) numbers += (slices - firstSlice(chunk)) * STRIDE;
    return numbers;
  }
  long chunksKept() const {
    long count = 0;
    while (count < chunks && keptNumbers(count + 1) * double(sizeof(float)) <= in.budget) count++;
    return count;
  }
  // where a chunk's x and weights are in work, from its first slice on
  float* chunkAt(long chunk) const { return chunk < kept ? keptTiles + keptNumbers(chunk) : panel + (chunk - begun) * CHUNK * slices * SLICE; }
  float* tileAt(const Tile& tile) const { return chunkAt(tile.chunk) + (tile.slice - firstSlice(tile.chunk)) * STRIDE; }
  float* rowSlot(int slot, const Tile& tile) const { return rowSlots + (slot * most + tile.number) * padded + tile.chunk * CHUNK; }
  float* columnSlot(int slot, const Tile& tile) const {
    return columnSlots + (slot * chunks + tile.chunk) * slices * SLICE + tile.slice * SLICE;
  }
  // a tile whose columns' sums are not already its rows' own
  bool sumsColumns(const Tile& tile) const { return across && !tile.own; }
  // whether a tile must be looked at pair by pair: exp(-infinity) is 0 without looking
  bool careful(const Tile& tile) const { return Loss::EXPONENTIAL ? tile.classes : tile.classes || tile.irregular; }

  // --- sums

  // body(s, part, i, x) over a tile, with begin(s, part) before and end(s, part) after each stripe of LANES columns
  template <class Begin, class BodyOf, class End>
  NEARMISS_INLINE void eachVector(const Tile& tile, const float* x, const Begin& begin, const BodyOf& body, const End& end) const {
    const long height = heightOf(tile.chunk);
    for (long s = 0; s < tile.slices; s++) {
      for (int part = 0; part < PARTS; part++) {
        const float* from = x + s * STRIDE + part * LANES;
        const long lane = s * SLICE + part * LANES;
        begin(lane);
        for (long i = 0; i < height; i++) body(i, load(from + i * SLICE));
        end(lane);
      }
    }
  }

  void gather(const Tile& tile, const float* x) {
    if constexpr (TERMS) {
      if (careful(tile)) gatherTerms<true>(tile, x);
      else gatherTerms<false>(tile, x);
    } else {
      if (!careful(tile)) {
        gatherLogSums<false>(tile, x, SHIFT, [&](Vec v) { return loss.negativeLogit(v); });
        for (int slot = POSITIVE_SHIFT; slot < slotCount(); slot++) clearSlot(tile, slot);
        return;
      }
      gatherLogSums<true>(tile, x, SHIFT, [&](Vec v) { return loss.negativeLogit(v); });
      if (!byClass()) return;
      gatherLogSums<true>(tile, x, POSITIVE_SHIFT, [&](Vec v) { return loss.positiveLogit(v); });
      gatherPositives(tile, x);
      clearSlot(tile, TERM);
      clearSlot(tile, PULL);
    }
  }

  void clearSlot(const Tile& tile, int slot) {
    clear(rowSlot(slot, tile), heightOf(tile.chunk));
    if (sumsColumns(tile)) clear(columnSlot(slot, tile), tile.slices * SLICE);
  }

  // who of LANES columns counts for row i: pairs of one class, or of two
  struct Relation {
    IntVec positive, negative;
  };
  NEARMISS_INLINE Relation relation(Vec x, IntVec key, int32_t rowKey) const {
    const IntVec there = x > -INFINITY;
    const IntVec same = byClass() ? key == all(rowKey) : IntVec{};
    return {same & there, ~same & there};
  }
  NEARMISS_INLINE IntVec keysAt(const Tile& tile, long lane) const { return byClass() ? load(classes + tile.slice * SLICE + lane) : IntVec{}; }
  NEARMISS_INLINE int32_t keyOf(const Tile& tile, long i) const { return byClass() ? classes[tile.chunk * CHUNK + i] : 0; }

  // Sums of exp(logit) over the tile's rows and columns, of its negatives or, into the slots of these, its positives.
  template <bool CAREFUL, class Logit>
  void gatherLogSums(const Tile& tile, const float* x, int slot, const Logit& logit) {
    const long height = heightOf(tile.chunk);
    const bool columnsToo = sumsColumns(tile);
    float *shifts = rowSlot(slot, tile), *rests = rowSlot(slot + 1, tile);
    float *down = columnsToo ? columnSlot(slot, tile) : nullptr, *below = columnsToo ? columnSlot(slot + 1, tile) : nullptr;
    IntVec key{};
    const auto keys = [&](long lane) {
      if (CAREFUL) key = keysAt(tile, lane);
    };
    const auto counted = [&](long i, Vec v) {
      if (!CAREFUL) return logit(v);
      const Relation who = relation(v, key, keyOf(tile, i));
      return select(slot == SHIFT ? who.negative : who.positive, logit(v), all(-INFINITY));
    };
    const Vec none = all(-1e30f);
    Vec sums[CHUNK], tops[CHUNK], column{}, top{};
    for (long i = 0; i < height; i++) sums[i] = tops[i] = Vec{};
    if (modest) {
      const auto begin = [&](long lane) { keys(lane), column = Vec{}; };
      const auto body = [&](long i, Vec v) {
        const Vec e = exp(counted(i, v));
        sums[i] += e;
        column += e;
      };
      eachVector(tile, x, begin, body, [&](long lane) {
        if (columnsToo) store(below + lane, column), store(down + lane, Vec{});
      });
      for (long i = 0; i < height; i++) shifts[i] = 0;
    } else {
      for (long i = 0; i < height; i++) tops[i] = none;
      const auto find = [&](long i, Vec v) {
        const Vec y = counted(i, v);
        tops[i] = larger(tops[i], y);
        top = larger(top, y);
      };
      Vec columnTops[WIDTH / LANES];
      eachVector(tile, x, [&](long lane) { keys(lane), top = none; }, find, [&](long lane) { columnTops[lane / LANES] = top; });
      for (long i = 0; i < height; i++) {
        shifts[i] = largest(tops[i]);
        tops[i] = all(shifts[i]);
      }
      const auto begin = [&](long lane) { keys(lane), column = Vec{}, top = columnTops[lane / LANES]; };
      const auto body = [&](long i, Vec v) {
        const Vec y = counted(i, v);
        sums[i] += exp(y - tops[i]);
        if (columnsToo) column += exp(y - top);
      };
      eachVector(tile, x, begin, body, [&](long lane) {
        if (columnsToo) store(below + lane, column), store(down + lane, top);
      });
    }
    for (long i = 0; i < height; i++) rests[i] = float(sum(sums[i]));
  }

  // How many positives, and the sum of their x.
  void gatherPositives(const Tile& tile, const float* x) {
    sumOver(tile, x, LINEAR, POSITIVES, [&](const Relation& who, Vec v, long, long) {
      return Two{select(who.positive, v, Vec{}), select(who.positive, all(1.f), Vec{})};
    });
  }

  struct Two {
    Vec first, second;
  };
  // Sums of two numbers a pair over rows and columns; a pair gives its column what it gives its row.
  template <class Of>
  NEARMISS_INLINE void sumOver(const Tile& tile, const float* x, int firstSlot, int secondSlot, const Of& of) {
    sumOver(tile, x, firstSlot, secondSlot, of, of);
  }
  template <class OfRow, class OfColumn>
  NEARMISS_INLINE void sumOver(const Tile& tile, const float* x, int firstSlot, int secondSlot, const OfRow& ofRow, const OfColumn& ofColumn) {
    const long height = heightOf(tile.chunk);
    const bool columnsToo = sumsColumns(tile);
    Vec first[CHUNK], second[CHUNK], firstDown{}, secondDown{};
    for (long i = 0; i < height; i++) first[i] = second[i] = Vec{};
    IntVec key{};
    long at = 0;
    const auto begin = [&](long lane) { key = keysAt(tile, lane), firstDown = secondDown = Vec{}, at = lane; };
    const auto body = [&](long i, Vec v) {
      const Relation who = relation(v, key, keyOf(tile, i));
      const Two row = ofRow(who, v, i, at);
      first[i] += row.first;
      second[i] += row.second;
      if (!columnsToo) return;
      const Two down = ofColumn(who, v, i, at);
      firstDown += down.first;
      secondDown += down.second;
    };
    eachVector(tile, x, begin, body, [&](long lane) {
      if (columnsToo) store(columnSlot(firstSlot, tile) + lane, firstDown), store(columnSlot(secondSlot, tile) + lane, secondDown);
    });
    for (long i = 0; i < height; i++) {
      rowSlot(firstSlot, tile)[i] = float(sum(first[i]));
      rowSlot(secondSlot, tile)[i] = float(sum(second[i]));
    }
  }

  // Terms of the pairs themselves, how many there are and how many are above 0.
  template <bool CAREFUL>
  void gatherTerms(const Tile& tile, const float* x) {
    const Vec one = all(1.f);
    sumOver(tile, x, NEGATIVE_TERM, NEGATIVE_ACTIVE, [&](const Relation& who, Vec v, long, long) {
      const Vec term = CAREFUL ? select(who.negative, loss.negativeTerm(v), Vec{}) : loss.negativeTerm(v);
      return Two{term, select(term > 0, one, Vec{})};
    });
    if (!CAREFUL) {
      const long height = heightOf(tile.chunk);
      for (long i = 0; i < height; i++) rowSlot(NEGATIVE_COUNT, tile)[i] = float(tile.slices * SLICE);
      for (long j = 0; sumsColumns(tile) && j < tile.slices * SLICE; j++) columnSlot(NEGATIVE_COUNT, tile)[j] = float(height);
      for (int slot : {POSITIVE_TERM, POSITIVE_ACTIVE, POSITIVE_COUNT}) clearSlot(tile, slot);
      return;
    }
    sumOver(tile, x, POSITIVE_TERM, POSITIVE_ACTIVE, [&](const Relation& who, Vec v, long, long) {
      const Vec term = select(who.positive, loss.positiveTerm(v), Vec{});
      return Two{term, select(term > 0, one, Vec{})};
    });
    sumOver(tile, x, POSITIVE_COUNT, NEGATIVE_COUNT, [&](const Relation& who, Vec, long, long) {
      return Two{select(who.positive, one, Vec{}), select(who.negative, one, Vec{})};
    });
  }

  // body(slots) over what tiles have added up for row i (and, of one set of rows, for it as a column); slots(s) is the number
  // of slot s
  template <class BodyOf>
  NEARMISS_INLINE void eachSlot(long i, const BodyOf& body) const {
    const long chunk = i / CHUNK;
    for (long number = 0; number < tilesOf(chunk); number++) {
      body([&](int slot) { return double(rowSlots[(slot * most + number) * padded + i]); });
    }
    if (mutual) eachSlotBelow(i, chunk, body);
  }
  // the same of column j, from chunks before `end`
  template <class BodyOf>
  NEARMISS_INLINE void eachSlotBelow(long j, long end, const BodyOf& body) const {
    for (long chunk = 0; chunk < end; chunk++) {
      body([&](int slot) { return double(columnSlots[(slot * chunks + chunk) * slices * SLICE + j]); });
    }
  }

  void merge(long i) {
    Sums sums;
    const auto add = [&](const auto& slot) { addSlots(sums, slot); };
    eachSlot(i, add);
    if (in.offsets != nullptr) addOwn(sums, i);
    if (!one) addPositive(sums, targets[i]);
    for (uint32_t e = positives.start[i]; listed && e < positives.start[i + 1]; e++) addPositive(sums, positiveX[e]);
    sums.takeLogs();
    settle(sums, i);
    rowSums[i] = sums;
    if (!in.bothWays) return;
    Sums down;
    eachSlotBelow(i, chunks, [&](const auto& slot) { addSlots(down, slot); });
    addPositive(down, targets[i]);
    eachOfColumn(i, [&](long e) { addPositive(down, positiveX[e]); });
    down.takeLogs();
    settle(down, i);
    columnSums[i] = down;
  }
  // body(e) for each listed positive in column j
  template <class BodyOf>
  NEARMISS_INLINE void eachOfColumn(long j, const BodyOf& body) const {
    for (uint32_t place = positives.columnStart[j]; listed && place < positives.columnStart[j + 1]; place++) body(positives.entry[place]);
  }
  template <class SlotOf>
  NEARMISS_INLINE void addSlots(Sums& sums, const SlotOf& slot) const {
    if (TERMS) {
      sums.term[0] += slot(POSITIVE_TERM);
      sums.term[1] += slot(NEGATIVE_TERM);
      sums.active[0] += slot(POSITIVE_ACTIVE);
      sums.active[1] += slot(NEGATIVE_ACTIVE);
      sums.positives += slot(POSITIVE_COUNT);
      sums.negatives += slot(NEGATIVE_COUNT);
      return;
    }
    sums.negative.add(slot(SHIFT), slot(REST));
    if (!byClass()) return;
    sums.positive.add(slot(POSITIVE_SHIFT), slot(POSITIVE_REST));
    sums.linear += slot(LINEAR);
    sums.positives += slot(POSITIVES);
  }
  void addPositive(Sums& sums, double x) const {
    sums.positives++;
    if constexpr (TERMS) {
      const double term = loss.positiveTerm(x);
      sums.term[0] += term;
      sums.active[0] += term > 0;
    } else {
      sums.positive.add(loss.positiveLogit(x), 1);
      sums.linear += x;
    }
  }
  // negatives that anchor i has to itself; their x wait where their weights will be, or with the listed ones
  void addOwn(Sums& sums, long i) {
    const uint32_t* offsets = in.offsets + rowOf(i);
    for (uint32_t t = offsets[0]; t < offsets[1]; t++) {
      const float* other = in.others + t * dim;
      const double square = in.normalized ? dot(other, other, dim) : 0;
      const double x = in.scale * dot(anchor(i), other, dim) * rowOver(i) * (square > 0 ? 1 / std::sqrt(square) : in.normalized ? 0 : 1);
      if (const long e = listed ? positives.at(i, rows + t) : -1; e >= 0) {
        positiveX[e] = float(x);
        ownWeights[t] = -INFINITY;
        continue;
      }
      const double added = ownAdded(rowOf(i), t), logit = x * hardnessOf(rows + t) + added;
      ownWeights[t] = float(logit);
      if (logit == -INFINITY) continue;
      if constexpr (TERMS) {
        sums.term[1] += loss.negativeTerm(logit);
        sums.active[1] += loss.negativeTerm(logit) > 0;
        sums.negatives++;
      } else {
        // with no shift, where tiles have none
        if (modest) sums.negative.add(0, std::exp(loss.negativeLogit(logit)));
        else sums.negative.add(loss.negativeLogit(logit), 1);
      }
    }
  }
  // what is added to x, -infinity where the pair does not count
  double ownAdded(long row, uint32_t t) const {
    for (int m = 0; m < in.masks; m++) {
      if (in.otherKeys[m] != nullptr && in.otherKeys[m][t] == in.itemKeys[m][row]) return -INFINITY;
    }
    for (uint32_t e = in.dropped == nullptr ? 0 : in.droppedOffsets[row]; in.dropped != nullptr && e < in.droppedOffsets[row + 1]; e++) {
      if (in.dropped[e] == rows + t) return in.added == nullptr ? -INFINITY : in.added[e];
    }
    return 0;
  }

  // A second sweep, over the tiles that may hold positives, for terms of single positives.
  void lookAgain() {
    clearColumns();
    eachRow(rows, [&](long i) {
      float c[COEFFICIENTS] = {};
      loss.look(rowSums[i], c);
      for (int e = 0; e < COEFFICIENTS; e++) rowCoefficients[e * padded + i] = c[e];
      for (int e = 0; one && e < COEFFICIENTS; e++) columnCoefficients[e * slices * SLICE + i] = c[e];
    });
    if (!byClass()) return lookAtListed();
    parallel(firstTile[chunks], [&](long number, int worker) {
      const Tile& tile = tiles[number];
      if (!tile.classes) return;
      float* x = tileAt(tile);
      if (tile.chunk >= kept) similarities(tile, x = scratch + worker * CHUNK * WIDTH);
      const auto row = [&](const Relation& who, Vec v, long i, long lane) {
        Vec own[COEFFICIENTS], other[COEFFICIENTS];
        coefficientsAt(tile, i, lane, own, other);
        return lookAt(who, v, own, other);
      };
      const auto column = [&](const Relation& who, Vec v, long i, long lane) {
        Vec own[COEFFICIENTS], other[COEFFICIENTS];
        coefficientsAt(tile, i, lane, other, own);
        return lookAt(who, v, own, other);
      };
      sumOver(tile, x, TERM, PULL, row, column);
    });
    eachRow(rows, [&](long i) {
      Sums& sums = rowSums[i];
      eachSlot(i, [&](const auto& slot) {
        sums.term[0] += slot(TERM);
        sums.pull += slot(PULL);
      });
      sums.active[0] = sums.term[0] > 0;
    });
  }

  // the term of a pair as own's, and the pull on own's negatives of the pair as own's and as other's
  NEARMISS_INLINE Two lookAt(const Relation& who, Vec x, const Vec* own, const Vec* other) const {
    const Vec pull = loss.lookPull(x, own, other) + loss.lookReach(x, other, own);
    return {select(who.positive, loss.lookTerm(x, own, other), Vec{}), select(who.positive, pull, Vec{})};
  }
  // The same of an anchor's own and the listed ones, each the positive of one row: what reaches the negatives of others is put
  // aside first.
  void lookAtListed() {
    eachRow(rows, [&](long i) {
      double own[COEFFICIENTS], other[COEFFICIENTS];
      for (int e = 0; e < COEFFICIENTS; e++) own[e] = rowCoefficients[e * padded + i];
      Sums& sums = rowSums[i];
      const auto look = [&](double x) {
        sums.term[0] += loss.lookTerm(x, own, other);
        sums.pull += loss.lookPull(x, own, other);
        return loss.lookReach(x, own, other);
      };
      columnCoefficientsAt(i, other);
      if (!one) look(targets[i]);
      for (uint32_t e = positives.start[i]; listed && e < positives.start[i + 1]; e++) {
        columnCoefficientsAt(positives.column[e], other);
        listedWeights[e] = float(look(positiveX[e]));
      }
      sums.active[0] = sums.term[0] > 0;
    });
    eachRow(one ? rows : 0, [&](long j) {
      eachOfColumn(j, [&](long e) { rowSums[j].pull += listedWeights[e]; });
    });
  }

  // zeros where the column is in no tile
  NEARMISS_INLINE void columnCoefficientsAt(long j, double* c) const {
    for (int e = 0; e < COEFFICIENTS; e++) c[e] = j < columns ? columnCoefficients[e * slices * SLICE + j] : 0;
  }
  // of row i and of the columns from `lane` on
  NEARMISS_INLINE void coefficientsAt(const Tile& tile, long i, long lane, Vec* row, Vec* column) const {
    for (int e = 0; e < COEFFICIENTS; e++) {
      row[e] = all(rowCoefficients[e * padded + tile.chunk * CHUNK + i]);
      column[e] = across || Loss::SECOND_LOOK ? load(columnCoefficients + e * slices * SLICE + tile.slice * SLICE + lane) : Vec{};
    }
  }
  // columns past the items have no sums
  void clearColumns() {
    float c[COEFFICIENTS] = {};
    if constexpr (Loss::SECOND_LOOK) loss.look(Sums{}, c);
    for (int e = 0; e < COEFFICIENTS; e++) {
      for (long j = 0; j < slices * SLICE; j++) columnCoefficients[e * slices * SLICE + j] = c[e];
    }
  }

  // --- the loss

  double share[2];

  // An anchor's terms, as far as the first sweep knows them, and what they will be weighted by and divided by that is its own.
  void settle(Sums& sums, long i) const {
    loss.settle(sums);
    for (int kind = 0; kind < 2; kind++) {
      if (in.weights != nullptr) sums.share[kind] = in.weights[rowOf(i)];
      if (in.reduction == Reduction::perAnchor && sums.counted[kind] > 0) sums.share[kind] /= sums.counted[kind];
    }
  }

  void reduce() {
    double term[2] = {}, counted[2] = {}, active[2] = {};
    for (long i = 0; i < rows; i++) {
      for (int kind = 0; kind < 2; kind++) {
        if (in.bothWays) rowSums[i].term[kind] = (rowSums[i].term[kind] + columnSums[i].term[kind]) / 2;
        rowSums[i].active[kind] = in.bothWays ? rowSums[i].term[kind] > 0 : rowSums[i].active[kind];
        term[kind] += rowSums[i].term[kind];
        counted[kind] += rowSums[i].counted[kind];
        active[kind] += rowSums[i].active[kind];
      }
      out.terms[rowOf(i)] = float(rowSums[i].term[0] + rowSums[i].term[1]);
    }
    out.value = out.active = 0;
    for (int kind = 0; kind < 2; kind++) {
      const double by = in.reduction == Reduction::sum    ? 1
                        : in.reduction == Reduction::mean   ? counted[kind]
                        : in.reduction == Reduction::active ? active[kind]
                                                            : double(rows);
      share[kind] = by == 0 ? 0 : 1 / by;
      out.value += share[kind] * term[kind];
      out.active += active[kind];
    }
  }

  void coefficients(long i) {
    const double way = in.bothWays ? 0.5 : 1;
    const auto shareOf = [&](const Sums& sums, int kind) { return share[kind] * way * sums.share[kind]; };
    const double there[3] = {shareOf(rowSums[i], 0), shareOf(rowSums[i], 1), share[0] * way};
    float c[COEFFICIENTS] = {};
    if constexpr (Loss::SECOND_LOOK) loss.look(rowSums[i], c);
    loss.coefficients(rowSums[i], there, c);
    for (int e = 0; e < COEFFICIENTS; e++) rowCoefficients[e * padded + i] = c[e];
    double row[COEFFICIENTS], down[COEFFICIENTS] = {};
    for (int e = 0; e < COEFFICIENTS; e++) row[e] = c[e];
    if (in.bothWays) {
      float d[COEFFICIENTS] = {};
      const double back[3] = {shareOf(columnSums[i], 0), shareOf(columnSums[i], 1), share[0] * way};
      loss.coefficients(columnSums[i], back, d);
      for (int e = 0; e < COEFFICIENTS; e++) columnCoefficients[e * slices * SLICE + i] = d[e], down[e] = d[e];
    }
    if (one) {
      for (int e = 0; e < COEFFICIENTS; e++) columnCoefficients[e * slices * SLICE + i] = c[e];
    } else {
      const double x = targets[i];
      const double weight = loss.positiveWeight(x, row, down) + (in.bothWays ? loss.positiveWeight(x, down, row) : 0);
      positiveWeight[i] = float(weight);
      rowSums[i].weights = weight;
      rowSums[i].weighted = weight * x;
    }
    if (in.offsets == nullptr) return;
    for (uint32_t t = in.offsets[rowOf(i)]; t < in.offsets[rowOf(i) + 1]; t++) {
      const double x = ownWeights[t], weight = x == -INFINITY ? 0 : loss.negativeWeight(x, row);
      ownWeights[t] = float(weight);
      rowSums[i].weights += weight;
      rowSums[i].weighted += weight == 0 ? 0 : weight * (x - ownAdded(rowOf(i), t)) / hardnessOf(rows + t);
    }
  }

  // 0 where all coefficients are, however large an exponential
  double positiveWeightOf(double x, const double* own, const double* other) const {
    bool none = true;
    for (int e = 0; e < COEFFICIENTS; e++) none = none && own[e] == 0;
    return none ? 0 : loss.positiveWeight(x, own, other);
  }
  void weighListed(long i) {
    double row[COEFFICIENTS], column[COEFFICIENTS];
    for (int e = 0; e < COEFFICIENTS; e++) row[e] = rowCoefficients[e * padded + i];
    for (uint32_t e = positives.start[i]; e < positives.start[i + 1]; e++) {
      const long j = positives.column[e];
      columnCoefficientsAt(j, column);
      const double x = positiveX[e];
      const double weight = positiveWeightOf(x, row, column) + (in.bothWays ? positiveWeightOf(x, column, row) : 0);
      listedWeights[e] = float(weight);
      rowSums[i].weights += weight;
      rowSums[i].weighted += weight * x;
      if (in.offsets != nullptr && j >= rows) ownWeights[j - rows] = float(weight);
    }
  }

  // --- tiles left out

  void leaveOutTiles() {
    const long count = firstTile[chunks];
    Borrowed<double> rowParts(count * CHUNK + 1), columnParts(count * WIDTH + 1), rowAll(rows + 1), columnAll(slices * SLICE + 1);
    const auto part = [](double shift, double rest, float top, float factor) { return rest == 0 ? 0 : rest * std::exp(shift - top) * factor; };
    parallel(count, [&](long number, int) {
      const Tile& tile = tiles[number];
      for (long i = 0; i < heightOf(tile.chunk); i++) {
        const long at = tile.chunk * CHUNK + i;
        rowParts[number * CHUNK + i] = part(rowSlot(SHIFT, tile)[i], rowSlot(REST, tile)[i], rowCoefficients[Loss::TOP * padded + at],
                                            rowCoefficients[Loss::NEGATIVE * padded + at]);
      }
      for (long j = 0; j < tile.slices * SLICE; j++) {
        const long at = tile.slice * SLICE + j;
        columnParts[number * WIDTH + j] = !sumsColumns(tile) || at >= rows ? 0
                                          : part(columnSlot(SHIFT, tile)[j], columnSlot(REST, tile)[j],
                                                 columnCoefficients[Loss::TOP * slices * SLICE + at],
                                                 columnCoefficients[Loss::NEGATIVE * slices * SLICE + at]);
      }
    });
    // at least what a row's and a column's weights sum to: an item's positive weighs what its negatives do, where it is the only one
    for (long i = 0; i < rows; i++) rowAll[i] = 0;
    for (long j = 0; j < slices * SLICE; j++) columnAll[j] = 0;
    for (long number = 0; number < count; number++) {
      const Tile& tile = tiles[number];
      for (long i = 0; i < heightOf(tile.chunk); i++) rowAll[tile.chunk * CHUNK + i] += rowParts[number * CHUNK + i];
      for (long j = 0; j < tile.slices * SLICE; j++) columnAll[tile.slice * SLICE + j] += columnParts[number * WIDTH + j];
    }
    for (long i = 0; i < rows; i++) {
      if (listed && !one) rowAll[i] += std::fabs(positiveWeight[i]), columnAll[i] += std::fabs(positiveWeight[i]);
      else rowAll[i] = columnAll[i] = rowAll[i] + columnAll[i];
    }

    const double least = 0x1p-24 / count;
    out.skipped = 0;
    for (long number = 0; number < count; number++) {
      Tile& tile = tiles[number];
      const long i0 = tile.chunk * CHUNK, j0 = tile.slice * SLICE, height = heightOf(tile.chunk);
      const bool diagonal = i0 < j0 + tile.slices * SLICE && j0 < i0 + height;
      if (tile.classes || tile.listed || tile.own || diagonal) continue;
      double down = 0, right = 0;
      for (long i = 0; i < height; i++) right += rowParts[number * CHUNK + i];
      for (long j = 0; j < tile.slices * SLICE; j++) down += columnParts[number * WIDTH + j];
      bool skip = true;
      for (long i = 0; skip && i < height; i++) skip = rowParts[number * CHUNK + i] + down <= least * rowAll[i0 + i];
      for (long j = 0; skip && j < tile.slices * SLICE && j0 + j < columns; j++) {
        skip = columnParts[number * WIDTH + j] + right <= least * columnAll[j0 + j];
      }
      tile.skipped = skip;
      out.skipped += skip;
    }
  }

  // --- anchors that are seen whole

  // whether all terms will have one share, so that it may be multiplied in at the end
  bool oneShare() const {
    if constexpr (ANCHORS) return !loss.apart();
    return false;
  }
  // whether anchors are columns of all chunks: what they are as columns is added when all are done
  bool wholeColumns() const { return one && (listed || (ANCHORS && !in.alone)); }

  void runByAnchors() {
    const bool once = inOneGo();
    for (long j = 0; j < sideSize(); j++) numberOf[j] = int32_t(j < rows ? order[j] : j);
    const auto seeAll = [&](bool weighing) {
      eachRowByWorker(heightOf(begun), [&](long r, int worker) { see(begun, r, worker, weighing); });
    };
    if (!once) {
      eachFewChunks([&](long) {
        meet(begun);
        seeAll(false);
      });
    }
    if (once) share[0] = share[1] = 1;
    else reduce();
    clearGradients();
    eachFewChunks([&](long end) {
      if (begun >= kept) meet(begun);
      seeAll(true);
      descend(end, false);
    });
    if (once) reduce();
    finish();
    if (once) multiply(share[0]);
  }

  // All gradients by what the share of a term has turned out to be.
  void multiply(double by) {
    const auto each = [&](float* gradient, long count) {
      eachRow(gradient == nullptr ? 0 : count, [&](long i) {
        for (long k = i * dim; k < (i + 1) * dim; k++) gradient[k] = float(by * gradient[k]);
      });
    };
    each(out.dAnchors, rows);
    each(out.dOthers, in.count);
    for (long e = 0; out.pulls != nullptr && e < 3 * rows; e++) out.pulls[e] *= by;
    out.biasGradient *= by;
    out.scaleGradient *= by;
  }

  void meet(long chunk) {
    parallel(tilesOf(chunk), [&](long number, int) {
      const Tile& tile = tiles[firstTile[chunk] + number];
      similarities(tile, tileAt(tile));
    });
  }

  // Shows an anchor to the loss; `weighing` makes weights of x.
  void see(long chunk, long r, int worker, bool weighing) {
    const long i = chunk * CHUNK + r;
    const Anchor anchor = sidesOf(chunk, r, worker);
    Sums sums;
    loss.see(anchor, sums, [&](long number) { return squareApart(i, number < rows ? position[number] : number); });
    settle(sums, i);
    sums.takeShares();
    if (weighing) weighSides(chunk, r, anchor, sums);
    rowSums[i] = sums;
  }

  // An anchor's pairs that count, and room for their slopes.
  Anchor sidesOf(long chunk, long r, int worker) const {
    const long size = sideSize();
    float* numbers = sides + worker * 4 * size;
    int32_t* rowNumbers = sideNumbers + worker * 2 * size;
    long counts[2] = {};
    eachLanes(chunk, r, [&](float*, Vec v, const Relation& who, long j) {
      if (!any(~who.negative)) {
        store(numbers + size + counts[1], v);
        store(rowNumbers + size + counts[1], load(numberOf + j));
        counts[1] += LANES;
        return;
      }
      for (int lane = 0; lane < LANES; lane++) {
        if (who.positive[lane] == 0 && who.negative[lane] == 0) continue;
        const int which = who.positive[lane] == 0;
        const long to = which * size + counts[which]++;
        numbers[to] = v[lane];
        rowNumbers[to] = numberOf[j + lane];
      }
    });
    eachListed(chunk, r, [&](long e) {
      numbers[counts[0]] = positiveX[e];
      rowNumbers[counts[0]++] = numberOf[positives.column[e]];
    });
    for (int which = 0; which < 2; which++) clear(numbers + (2 + which) * size, counts[which]);
    const auto side = [&](int which) {
      return Side{numbers + which * size, rowNumbers + which * size, numbers + (2 + which) * size, counts[which]};
    };
    return {rowOf(chunk * CHUNK + r), side(0), side(1)};
  }

  // Slopes by their shares, where x was.
  void weighSides(long chunk, long r, const Anchor& anchor, Sums& sums) {
    const Side* const side[2] = {&anchor.positives, &anchor.negatives};
    const int apart = !oneShare();
    const Vec factor[2] = {all(float(share[0] * sums.share[0])), all(float(share[apart] * sums.share[apart]))};
    const float steep = steepness();
    long seen[2] = {};
    Vec pulls[2] = {}, along{};
    eachLanes(chunk, r, [&](float* x, Vec v, const Relation& who, long) {
      Vec slopes[2] = {};
      if (!any(~who.negative)) {
        slopes[1] = load(side[1]->slopes + seen[1]);
        seen[1] += LANES;
      } else {
        for (int lane = 0; lane < LANES; lane++) {
          if (who.positive[lane] == 0 && who.negative[lane] == 0) continue;
          const int which = who.positive[lane] == 0;
          slopes[which][lane] = side[which]->slopes[seen[which]++];
        }
      }
      for (int which = 0; which < 2; which++) pulls[which] += slopes[which] *= factor[which];
      Vec weight = slopes[0] + slopes[1];
      along += weight * larger(v, all(-1e30f));
      if (in.euclidean) weight = select(v != 0, in.squared ? weight * steep : weight * steep / v, Vec{});
      store(x, weight);
    });
    double pull[2] = {sum(pulls[0]), sum(pulls[1])};
    sums.weighted = sum(along);
    // their places were passed over above
    eachListed(chunk, r, [&](long e) {
      const double weight = side[0]->slopes[seen[0]++] * factor[0][0], v = positiveX[e];
      pull[0] += weight;
      sums.weighted += weight * v;
      xAt(chunk, r, positives.column[e])[0] = float(!in.euclidean ? weight : v == 0 ? 0 : in.squared ? weight * steep : weight * steep / v);
    });
    sums.weights = pull[0] + pull[1];
    if (out.pulls == nullptr) return;
    double* to = out.pulls + 3 * anchor.row;
    to[0] = pull[0], to[1] = pull[1], to[2] = sums.weighted;
  }

  // body(e) over an anchor's listed positives, by rising column
  template <class BodyOf>
  NEARMISS_INLINE void eachListed(long chunk, long r, const BodyOf& body) const {
    const long i = chunk * CHUNK + r;
    for (uint32_t e = positives.start[i]; listed && e < positives.start[i + 1]; e++) body(e);
  }

  // body(x, v, who, j) over an anchor's pairs, LANES columns from j on at a time, whose x stand at x
  template <class BodyOf>
  NEARMISS_INLINE void eachLanes(long chunk, long r, const BodyOf& body) const {
    const int32_t key = byClass() ? classes[chunk * CHUNK + r] : 0;
    for (long j = firstSlice(chunk) * SLICE; j < slices * SLICE; j += LANES) {
      float* x = xAt(chunk, r, j);
      const Vec v = load(x);
      body(x, v, relation(v, byClass() ? load(classes + j) : IntVec{}, key), j);
    }
  }

  float* xAt(long chunk, long r, long j) const {
    return chunkAt(chunk) + (j / SLICE - firstSlice(chunk)) * STRIDE + r * SLICE + j % SLICE;
  }

  // The sums of a tile's weights by rows and columns, which distances need.
  void addUp(const Tile& tile, const float* weights) {
    if (!in.euclidean) return;
    const long height = heightOf(tile.chunk);
    Vec sums[CHUNK], down{};
    for (long i = 0; i < height; i++) sums[i] = Vec{};
    const auto body = [&](long i, Vec v) { sums[i] += v, down += v; };
    eachVector(tile, weights, [&](long) { down = Vec{}; }, body, [&](long lane) {
      store(columnTotals + (tile.chunk * slices + tile.slice) * SLICE + lane, down);
    });
    for (long i = 0; i < height; i++) rowTotals[tile.number * padded + tile.chunk * CHUNK + i] = float(sum(sums[i]));
  }

  // --- weights and gradients

  // x to weights.
  void weigh(const Tile& tile, float* x) {
    if constexpr (ANCHORS) return addUp(tile, x);
    else if (careful(tile)) weighPairs<true>(tile, x);
    else weighPairs<false>(tile, x);
    // what is added has no part in the slope of the scale
    double& weighted = tileTotals[2 * (firstTile[tile.chunk] + tile.number) + 1];
    if (in.added != nullptr) {
      eachChanged(tile, [&](long i, long j, uint32_t e) {
        const double weight = at(x, i - tile.chunk * CHUNK, j - tile.slice * SLICE);
        if (weight != 0) weighted -= weight * in.added[e] / hardnessOf(j);
      });
    }
    const long i0 = tile.chunk * CHUNK, j0 = tile.slice * SLICE;
    const auto put = [&](long i, long j, float weight, float aside) {
      if (in.euclidean) {
        weight = aside == 0 ? 0 : in.squared ? weight * steepness() : weight * steepness() / aside;
        rowTotals[tile.number * padded + i] += weight;
        columnTotals[tile.chunk * slices * SLICE + j] += weight;
      }
      at(x, i - i0, j - j0) = weight;
    };
    eachPositive(tile, [&](long i, long j, long e) { put(i, j, listedWeights[e], positiveX[e]); });
    for (long i = i0 > j0 ? i0 : j0; !one && i < least(least(i0 + CHUNK, j0 + tile.slices * SLICE), rows); i++) {
      put(i, i, positiveWeight[i], targets[i]);
    }
  }

  // of x = scale |a - b|, dx / d(a b) is -scale^2 / x; of its square -2 scale; and nothing where rows are the same
  float steepness() const { return float(in.squared ? -2 * in.scale : -in.scale * in.scale); }

  template <bool CAREFUL>
  void weighPairs(const Tile& tile, float* x) {
    const long i0 = tile.chunk * CHUNK, height = heightOf(tile.chunk);
    Vec rowsDown[CHUNK];
    for (long i = 0; in.euclidean && i < height; i++) rowsDown[i] = Vec{};
    double weights = 0, weighted = 0;
    const float steep = steepness();
    for (long lane = 0; lane < tile.slices * SLICE; lane += LANES) {
      float* from = x + lane / SLICE * STRIDE + lane % SLICE;
      const long j = tile.slice * SLICE + lane;
      const IntVec key = CAREFUL ? keysAt(tile, lane) : IntVec{};
      Vec column[COEFFICIENTS], down{}, sums{}, along{};
      for (int e = 0; e < COEFFICIENTS; e++) column[e] = across || Loss::SECOND_LOOK ? load(columnCoefficients + e * slices * SLICE + j) : Vec{};
      for (long i = 0; i < height; i++) {
        const Vec v = load(from + i * SLICE);
        Vec row[COEFFICIENTS];
        for (int e = 0; e < COEFFICIENTS; e++) row[e] = all(rowCoefficients[e * padded + i0 + i]);
        Vec weight = negativeWeight(v, row, column);
        if (CAREFUL) {
          const Relation who = relation(v, key, keyOf(tile, i));
          Vec positive = loss.positiveWeight(v, row, column);
          if (across) positive += loss.positiveWeight(v, column, row);
          weight = select(who.positive, positive, select(who.negative, weight, Vec{}));
        }
        sums += weight;
        along += weight * larger(v, all(-1e30f));
        if (in.euclidean) {
          weight = select(v != 0, in.squared ? weight * steep : weight * steep / v, Vec{});
          rowsDown[i] += weight;
          down += weight;
        }
        store(from + i * SLICE, weight);
      }
      if (in.euclidean) store(columnTotals + tile.chunk * slices * SLICE + j, down);
      for (int l = 0; l < LANES; l++) {
        // both halves of a chunk against itself are here
        const double times = tile.own && j + l < rows ? 0.5 : 1;
        weights += times * sums[l];
        weighted += times * along[l] / hardnessOf(j + l);
      }
    }
    for (long i = 0; in.euclidean && i < height; i++) rowTotals[tile.number * padded + i0 + i] = float(sum(rowsDown[i]));
    tileTotals[2 * (firstTile[tile.chunk] + tile.number)] = weights;
    tileTotals[2 * (firstTile[tile.chunk] + tile.number) + 1] = weighted;
  }
  NEARMISS_INLINE Vec negativeWeight(Vec x, const Vec* row, const Vec* column) const {
    if constexpr (Loss::EXPONENTIAL) {
      // one exp serves both ways where none needs a shift
      if (modest) return exp(x) * (across ? row[Loss::NEGATIVE] + column[Loss::NEGATIVE] : row[Loss::NEGATIVE]);
    }
    const Vec weight = loss.negativeWeight(x, row);
    return across ? weight + loss.negativeWeight(x, column) : weight;
  }

  // Whether a chunk of anchors can be weighed as soon as it has met all columns: these have no sums, and what a term's share will be is
  // known before there is a term, or is one for all. S is computed once then, whatever the budget.
  bool inOneGo() const {
    const bool known = in.reduction == Reduction::sum || in.reduction == Reduction::perAnchor || oneShare() ||
                       (in.reduction == Reduction::mean && Loss::ALWAYS_COUNTS && !one);
    return !across && !Loss::SECOND_LOOK && known && !(Loss::EXPONENTIAL && !modest && in.skipping);
  }
  void runInOneGo() {
    share[0] = share[1] = in.reduction == Reduction::sum ? 1 : 1 / double(rows);
    clearColumns();
    clearGradients();
    eachFewChunks([&](long end) {
      eachTile(end, [&](const Tile& tile) {
        float* x = tileAt(tile);
        similarities(tile, x);
        gather(tile, x);
      });
      eachRowInWork(end, [&](long i) {
        merge(i);
        rowSums[i].takeShares();
        coefficients(i);
        if (listed) weighListed(i);
      });
      descend(end, false);
    });
    reduce();
    finish();
  }
  void clearGradients() {
    parallel(slices, [&](long s, int) { clear(dColumns + s * dimPanels * PANEL * SLICE, dimPanels * PANEL * SLICE); });
  }

  // body(tile), or body(i), for those of the chunks in work, which `end` comes after
  template <class BodyOf>
  NEARMISS_INLINE void eachTile(long end, const BodyOf& body) const {
    parallel(firstTile[end] - firstTile[begun], [&](long number, int) { body(tiles[firstTile[begun] + number]); });
  }
  template <class BodyOf>
  NEARMISS_INLINE void eachRowInWork(long end, const BodyOf& body) const {
    eachRow(least(end * CHUNK, rows) - begun * CHUNK, [&](long r) { body(begun * CHUNK + r); });
  }

  // The part of dB that the chunks in work have, and their dA; `again` where x of those that are not kept is to be computed once more.
  void descend(long end, bool again) {
    eachTile(end, [&](const Tile& tile) {
      tileTotals[2 * (firstTile[tile.chunk] + tile.number)] = tileTotals[2 * (firstTile[tile.chunk] + tile.number) + 1] = 0;
      if (tile.number == 0) packByDim(tile.chunk);
      if (tile.skipped) return;
      float* x = tileAt(tile);
      if (again && tile.chunk >= kept) similarities(tile, x);
      weigh(tile, x);
    });
    // so many slices of a product at a time, so that it finds its operands in the nearer caches
    constexpr long FEW = 4;
    const long first = firstSlice(begun), byColumn = blocksOf(slices - first, FEW), byDim = blocksOf(dimSlices, FEW);
    parallel(byColumn + (end - begun) * byDim, [&](long task, int) {
      if (task < byColumn) {
        const long s = first + task * FEW;
        for (long chunk = begun; chunk < end; chunk++) addToColumns(chunk, s, least(s + FEW, slices));
      } else {
        const long d = (task - byColumn) % byDim * FEW;
        makeRows(begun + (task - byColumn) / byDim, d, least(d + FEW, dimSlices));
      }
    });
    const long before = begun * CHUNK, last = least(end * CHUNK, rows);
    parallel(blocksOf(last - before, SLICE), [&](long task, int) { finishRows(before + task * SLICE, least(SLICE, last - before - task * SLICE)); });
  }

  // The chunk's rows as the operand that columns' gradients are made of.
  void packByDim(long chunk) {
    float* out = rowsByDim + (chunk - begun) * dimPanels * PANEL * CHUNK;
    for (long i = 0; i < heightOf(chunk); i++) {
      const float* from = anchorRows + (chunk * CHUNK + i) * apart;
      float* to = out + i * PANEL;
      for (long d = 0; d < dimPanels; d++, from += PANEL, to += PANEL * CHUNK) __builtin_memcpy(to, from, PANEL * sizeof(float));
    }
  }

  // dB += W' A for slices s0 ... s1 - 1 of the columns that the chunk meets
  void addToColumns(long chunk, long s0, long s1) {
    const float* by = rowsByDim + (chunk - begun) * dimPanels * PANEL * CHUNK;
    for (long number = firstTile[chunk]; number < firstTile[chunk + 1]; number++) {
      const Tile& tile = tiles[number];
      if (tile.skipped) continue;
      // of a chunk against itself dA is both halves; others that stand in its last slices have theirs here
      const long before = !tile.own ? tile.slice : in.dOthers == nullptr ? tile.slice + tile.slices : least(rows / SLICE, tile.slice + tile.slices);
      const long end = least(tile.slice + tile.slices, in.dOthers == nullptr ? blocksOf(rows, SLICE) : slices);
      const float* x = tileAt(tile);
      eachFewSlices(before > s0 ? before : s0, least(end, s1), [&](auto few, long s) {
        // a slice that rows and others share comes first
        IntVec counts[PARTS];
        for (int part = 0; part < PARTS; part++) counts[part] = ~firstLanes(tile.own ? rows - s * SLICE - part * LANES : 0);
        eachPart(heightOf(chunk), DEPTH, [&](long i, long height) {
          for (long d = 0; d < dimPanels; d++) {
            Block products[few.SIZE] = {};
            accumulate(products, by + (d * CHUNK + i) * PANEL, 1, PANEL, x + (s - tile.slice) * STRIDE + i * SLICE, STRIDE, height);
            unrolled<PANEL>(NEARMISS_EACH(r) {
              unrolled<PARTS>(NEARMISS_EACH(part) { products[0].row[r][part] = select(counts[part], products[0].row[r][part], Vec{}); });
            });
            unrolled<few.SIZE>(NEARMISS_EACH(e) { put(products[e], columnGradients(s + e) + d * PANEL * SLICE, SLICE, false); });
          }
        });
      });
    }
  }
  float* columnGradients(long slice) const { return dColumns + slice * dimPanels * PANEL * SLICE; }

  // dA = W B for slices d0 ... d1 - 1 of dim
  void makeRows(long chunk, long d0, long d1) {
    const long panels = blocksOf(heightOf(chunk), PANEL), stride = dimSlices * SLICE;
    float* to = dRows + (chunk - begun) * CHUNK * stride;
    bool first = true;
    for (long number = firstTile[chunk]; number < firstTile[chunk + 1]; number++) {
      const Tile& tile = tiles[number];
      if (tile.skipped) continue;
      const float* weights = tileAt(tile);
      eachFewSlices(d0, d1, [&](auto few, long d) {
        eachPart(tile.slices, DEPTH / SLICE, [&](long from, long count) {
          for (long p = 0; p < panels; p++) {
            Block products[few.SIZE] = {};
            for (long s = from; s < from + count; s++) {
              accumulate(products, weights + s * STRIDE + p * PANEL * SLICE, SLICE, 1, columnsByDim + (d * slices + tile.slice + s) * SLICE * SLICE,
                         slices * SLICE * SLICE, SLICE);
            }
            unrolled<few.SIZE>(NEARMISS_EACH(e) { put(products[e], to + p * PANEL * stride + (d + e) * SLICE, stride, first && from == 0); });
          }
        });
      });
      first = false;
    }
    for (long i = 0; first && i < panels * PANEL; i++) clear(to + i * stride + d0 * SLICE, (d1 - d0) * SLICE);
  }

  // The gradients of rows i0 ... i0 + count - 1, at most a slice: of their weights, of what they are as columns, and through their lengths.
  void finishRows(long i0, long count) {
    const long chunk = i0 / CHUNK;
    const float scale = float(productScale());
    const auto gradient = [&](long r) { return r < count ? out.dAnchors + rowOf(i0 + r) * dim : nullptr; };
    for (long r = 0; r < count; r++) {
      const float* from = dRows + (i0 + r - begun * CHUNK) * dimSlices * SLICE;
      float* to = gradient(r);
      for (long k = 0; k < dim; k++) to[k] = from[k] * scale;
    }
    if (mutual) addColumns(i0 / SLICE, gradient);
    for (long i = i0; i < i0 + count; i++) {
      const float* x = anchor(i);
      float* to = gradient(i - i0);
      if (in.euclidean) {
        double total = 0;
        for (long number = 0; number < tilesOf(chunk); number++) total += rowTotals[number * padded + i];
        for (long above = 0; mutual && above < chunk; above++) total += columnTotals[above * slices * SLICE + i];
        for (long k = 0; k < dim; k++) to[k] -= float(total * x[k] * rowOver(i));
      }
      if (in.offsets != nullptr) addOwnGradients(i, x, to);
      // what it is as a column may not be there yet
      if (!wholeColumns()) throughLength(x, rowOver(i), to);
    }
  }
  // Adds the gradients of a slice's columns to those that gradient(c) points to, where it does.
  template <class GradientOf>
  NEARMISS_INLINE void addColumns(long slice, const GradientOf& gradient) const {
    const float *from = columnGradients(slice), scale = float(productScale());
    float* to[SLICE];
    for (long c = 0; c < SLICE; c++) to[c] = gradient(c);
    for (long c = 0; c < SLICE; c += 4) {
      const bool there = to[c] != nullptr && to[c + 1] != nullptr && to[c + 2] != nullptr && to[c + 3] != nullptr;
      long k = 0;
      for (; there && k + 4 <= dim; k += 4) {
        Four x[4];
        unrolled<4>(NEARMISS_EACH(e) { x[e] = loadFour(from + (k + e) * SLICE + c); });
        turn(x);
        unrolled<4>(NEARMISS_EACH(e) { storeFour(to[c + e] + k, loadFour(to[c + e] + k) + x[e] * scale); });
      }
      for (long e = c; e < c + 4; e++) {
        for (long rest = k; to[e] != nullptr && rest < dim; rest++) to[e][rest] += from[rest * SLICE + e] * scale;
      }
    }
  }
  void addOwnGradients(long i, const float* x, float* to) {
    for (uint32_t t = in.offsets[rowOf(i)]; t < in.offsets[rowOf(i) + 1]; t++) {
      const float* other = in.others + t * dim;
      const double length = in.normalized ? std::sqrt(dot(other, other, dim)) : 1, otherOver = length > 0 ? 1 / length : 0;
      const double weight = ownWeights[t] * in.scale;
      for (long k = 0; k < dim; k++) to[k] += float(weight * otherOver * other[k]);
      if (out.dOthers == nullptr) continue;
      float* down = out.dOthers + t * dim;
      for (long k = 0; k < dim; k++) down[k] = float(weight * rowOver(i) * x[k]);
      throughLength(other, otherOver, down);
    }
  }
  // the chain rule of x / |x|, in place
  NEARMISS_INLINE void throughLength(const float* x, double over, float* gradient) const {
    if (!in.normalized) return;
    if (over == 0) return clear(gradient, dim);
    const double along = dot(gradient, x, dim) * over;
    for (long k = 0; k < dim; k++) gradient[k] = float((gradient[k] - along * (x[k] * over)) * over);
  }

  void finish() {
    parallel(slices, [&](long s, int) {
      const auto more = [&](long j) { return j < rows && wholeColumns(); };
      const auto gradient = [&](long c) -> float* {
        const long j = s * SLICE + c;
        if (j >= columns) return nullptr;
        if (j >= rows) return out.dOthers == nullptr ? nullptr : out.dOthers + (j - rows) * dim;
        return more(j) ? out.dAnchors + rowOf(j) * dim : one ? nullptr : out.dPositives + rowOf(j) * dim;
      };
      for (long c = 0; c < SLICE; c++) {
        if (gradient(c) != nullptr && !more(s * SLICE + c)) clear(gradient(c), dim);
      }
      addColumns(s, gradient);
      for (long c = 0; c < SLICE; c++) {
        const long j = s * SLICE + c;
        float* to = gradient(c);
        if (to == nullptr) continue;
        if (in.euclidean) {
          double total = 0;
          for (long chunk = 0; chunk < chunks; chunk++) total += columnTotals[chunk * slices * SLICE + j];
          for (long k = 0; k < dim; k++) to[k] -= float(total * column(j)[k] * columnOver(j));
        }
        throughLength(column(j), columnOver(j), to);
      }
    });
    double weights = 0, weighted = 0;
    for (long i = 0; i < rows; i++) weights += rowSums[i].weights, weighted += rowSums[i].weighted;
    for (long t = 0; t < firstTile[chunks]; t++) weights += tileTotals[2 * t], weighted += tileTotals[2 * t + 1];
    out.biasGradient = weights;
    out.scaleGradient = weighted / in.scale;
  }
};

// the largest |x| there can be, as it came
inline double largestProduct(const Pairs& in) {
  if (in.normalized) return std::fabs(in.scale) * (in.squared ? 4 : in.euclidean ? 2 : 1);
  const auto longest = [&](const float* x, long count) {
    Borrowed<double> squares(count + 1);
    eachRow(count, [&](long i) { squares[i] = dot(x + i * in.dim, x + i * in.dim, in.dim); });
    double most = 0;
    for (long i = 0; i < count; i++) most = squares[i] > most ? squares[i] : most;
    return most;
  };
  const double a = longest(in.anchors, in.rows), p = in.positives == nullptr ? a : longest(in.positives, in.rows);
  const double o = in.count == 0 ? 0 : longest(in.others, in.count);
  const double left = std::sqrt(a), right = std::sqrt(p > o ? p : o);
  return std::fabs(in.scale) * (in.squared ? (left + right) * (left + right) : in.euclidean ? left + right : left * right);
}

// and with what is added to it
inline double largestLogit(const Pairs& in) {
  double added = 0;
  for (uint32_t e = 0; in.added != nullptr && e < in.droppedOffsets[in.rows]; e++) added = in.added[e] > added ? in.added[e] : added;
  return largestProduct(in) * (in.hardness > 0 ? 1 + in.hardness : 1) + added;
}

// logits whose exp and whose sums of exp need no shift
constexpr double MODEST = 40;

inline void pairs(Pairs& input) {
  switch (input.loss) {
    case PairLoss::softmax: return PairsRun<Softmax>(input, largestLogit(input) <= MODEST).run();
    case PairLoss::decoupled: return PairsRun<Decoupled>(input, largestLogit(input) <= MODEST).run();
    case PairLoss::ntXent: return PairsRun<NtXent>(input, largestLogit(input) <= MODEST).run();
    case PairLoss::sigmoid: return PairsRun<Sigmoid>(input, false).run();
    case PairLoss::contrastive: return PairsRun<Contrastive>(input, false).run();
    case PairLoss::multiSimilarity: return PairsRun<MultiSimilarity>(input, false).run();
    case PairLoss::circle: return PairsRun<Circle>(input, false).run();
    case PairLoss::lifted: return PairsRun<Lifted>(input, false).run();
    case PairLoss::generalizedLifted: return PairsRun<GeneralizedLifted>(input, false).run();
    case PairLoss::nca: return PairsRun<Nca>(input, largestLogit(input) <= MODEST).run();
    default: return PairsRun<AnchorLoss>(input, false).run();
  }
}

}  // namespace NEARMISS_ISA
}  // namespace nearmiss
