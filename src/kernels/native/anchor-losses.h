// Losses that see all pairs of an anchor at once: what needs an order, a histogram or a choice among them, or numbers of the anchor's own.
//
// Of each anchor such a loss is shown x of its positives and of its negatives. It says what its terms come to and writes their slopes
// along each x, before they are multiplied by a share.
#pragma once

#include "pair-losses.h"
#include "pair-order.h"

namespace nearmiss {
namespace NEARMISS_ISA {

// An anchor's positives, or its negatives.
struct Side {
  const float* x;
  const int32_t* numbers;  // the rows they are, others being numbered after these
  float* slopes;           // zeros
  long count;
};

struct Anchor {
  long row;
  Side positives, negatives;
};

// the log of the sum of exp(scale x), scale above 0
inline double logSumExp(const Side& side, float scale) {
  Vec top = all(-INFINITY), sums{};
  eachVector(side.count, [&](long k, long count) { top = larger(top, loadSome(side.x + k, count, -INFINITY) * scale); });
  const float most = largest(top);
  eachVector(side.count, [&](long k, long count) { sums += exp(loadSome(side.x + k, count, -INFINITY) * scale - most); });
  return side.count == 0 ? -INFINITY : most + std::log(sum(sums));
}

struct TermAndSlope {
  Wide term, slope;
};
// The terms of a side's pairs, each of its x alone: of(x) is the term and its slope. They are float64: of large margins little would be left.
template <class Of>
inline void addTerms(const Side& side, const Of& of, double& sumOfTerms, double& active) {
  Wide sums{}, above{};
  for (long k = 0; k < side.count; k += HALF) {
    const long count = side.count - k < HALF ? side.count - k : HALF;
    Wide x{};
    if (count == HALF) x = widen(side.x + k);
    else for (long lane = 0; lane < count; lane++) x[lane] = side.x[k + lane];
    TermAndSlope found = of(x);
    for (long lane = count; lane < HALF; lane++) found.term[lane] = 0;
    sums += found.term;
    above += found.term > 0 ? Wide{} + 1 : Wide{};
    if (count == HALF) narrow(side.slopes + k, found.slope);
    else for (long lane = 0; lane < count; lane++) side.slopes[k + lane] = float(found.slope[lane]);
  }
  sumOfTerms += sum(sums);
  active += sum(above);
}

// How many of some numbers in rising order are below a number, or at most as much as it.
template <bool OR_EQUAL>
NEARMISS_INLINE long countBelow(const double* rising, long count, double number) {
  const double* from = rising;
  for (long left = count; left > 0;) {
    const long half = left / 2;
    const bool below = OR_EQUAL ? from[half] <= number : from[half] < number;
    from = below ? from + half + 1 : from;
    left = below ? left - half - 1 : half;
  }
  return from - rising;
}

// Tuplet margin (Yu and Tao, 2019, eq. 5), x = cos t:
//
//   term = log(1 + sum over negatives of exp(scale (x_n - cos(t_p - margin)))), one a positive
struct TupletMargin {
  double scale, cosine, sine;  // of the margin

  explicit TupletMargin(const double* p) : scale(p[0]), cosine(std::cos(p[1])), sine(std::sin(p[1])) {}
  template <class SquareApart>
  void see(const Anchor& anchor, Sums& sums, const SquareApart& squareApart) const {
    const Side &positives = anchor.positives, &negatives = anchor.negatives;
    if (negatives.count == 0) return;
    const double far = logSumExp(negatives, float(scale));
    double push = 0;
    for (long k = 0; k < positives.count; k++) {
      // 1 - cos t of rows that are near is lost in what x is rounded to
      const double away = positives.x[k] > 0.9f ? squareApart(positives.numbers[k]) / 2 : 1.0 - positives.x[k];
      const double cosT = larger(1 - away, -1), sinT = std::sqrt(larger(away * (1 + cosT), 0));
      const double excess = far - scale * (cosT * cosine + sinT * sine), term = softplus(excess), slope = scale * logistic(excess);
      sums.term[0] += term;
      sums.active[0] += term > 0;
      push += slope;
      // as far as rows are known to be neither the same way nor opposite ways
      positives.slopes[k] = sinT > (cosT > 0 ? 1e-6 : 1e-3) ? float(slope * (sine * cosT / sinT - cosine)) : 0;
    }
    sums.counted[0] = positives.count;
    eachVector(negatives.count, [&](long k, long count) {
      storeSome(negatives.slopes + k, exp(loadSome(negatives.x + k, count) * float(scale) - float(far)) * float(push), count);
    });
  }
};

// Margin (Wu et al., 2017, eq. 7 and 8) over triplets, beta an anchor's own; `away` as for contrastive:
//
//   term = max(0, away (x_p - beta) + margin) + max(0, away (beta - x_n) + margin), one a triplet
struct Margin {
  double margin, away;
  const double* betas;

