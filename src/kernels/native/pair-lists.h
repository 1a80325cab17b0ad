// Pairs that are given by name, where rows and columns stand in the order in which tiles take them.
#pragma once

#include "pool.h"
#include "rows.h"
#include "tiles.h"

namespace nearmiss {
namespace NEARMISS_ISA {

// The listed positives, numbered through: row i's are start[i] ... start[i + 1] - 1, by rising column; column j's, by rising row,
// are entry[columnStart[j]] ... entry[columnStart[j + 1] - 1].
struct PositiveLists {
  const long rows, columns, count;
  Borrowed<uint32_t> start, column, columnStart, entry;

  PositiveLists(const uint32_t* offsets, long rowCount, long columnCount)
      : rows(rowCount), columns(columnCount), count(offsets == nullptr ? 0 : offsets[rowCount]), start(rows + 1), column(count + 1),
        columnStart(columns + 1), entry(count + 1) {}

  // columnOf(id) is where a candidate stands. Two counting sorts, the first by column.
  template <class ColumnOf>
  void fill(const uint32_t* offsets, const uint32_t* ids, const uint32_t* order, const ColumnOf& columnOf) {
    for (long j = 0; j <= columns; j++) columnStart[j] = 0;
    for (long e = 0; e < count; e++) columnStart[columnOf(ids[e]) + 1]++;
    for (long j = 0; j < columns; j++) columnStart[j + 1] += columnStart[j];
    Borrowed<uint32_t> next(columns + rows + 1), rowOf(count + 1);
    for (long j = 0; j < columns; j++) next[j] = columnStart[j];
    start[0] = 0;
    for (long i = 0; i < rows; i++) {
      const uint32_t row = order[i], first = count == 0 ? 0 : offsets[row], end = count == 0 ? 0 : offsets[row + 1];
      for (uint32_t e = first; e < end; e++) rowOf[next[columnOf(ids[e])]++] = uint32_t(i);
      start[i + 1] = start[i] + (end - first);
    }
    for (long i = 0; i < rows; i++) next[i] = start[i];
    for (long j = 0; j < columns; j++) {
      for (uint32_t place = columnStart[j]; place < columnStart[j + 1]; place++) {
        const uint32_t e = next[rowOf[place]]++;
        column[e] = uint32_t(j);
        entry[place] = e;
      }
    }
  }

  // the first of row i's entries at column j or after it
  NEARMISS_INLINE uint32_t from(long i, long j) const {
    uint32_t low = start[i], high = start[i + 1];
    while (low < high) {
      const uint32_t middle = low + (high - low) / 2;
      if (column[middle] < j) low = middle + 1;
      else high = middle;
    }
    return low;
  }
  // row i's entry at column j, or -1
  long at(long i, long j) const {
    const uint32_t e = from(i, j);
    return e < start[i + 1] && column[e] == j ? long(e) : -1;
  }
};

// Which pairs are listed, a bit each: those of row i and the 16 columns of slice s in words[i * slices + s].
struct PairBits {
  const long slices;
  Borrowed<uint16_t> words;

  PairBits(bool any, long rows, long sliceCount) : slices(sliceCount), words(any ? rows * slices + 1 : 1) {}

  template <class ColumnOf>
  void fill(const uint32_t* offsets, const uint32_t* ids, const uint32_t* order, long rows, const ColumnOf& columnOf) {
    eachRow(rows, [&](long i) {
      for (long s = 0; s < slices; s++) words[i * slices + s] = 0;
      for (uint32_t e = offsets[order[i]]; ids != nullptr && e < offsets[order[i] + 1]; e++) {
        const long j = columnOf(ids[e]);
        words[i * slices + j / SLICE] |= uint16_t(1 << j % SLICE);
      }
    });
  }

  // -1 in the lanes of the columns listed, of part `part` of a slice
  NEARMISS_INLINE IntVec held(long i, long slice, int part) const {
    return ((all(int32_t(words[i * slices + slice]) >> part * LANES) >> lanes()) & all(int32_t{1})) != 0;
  }
};

}  // namespace NEARMISS_ISA
}  // namespace nearmiss
