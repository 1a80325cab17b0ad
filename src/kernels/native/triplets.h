// term_t = max(0, d(a, p) - d(a, n) + margin) over given triplets, and the gradient of the sum. Whatever the distance, its slope at a
// pair lies in the plane of the two rows:
//
//   dd/dx = own_x x + across y,        dd/dy = own_y y + across x
//
// so that each row's gradient is a sum of rows. The terms are sorted by the rows they meet and each row is summed by one task, in
// float64 and in the order of the triplets.
#pragma once

#include <cmath>

#include "pool.h"
#include "rows.h"
#include "table.h"
#include "vec.h"

namespace nearmiss {
namespace NEARMISS_ISA {

struct DistanceSlope {
  double distance, ownX, ownY, across;
};

// x . y in float64
NEARMISS_INLINE double wideDot(const float* x, const float* y, long length) {
  constexpr long STEP = LANES / 2;
  Wide sums{};
  long k = 0;
  for (; k + STEP <= length; k += STEP) sums += widen(x + k) * widen(y + k);
  double total = 0;
  for (long lane = 0; lane < STEP; lane++) total += sums[lane];
  for (; k < length; k++) total += double(x[k]) * y[k];
  return total;
}

// |x - y|^2 in float64
NEARMISS_INLINE double wideApart(const float* x, const float* y, long length) {
  constexpr long STEP = LANES / 2;
  Wide sums{};
  long k = 0;
  for (; k + STEP <= length; k += STEP) {
    const Wide apart = widen(x + k) - widen(y + k);
    sums += apart * apart;
  }
  double total = 0;
  for (long lane = 0; lane < STEP; lane++) total += sums[lane];
  for (; k < length; k++) total += (double(x[k]) - y[k]) * (double(x[k]) - y[k]);
  return total;
}

inline DistanceSlope slopeOf(Geometry geometry, const float* x, const float* y, long dim) {
  if (geometry == Geometry::dot) return {-wideDot(x, y, dim), 0, 0, -1};
  if (geometry == Geometry::cosine) {
    const double xx = wideDot(x, x, dim), yy = wideDot(y, y, dim);
    if (xx == 0 || yy == 0) return {1, 0, 0, 0};
    const double scale = std::sqrt(xx) * std::sqrt(yy), similarity = wideDot(x, y, dim) / scale;
    return {1 - similarity, similarity / xx, similarity / yy, -1 / scale};
  }
  const double square = wideApart(x, y, dim);
  if (geometry == Geometry::squaredEuclidean) return {square, 2, 2, -2};
  const double distance = std::sqrt(square), over = distance == 0 ? 0 : 1 / distance;
  return {distance, over, over, -over};
}

class TripletsRun {
 public:
  explicit TripletsRun(Triplets& input)
      : in(input), rows(in.counts[0] + in.counts[1] + in.counts[2]), near(in.count + 1), far(in.count + 1), violation(in.count + 1),
        offsets(rows + 2), meetings(3 * in.count + 1) {}

  void run() {
    eachRow(in.count, [&](long t) {
      near[t] = slopeOf(in.geometry, row(in.anchors[t]), row(in.positives[t]), in.dim);
      far[t] = slopeOf(in.geometry, row(in.anchors[t]), row(in.negatives[t]), in.dim);
      violation[t] = std::fmax(0, near[t].distance - far[t].distance + in.margin);
      in.terms[t] = float(violation[t]);
    });
    in.sum = 0;
    for (long t = 0; t < in.count; t++) in.sum += violation[t];
    sortByRow();
    Borrowed<double> sums(threads() * in.dim + 1);
    parallel(blocksOfRows(), [&](long task, int worker) {
      for (long i = task * ROWS_A_TASK; i < (task + 1) * ROWS_A_TASK && i < rows; i++) gather(i, sums + worker * in.dim);
    });
  }

 private:
  enum Role { ANCHOR, POSITIVE, NEGATIVE };

  Triplets& in;
  const long rows;
  Borrowed<DistanceSlope> near, far;
  Borrowed<double> violation;
  Borrowed<long> offsets;   // row i's are meetings[offsets[i]] ... meetings[offsets[i + 1] - 1]
  Borrowed<long> meetings;  // 3 t + role

  long blocksOfRows() const { return (rows + ROWS_A_TASK - 1) / ROWS_A_TASK; }

  const float* row(long i) const {
    int m = 0;
    for (; i >= in.counts[m]; m++) i -= in.counts[m];
    return in.rows[m] + i * in.dim;
  }
  float* gradient(long i) const {
    int m = 0;
    for (; i >= in.counts[m]; m++) i -= in.counts[m];
    return in.gradients[m] + i * in.dim;
  }

  // Which active triplets each row is in, in order.
  void sortByRow() {
    const uint32_t* const roles[3] = {in.anchors, in.positives, in.negatives};
    for (long i = 0; i <= rows + 1; i++) offsets[i] = 0;
    // counted two places ahead: while they are filled in, offsets[i + 1] is where row i's next goes
    for (long t = 0; t < in.count; t++) {
      if (violation[t] == 0) continue;
      for (const uint32_t* role : roles) offsets[role[t] + 2]++;
    }
    for (long i = 0; i < rows; i++) offsets[i + 2] += offsets[i + 1];
    for (long t = 0; t < in.count; t++) {
      if (violation[t] == 0) continue;
      for (long role = 0; role < 3; role++) meetings[offsets[roles[role][t] + 1]++] = 3 * t + role;
    }
  }

  void gather(long i, double* sums) const {
    for (long k = 0; k < in.dim; k++) sums[k] = 0;
    double own = 0;
    for (long e = offsets[i]; e < offsets[i + 1]; e++) {
      const long t = meetings[e] / 3;
      const long role = meetings[e] % 3;
      if (role == ANCHOR) {
        own += near[t].ownX - far[t].ownX;
        addScaled(near[t].across, row(in.positives[t]), sums);
        addScaled(-far[t].across, row(in.negatives[t]), sums);
      } else {
        own += role == POSITIVE ? near[t].ownY : -far[t].ownY;
        addScaled(role == POSITIVE ? near[t].across : -far[t].across, row(in.anchors[t]), sums);
      }
    }
    const float* self = row(i);
    float* to = gradient(i);
    for (long k = 0; k < in.dim; k++) to[k] = float(in.upstream * (own * self[k] + sums[k]));
  }

  void addScaled(double weight, const float* from, double* sums) const {
    for (long k = 0; k < in.dim; k++) sums[k] += weight * from[k];
  }
};

inline void triplets(Triplets& input) { TripletsRun(input).run(); }

}  // namespace NEARMISS_ISA
}  // namespace nearmiss