  explicit Margin(const double* p) : margin(p[0]), away(p[1]), betas(p + 2) {}
  void see(const Anchor& anchor, Sums& sums) const {
    const double beta = betas[anchor.row];
    // each hinge is in as many triplets as there are rows of the other kind
    const auto hinges = [&](const Side& side, double way, double triplets) {
      double sum = 0, active = 0;
      addTerms(side, [&](Wide x) {
        const Wide excess = larger(way * (x - beta) + margin, Wide{});
        return TermAndSlope{excess, excess > 0 ? Wide{} + way * triplets : Wide{}};
      }, sum, active);
      sums.term[0] += triplets * sum;
      sums.active[0] += triplets * active;
    };
    hinges(anchor.positives, away, double(anchor.negatives.count));
    hinges(anchor.negatives, -away, double(anchor.positives.count));
    sums.counted[0] = double(anchor.positives.count) * anchor.negatives.count;
  }
};

// Contrastive by x over an anchor's own power (SNR, Yuan et al., 2019, eq. 6 and 10); none of an anchor without one:
//
//   term = max(0, x / power - m_p) of a positive, max(0, m_n - x / power) of a negative
struct SignalToNoise {
  double positiveMargin, negativeMargin;
  const double* powers;

  explicit SignalToNoise(const double* p) : positiveMargin(p[0]), negativeMargin(p[1]), powers(p + 2) {}
  void see(const Anchor& anchor, Sums& sums) const {
    if (powers[anchor.row] == 0) return;
    const double over = 1 / powers[anchor.row];
    const auto hinges = [&](const Side& side, int kind, double way, double margin) {
      addTerms(side, [&](Wide x) {
        const Wide excess = larger(way * (x * over - margin), Wide{});
        return TermAndSlope{excess, excess > 0 ? Wide{} + way * over : Wide{}};
      }, sums.term[kind], sums.active[kind]);
      sums.counted[kind] = side.count;
    };
    hinges(anchor.positives, 0, 1, positiveMargin);
    hinges(anchor.negatives, 1, -1, negativeMargin);
  }
};

// How far similarities are past a bound, squared (intra-pair variance, Yu and Tao, 2019, eq. 9 and 10, where bounds are of their means):
//
//   term = max(0, b_p - x)^2 of a positive, max(0, x - b_n)^2 of a negative
struct SquaredHinges {
  double positiveBound, negativeBound;

  explicit SquaredHinges(const double* p) : positiveBound(p[0]), negativeBound(p[1]) {}
  void see(const Anchor& anchor, Sums& sums) const {
    const auto hinges = [&](const Side& side, int kind, double way, double bound) {
      addTerms(side, [&](Wide x) {
        const Wide excess = larger(way * (x - bound), Wide{});
        return TermAndSlope{excess * excess, 2 * way * excess};
      }, sums.term[kind], sums.active[kind]);
      sums.counted[kind] = side.count;
    };
    hinges(anchor.positives, 0, -1, positiveBound);
    hinges(anchor.negatives, 1, 1, negativeBound);
  }
};

// FastAP (Cakir et al., 2019, eq. 5 to 8), x the squared distance of unit rows, each shared out between the two bins it is between:
//
//   term = 1 - (1 / |P|) sum over bins of h H / T, h the positives in a bin, H those up to it, T all rows up to it
struct FastAp {
  long bins;

  explicit FastAp(const double* p) : bins(long(p[0])) {}
  void see(const Anchor& anchor, Sums& sums) const {
    const Side &positives = anchor.positives, &negatives = anchor.negatives;
    if (positives.count == 0) return;
    Borrowed<double> h(bins + 2), others(bins + 2), H(bins + 2), T(bins + 2), ofPositive(bins + 2), ofNegative(bins + 2);
    const auto eachPlace = [&](const Side& side, const auto& body) {
      for (long k = 0; k < side.count; k++) {
        const float at = (side.x[k] > 0 ? (side.x[k] < 4 ? side.x[k] : 4) : 0) * (float(bins) / 4);
        const long bin = long(at);
        body(k, bin, at - float(bin));
      }
    };
    const auto count = [&](const Side& side, double* histogram) {
      // rows after one another go to histograms of their own: where they share a bin, none waits for the other
      Borrowed<double> parts(PARTS_OF_HISTOGRAM * (bins + 2));
      for (long e = 0; e < PARTS_OF_HISTOGRAM * (bins + 2); e++) parts[e] = 0;
      eachPlace(side, [&](long k, long bin, float past) {
        double* to = parts + k % PARTS_OF_HISTOGRAM * (bins + 2) + bin;
        to[0] += 1 - past;
        to[1] += past;
      });
      for (long b = 0; b < bins + 2; b++) {
        histogram[b] = 0;
        for (long part = 0; part < PARTS_OF_HISTOGRAM; part++) histogram[b] += parts[part * (bins + 2) + b];
      }
    };
    count(positives, h);
    count(negatives, others);
    double precision = 0;
    for (long b = 0; b <= bins; b++) {
      H[b] = (b == 0 ? 0 : H[b - 1]) + h[b];
      T[b] = (b == 0 ? 0 : T[b - 1]) + h[b] + others[b];
      if (h[b] > 0) precision += h[b] * H[b] / T[b];
    }
    oneTerm(sums, true, larger(0, 1 - precision / positives.count));
    // the slopes of precision along h of a bin and along its others, whose part in H and T is in all bins from there on
    double alongH = 0, alongT = 0;
    ofPositive[bins + 1] = ofNegative[bins + 1] = 0;
    for (long b = bins; b >= 0; b--) {
      const double share = h[b] > 0 ? H[b] / T[b] : 0;
      if (h[b] > 0) alongH += h[b] / T[b], alongT -= h[b] * share / T[b];
      ofPositive[b] = share + alongH + alongT;
      ofNegative[b] = alongT;
    }
    const double slope = -double(bins) / (4.0 * positives.count);
    const auto descend = [&](const Side& side, const double* along) {
      eachPlace(side, [&](long k, long bin, float past) { side.slopes[k] = past > 0 ? float(slope * (along[bin + 1] - along[bin])) : 0; });
    };
    descend(positives, ofPositive);
    descend(negatives, ofNegative);
  }

 private:
  static constexpr long PARTS_OF_HISTOGRAM = 4;
};

// Distances of some rows, `away` times x, in rising order, equal ones by number.
struct Rising {
  Borrowed<uint32_t> order;
  Borrowed<double> distances;

  Rising(const Side& side, double away) : order(side.count + 1), distances(side.count + 1) {
    sortNumbers(side.count, order, [&](uint32_t a, uint32_t b) {
      return away * side.x[a] < away * side.x[b] || (side.x[a] == side.x[b] && side.numbers[a] < side.numbers[b]);
    });
    for (long q = 0; q < side.count; q++) distances[q] = away * side.x[order[q]];
  }
};

// max(0, away (x_p - x_n) + margin), or log(1 + exp) of the same, over all positives and negatives (batch all, Hermans et al., 2017)
struct BatchAll {
  double margin, away;
  bool soft;

  explicit BatchAll(const double* p) : margin(p[0]), away(p[1]), soft(p[2] != 0) {}
  void see(const Anchor& anchor, Sums& sums) const {
    sums.counted[0] = double(anchor.positives.count) * anchor.negatives.count;
    if (sums.counted[0] == 0) return;
    if (soft) each(anchor, sums);
    else inOrder(anchor, sums);
  }

 private:
  void each(const Anchor& anchor, Sums& sums) const {
    const Side &positives = anchor.positives, &negatives = anchor.negatives;
    for (long p = 0; p < positives.count; p++) {
      const float reach = float(away * positives.x[p] + margin);
      Vec terms{}, pulls{}, active{};
      eachVector(negatives.count, [&](long k, long count) {
        const Vec excess = select(firstLanes(count), reach - loadSome(negatives.x + k, count) * float(away), all(-INFINITY));
        const Vec term = softplus(excess), pull = logistic(excess);
        terms += term;
        pulls += pull;
        // where float64 has a term
        active += select(excess > -745.f, all(1.f), Vec{});
        storeSome(negatives.slopes + k, loadSome(negatives.slopes + k, count) - pull * float(away), count);
      });
      sums.term[0] += sum(terms);
      sums.active[0] += sum(active);
      positives.slopes[p] = float(away * sum(pulls));
    }
  }
  // with positives in order, a negative violates those from some one on
  void inOrder(const Anchor& anchor, Sums& sums) const {
    const Side &positives = anchor.positives, &negatives = anchor.negatives;
    const Rising near(positives, away);
    const long count = positives.count;
    Borrowed<double> limits(count + 1), from(count + 1), first(count + 1);
    from[count] = 0;
    for (long q = count - 1; q >= 0; q--) {
      limits[q] = near.distances[q] + margin;
      from[q] = from[q + 1] + limits[q];
      first[q] = 0;  // how many negatives violate this one and not the one before
    }
    for (long k = 0; k < negatives.count; k++) {
      const double distance = away * negatives.x[k];
      if (distance >= limits[count - 1]) continue;
      const long q = countBelow<true>(limits, count, distance), violated = count - q;
      sums.term[0] += from[q] - violated * distance;
      sums.active[0] += violated;
      first[q]++;
      negatives.slopes[k] = float(-away * violated);
    }
    double within = 0;
    for (long q = 0; q < count; q++) {
      within += first[q];
      positives.slopes[near.order[q]] = float(away * within);
    }
  }
};

// What losses that choose among the pairs of an anchor share.
struct Chosen {
  double margin, away, atSame;  // the distance is atSame + away x
  bool everyAnchor;  // also those that have no positive or no negative

  explicit Chosen(const double* p) : margin(p[0]), away(p[1]), atSame(p[2]), everyAnchor(p[3] != 0) {}
};

// max(0, d(a, p) - d(a, n) + margin), or log(1 + exp) of it, of the farthest positive and the nearest negative (batch hard, Hermans et
// al., 2017, eq. 5); a positive there is none of is at distance 0, and a negative as far as the positive
struct BatchHard : Chosen {
  bool soft;

  explicit BatchHard(const double* p) : Chosen(p), soft(p[4] != 0) {}
  void see(const Anchor& anchor, Sums& sums) const {
    const Side &positives = anchor.positives, &negatives = anchor.negatives;
    if (!everyAnchor && (positives.count == 0 || negatives.count == 0)) return;
    const long p = largestOf(positives, float(away)), n = largestOf(negatives, float(-away));
    const double near = p < 0 ? 0 : atSame + away * positives.x[p], far = n < 0 ? near : atSame + away * negatives.x[n];
    const double excess = near - far + margin;
    oneTerm(sums, true, soft ? softplus(excess) : larger(excess, 0));
    const double slope = soft ? logistic(excess) : excess > 0;
    if (n < 0) return;
    if (p >= 0) positives.slopes[p] = float(away * slope);
    negatives.slopes[n] = float(-away * slope);
  }

 private:
  // the first of those where way x is largest, -1 where there are none
  static long largestOf(const Side& side, float way) {
    Vec top = all(-INFINITY);
    eachVector(side.count, [&](long k, long count) { top = larger(top, loadSome(side.x + k, count, -way * INFINITY) * way); });
    const float most = largest(top) * way;
    long best = -1;
    for (long k = 0; k < side.count; k++) {
      if (side.x[k] == most && (best < 0 || side.numbers[k] < side.numbers[best])) best = k;
    }
    return best;
  }
};

// The same of each positive, with the nearest negative that is farther than it, or else the farthest (batch semi-hard, Schroff et al.,
// 2015, eq. 4); negatives there are none of are at distance 0
struct BatchSemiHard : Chosen {
  using Chosen::Chosen;
  void see(const Anchor& anchor, Sums& sums) const {
    const Side &positives = anchor.positives, &negatives = anchor.negatives;
    if (!everyAnchor && negatives.count == 0) return;
    sums.counted[0] = positives.count;
    if (positives.count == 0) return;
    const Rising near(positives, away);
    const auto better = [&](long k, long than, double way) {
      return than < 0 || way * negatives.x[k] < way * negatives.x[than] ||
             (negatives.x[k] == negatives.x[than] && negatives.numbers[k] < negatives.numbers[than]);
    };
    // by how many positives are nearer than it, the nearest negative
    Borrowed<long> nearest(positives.count + 1);
    for (long q = 0; q <= positives.count; q++) nearest[q] = -1;
    long farthest = -1;
    for (long k = 0; k < negatives.count; k++) {
      const double distance = away * negatives.x[k];
      const bool past = distance > near.distances[positives.count - 1];
      long& last = nearest[past ? positives.count : countBelow<false>(near.distances, positives.count, distance)];
      if (better(k, last, away)) last = k;
      if (better(k, farthest, -away)) farthest = k;
    }
    // what is past a positive is past the nearer ones too, and those before have passed it over
    for (long q = positives.count - 1; q >= 0; q--) {
      const long n = nearest[q + 1] >= 0 ? nearest[q + 1] : farthest;
      if (nearest[q] < 0) nearest[q] = nearest[q + 1];
      const double far = n < 0 ? 0 : atSame + away * negatives.x[n];
      const double excess = atSame + near.distances[q] - far + margin;
      if (excess <= 0) continue;
      sums.term[0] += excess;
      sums.active[0]++;
      positives.slopes[near.order[q]] = float(away);
      if (n >= 0) negatives.slopes[n] -= float(away);
    }
  }
};

// One of these.
struct AnchorLoss : Plain {
  static constexpr Gathers GATHERS = Gathers::anchors;
  enum { COEFFICIENTS };
  PairLoss which;
  const double* parameters;

  AnchorLoss(PairLoss loss, const double* p) : Plain(p), which(loss), parameters(p) {}
  // whether positives and negatives are reduced each alone
  bool apart() const { return which == PairLoss::signalToNoise || which == PairLoss::squaredHinges; }
  void settle(Sums&) const {}
  // squareApart(number) is |a - b|^2 of the anchor and another row as the geometry sees them, to the last digit
  template <class SquareApart>
  void see(const Anchor& anchor, Sums& sums, const SquareApart& squareApart) const {
    switch (which) {
      case PairLoss::tupletMargin: return TupletMargin(parameters).see(anchor, sums, squareApart);
      case PairLoss::margin: return Margin(parameters).see(anchor, sums);
      case PairLoss::signalToNoise: return SignalToNoise(parameters).see(anchor, sums);
      case PairLoss::squaredHinges: return SquaredHinges(parameters).see(anchor, sums);
      case PairLoss::fastAp: return FastAp(parameters).see(anchor, sums);
      case PairLoss::batchAll: return BatchAll(parameters).see(anchor, sums);
      case PairLoss::batchHard: return BatchHard(parameters).see(anchor, sums);
      case PairLoss::batchSemiHard: return BatchSemiHard(parameters).see(anchor, sums);
      default: return;
    }
  }
};

}  // namespace NEARMISS_ISA
}  // namespace nearmiss
