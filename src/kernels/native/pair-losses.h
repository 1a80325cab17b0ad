// What a loss of pairs is to the tiles: a few formulas of a pair's x, its similarity times the scale or its distance.
//
// Each loss has sums over the negatives and the positives of a row (Sums), a term a row, and from the sums and the share
// a term has in the loss a few coefficients a row, with which a pair's weight is dL/dx. A weight is 0 where all
// coefficients are. A pair of one matrix has a weight from either row's sums, and so has a pair taken both ways.
#pragma once

#include <cmath>

#include "vec.h"

namespace nearmiss {
namespace NEARMISS_ISA {

// log of a sum of exponentials, as rest * exp(shift)
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
  double log() const { return rest == 0 ? -INFINITY : rest == 1 ? shift : shift + std::log(rest); }
  // log(1 + sum)
  double log1p() const { return rest == 0 ? 0 : softplus(log()); }
};

struct Sums {
  LogSum negative, positive;          // of the loss's logits
  double far = -INFINITY, near = -INFINITY;  // their logs
  double positives = 0, linear = 0;   // how many, and the sum of their x
  double negatives = 0;               // how many, where terms are of pairs
  double pull = 0;                    // what a second look at the positives adds up, beside the term
  double term[2] = {}, counted[2] = {}, active[2] = {};
  double share[2] = {1, 1};           // what its terms are multiplied by, before all are
  double weights = 0, weighted = 0;   // the sum of w, and of w x, of pairs that are in no tile

  void takeLogs() {
    far = negative.log();
    near = positive.log();
  }
  void takeShares() {
    for (int kind = 0; kind < 2; kind++) term[kind] *= share[kind];
  }
};

// one term a row
inline void oneTerm(Sums& sums, bool there, double term) {
  sums.term[0] = there ? term : 0;
  sums.counted[0] = there;
  sums.active[0] = sums.term[0] > 0;
}

// What the first sweep adds up: exponentials of logits, the terms of the pairs themselves, or those of anchors that are seen whole.
enum class Gathers { logSums, terms, anchors };

struct Plain {
  static constexpr Gathers GATHERS = Gathers::logSums;
  static constexpr bool EXPONENTIAL = false;  // the logit is x, a negative's weight exp(x - c[TOP]) c[NEGATIVE], and so alone
  static constexpr bool SECOND_LOOK = false;  // at the positives, with coefficients from the first
  static constexpr bool ALWAYS_COUNTS = false;  // whether each anchor of two sets has a term
  enum { TOP, NEGATIVE };

  explicit Plain(const double*) {}
  // what a positive's term pulls at its other row's negatives
  template <class Number>
  NEARMISS_INLINE Number lookReach(Number, const Number*, const Number*) const {
    return Number{};
  }
};

struct Exponential : Plain {
  static constexpr bool EXPONENTIAL = true;

  using Plain::Plain;
  template <class Number>
  NEARMISS_INLINE Number negativeLogit(Number x) const {
    return x;
  }
  template <class Number>
  NEARMISS_INLINE Number positiveLogit(Number x) const {
    return x;
  }
  template <class Number>
  NEARMISS_INLINE Number negativeWeight(Number x, const Number* own) const {
    return exp(x - own[TOP]) * own[NEGATIVE];
  }
  // mass exp(x - log of the sum), from the largest logit, which x - top is exact about where x is large
  static void spread(const LogSum& sum, double log, double mass, float* top, float* factor) {
    *top = sum.rest == 0 ? 0 : float(sum.shift);
    *factor = sum.rest == 0 ? 0 : float(mass * std::exp(*top - log));
  }
};

// InfoNCE (van den Oord et al., 2018) and, with more than one positive, SupCon (Khosla et al., 2020, eq. 2):
//
//   term = mean over positives p of log(sum over all of exp(x)) - x_p
//
// In weights of positives the mass that negatives have is kept apart: p - 1 would be all rounding where the fit is good.
struct Softmax : Exponential {
  static constexpr bool ALWAYS_COUNTS = true;
  enum { POSITIVE_TOP = 2, POSITIVE, AWAY, COEFFICIENTS };

  using Exponential::Exponential;
  void settle(Sums& sums) const {
    const bool there = sums.positives > 0;
    const double mean = there ? sums.linear / sums.positives : 0, more = softplus(sums.far - sums.near);
    oneTerm(sums, there, there ? sums.near - mean + more : 0);
    // a term that float64 would lose in its logits is not above zero
    sums.active[0] = there && sums.near + more > mean;
  }
  void coefficients(const Sums& sums, const double* share, float* c) const {
    if (sums.positives == 0) return;
    const double away = logistic(sums.far - sums.near);
    spread(sums.negative, sums.far, share[0] * away, &c[TOP], &c[NEGATIVE]);
    c[POSITIVE_TOP] = float(sums.near - (sums.positives == 1 ? 0 : std::log(sums.positives)));
    c[POSITIVE] = float(share[0] * (1 - away) / sums.positives);
    c[AWAY] = float(share[0] * away / sums.positives);
  }
  template <class Number>
  NEARMISS_INLINE Number positiveWeight(Number x, const Number* own, const Number*) const {
    return own[POSITIVE] * (exp(x - own[POSITIVE_TOP]) - 1.f) - own[AWAY];
  }
};

// Decoupled contrastive learning (Yeh et al., 2022, eq. 3): the positive is not in the sum.
//
//   term = log(sum over negatives of exp(x)) - mean over positives of x
struct Decoupled : Exponential {
  enum { POSITIVE = 2, COEFFICIENTS };

  using Exponential::Exponential;
  void settle(Sums& sums) const {
    const bool there = sums.positives > 0 && sums.negative.rest > 0;
    oneTerm(sums, there, there ? sums.far - sums.linear / sums.positives : 0);
  }
  void coefficients(const Sums& sums, const double* share, float* c) const {
    if (sums.counted[0] == 0) return;
    spread(sums.negative, sums.far, share[0], &c[TOP], &c[NEGATIVE]);
    c[POSITIVE] = float(share[0] / sums.positives);
  }
  template <class Number>
  NEARMISS_INLINE Number positiveWeight(Number, const Number* own, const Number*) const {
    return -own[POSITIVE];
  }
};

// Neighbourhood components analysis (Goldberger et al., 2004), x minus a squared distance:
//
//   term = -log(sum over positives of exp(x) / sum over all of exp(x))
struct Nca : Exponential {
  enum { POSITIVE_TOP = 2, POSITIVE, COEFFICIENTS };

  using Exponential::Exponential;
  void settle(Sums& sums) const { oneTerm(sums, sums.positives > 0, softplus(sums.far - sums.near)); }
  void coefficients(const Sums& sums, const double* share, float* c) const {
    if (sums.positives == 0) return;
    const double away = share[0] * logistic(sums.far - sums.near);
    spread(sums.negative, sums.far, away, &c[TOP], &c[NEGATIVE]);
    spread(sums.positive, sums.near, away, &c[POSITIVE_TOP], &c[POSITIVE]);
  }
  template <class Number>
  NEARMISS_INLINE Number positiveWeight(Number x, const Number* own, const Number*) const {
    return -(exp(x - own[POSITIVE_TOP]) * own[POSITIVE]);
  }
};

// NT-Xent (Chen et al., 2020; of several positives as pytorch-metric-learning has it): a term a positive, which stands
// alone against the negatives.
//
//   term = log(1 + sum over negatives of exp(x) / exp(x_p))
struct NtXent : Exponential {
  static constexpr bool SECOND_LOOK = true;
  enum { LOG_SUM = 2, POSITIVE, COEFFICIENTS };

  using Exponential::Exponential;
  void look(const Sums& sums, float* c) const { c[LOG_SUM] = float(larger(sums.far, -1e30)); }
  template <class Number>
  NEARMISS_INLINE Number lookTerm(Number x, const Number* own, const Number*) const {
    return softplus(own[LOG_SUM] - x);
  }
  template <class Number>
  NEARMISS_INLINE Number lookPull(Number x, const Number* own, const Number*) const {
    return logistic(own[LOG_SUM] - x);
  }
  void settle(Sums& sums) const { sums.counted[0] = sums.positives; }
  void coefficients(const Sums& sums, const double* share, float* c) const {
    spread(sums.negative, sums.far, share[0] * sums.pull, &c[TOP], &c[NEGATIVE]);
    c[POSITIVE] = float(share[0]);
  }
  template <class Number>
  NEARMISS_INLINE Number positiveWeight(Number x, const Number* own, const Number*) const {
    return -own[POSITIVE] * logistic(own[LOG_SUM] - x);
  }
};

// Multi-similarity (Wang et al., 2019, eq. 15), x a similarity:
//
//   term = log(1 + sum over positives of exp(-alpha (x - base))) / alpha + log(1 + sum over negatives of exp(beta (x - base))) / beta
struct MultiSimilarity : Plain {
  enum { POSITIVE_TOP = 2, POSITIVE, COEFFICIENTS };
  float alpha, beta, base;

  explicit MultiSimilarity(const double* p) : Plain(p), alpha(float(p[0])), beta(float(p[1])), base(float(p[2])) {}
  template <class Number>
  NEARMISS_INLINE Number negativeLogit(Number x) const {
    return (x - base) * beta;
  }
  template <class Number>
  NEARMISS_INLINE Number positiveLogit(Number x) const {
    return (x - base) * -alpha;
  }
  void settle(Sums& sums) const { oneTerm(sums, true, sums.positive.log1p() / alpha + sums.negative.log1p() / beta); }
  void coefficients(const Sums& sums, const double* share, float* c) const {
    spread(sums.negative, share[0], &c[TOP], &c[NEGATIVE]);
    spread(sums.positive, share[0], &c[POSITIVE_TOP], &c[POSITIVE]);
  }
  template <class Number>
  NEARMISS_INLINE Number negativeWeight(Number x, const Number* own) const {
    return exp(negativeLogit(x) - own[TOP]) * own[NEGATIVE];
  }
  template <class Number>
  NEARMISS_INLINE Number positiveWeight(Number x, const Number* own, const Number*) const {
    return -(exp(positiveLogit(x) - own[POSITIVE_TOP]) * own[POSITIVE]);
  }

 private:
  static void spread(const LogSum& sum, double share, float* top, float* factor) {
    *top = sum.rest == 0 ? 0 : float(sum.shift);
    *factor = sum.rest == 0 ? 0 : float(share * std::exp(*top - sum.log1p()));
  }
};

// Circle loss (Sun et al., 2020, eq. 6), x a similarity, its self-paced weights constant as in the paper:
//
//   term = softplus(log-sum-exp of positives' -gamma a_p (x - 1 + m) + log-sum-exp of negatives' gamma a_n (x - m)),
//   a_p = max(0, 1 + m - x), a_n = max(0, x + m)
struct Circle : Plain {
  enum { POSITIVE_TOP = 2, POSITIVE, COEFFICIENTS };
  float margin, gamma;

  explicit Circle(const double* p) : Plain(p), margin(float(p[0])), gamma(float(p[1])) {}
  template <class Number>
  NEARMISS_INLINE Number negativePace(Number x) const {
    return larger(x + margin, Number{}) * gamma;
  }
  template <class Number>
  NEARMISS_INLINE Number positivePace(Number x) const {
    return larger(1.f + margin - x, Number{}) * gamma;
  }
  template <class Number>
  NEARMISS_INLINE Number negativeLogit(Number x) const {
    return negativePace(x) * (x - margin);
  }
  template <class Number>
  NEARMISS_INLINE Number positiveLogit(Number x) const {
    return positivePace(x) * (1.f - margin - x);
  }
  void settle(Sums& sums) const {
    const bool there = sums.positive.rest > 0 && sums.negative.rest > 0;
    oneTerm(sums, true, there ? softplus(sums.near + sums.far) : 0);
  }
  void coefficients(const Sums& sums, const double* share, float* c) const {
    if (sums.positive.rest == 0 || sums.negative.rest == 0) return;
    const double slope = share[0] * logistic(sums.near + sums.far);
    Exponential::spread(sums.negative, sums.far, slope, &c[TOP], &c[NEGATIVE]);
    Exponential::spread(sums.positive, sums.near, slope, &c[POSITIVE_TOP], &c[POSITIVE]);
  }
  template <class Number>
  NEARMISS_INLINE Number negativeWeight(Number x, const Number* own) const {
    return exp(negativeLogit(x) - own[TOP]) * own[NEGATIVE] * negativePace(x);
  }
  template <class Number>
  NEARMISS_INLINE Number positiveWeight(Number x, const Number* own, const Number*) const {
    return -(exp(positiveLogit(x) - own[POSITIVE_TOP]) * own[POSITIVE] * positivePace(x));
  }
};

// Lifted structure (Oh Song et al., 2016, eq. 4), a term a positive pair (i, j); `away` as for contrastive, here 1:
//
//   term = max(0, J)^2 / 2,  J = log(sum over negatives k of i of exp(m_n - x_ik) + the same of j) + x_ij - m_p
//
// A row that is no anchor has no negatives and no share.
struct Lifted : Plain {
  static constexpr bool SECOND_LOOK = true;
  enum { LOG_SUM = 2, SHARE, POSITIVE, COEFFICIENTS };
  float positiveMargin, negativeMargin, away;

  explicit Lifted(const double* p) : Plain(p), positiveMargin(float(p[0])), negativeMargin(float(p[1])), away(float(p[2])) {}
  template <class Number>
  NEARMISS_INLINE Number negativeLogit(Number x) const {
    return (negativeMargin - x) * away;
  }
  template <class Number>
  NEARMISS_INLINE Number positiveLogit(Number x) const {
    return x;
  }
  template <class Number>
  NEARMISS_INLINE Number excess(Number x, const Number* own, const Number* other) const {
    const Number a = own[LOG_SUM], b = other[LOG_SUM];
    const Number both = larger(a, b) + log1p(exp(smaller(a, b) - larger(a, b)));
    return larger(both + (x - positiveMargin) * away, Number{});
  }
  void look(const Sums& sums, float* c) const {
    c[LOG_SUM] = float(larger(sums.far, -1e30));
    c[SHARE] = sums.positives > 0 ? float(sums.share[0]) : 0;
  }
  template <class Number>
  NEARMISS_INLINE Number lookTerm(Number x, const Number* own, const Number* other) const {
    const Number j = excess(x, own, other);
    return j * j * 0.5f;
  }
  template <class Number>
  NEARMISS_INLINE Number lookPull(Number x, const Number* own, const Number* other) const {
    return own[SHARE] * excess(x, own, other) * logistic(own[LOG_SUM] - other[LOG_SUM]);
  }
  template <class Number>
  NEARMISS_INLINE Number lookReach(Number x, const Number* own, const Number* other) const {
    return own[SHARE] * excess(x, own, other) * logistic(other[LOG_SUM] - own[LOG_SUM]);
  }
  void settle(Sums& sums) const { sums.counted[0] = sums.positives; }
  void coefficients(const Sums& sums, const double* share, float* c) const {
    Exponential::spread(sums.negative, sums.far, share[2] * sums.pull, &c[TOP], &c[NEGATIVE]);
    c[POSITIVE] = float(share[0]);
  }
  template <class Number>
  NEARMISS_INLINE Number negativeWeight(Number x, const Number* own) const {
    return -(exp(negativeLogit(x) - own[TOP]) * own[NEGATIVE]) * away;
  }
  template <class Number>
  NEARMISS_INLINE Number positiveWeight(Number x, const Number* own, const Number* other) const {
    return own[POSITIVE] * excess(x, own, other) * away;
  }
};

// Generalized lifted structure (Hermans et al., 2017, eq. 10), `away` as for contrastive; a sum there is none of is 0, not its log:
//
//   term = max(0, log-sum-exp of positives' away (x - m_p) + log-sum-exp of negatives' away (m_n - x))
struct GeneralizedLifted : Plain {
  enum { POSITIVE_TOP = 2, POSITIVE, COEFFICIENTS };
  float positiveMargin, negativeMargin, away;

  explicit GeneralizedLifted(const double* p) : Plain(p), positiveMargin(float(p[0])), negativeMargin(float(p[1])), away(float(p[2])) {}
  template <class Number>
  NEARMISS_INLINE Number negativeLogit(Number x) const {
    return (negativeMargin - x) * away;
  }
  template <class Number>
  NEARMISS_INLINE Number positiveLogit(Number x) const {
    return (x - positiveMargin) * away;
  }
  void settle(Sums& sums) const {
    const double both = (sums.positive.rest > 0 ? sums.near : 0) + (sums.negative.rest > 0 ? sums.far : 0);
    oneTerm(sums, true, both > 0 ? both : 0);
  }
  void coefficients(const Sums& sums, const double* share, float* c) const {
    if (sums.active[0] == 0) return;
    Exponential::spread(sums.negative, sums.far, share[0], &c[TOP], &c[NEGATIVE]);
    Exponential::spread(sums.positive, sums.near, share[0], &c[POSITIVE_TOP], &c[POSITIVE]);
  }
  template <class Number>
  NEARMISS_INLINE Number negativeWeight(Number x, const Number* own) const {
    return -(exp(negativeLogit(x) - own[TOP]) * own[NEGATIVE]) * away;
  }
  template <class Number>
  NEARMISS_INLINE Number positiveWeight(Number x, const Number* own, const Number*) const {
    return exp(positiveLogit(x) - own[POSITIVE_TOP]) * own[POSITIVE] * away;
  }
};

struct OfPairs : Plain {
  static constexpr Gathers GATHERS = Gathers::terms;
  using Plain::Plain;
};

// SigLIP (Zhai et al., 2023, algorithm 1): each pair a binary decision of its own, x + bias the logit.
struct Sigmoid : OfPairs {
  static constexpr bool ALWAYS_COUNTS = true;
  enum { SHARE, COEFFICIENTS };
  float bias;

  explicit Sigmoid(const double* p) : OfPairs(p), bias(float(p[0])) {}
  template <class Number>
  NEARMISS_INLINE Number negativeTerm(Number x) const {
    return softplus(x + bias);
  }
  template <class Number>
  NEARMISS_INLINE Number positiveTerm(Number x) const {
    return softplus(-x - bias);
  }
  void settle(Sums& sums) const { oneTerm(sums, true, sums.term[0] + sums.term[1]), sums.term[1] = sums.counted[1] = sums.active[1] = 0; }
  void coefficients(const Sums&, const double* share, float* c) const { c[SHARE] = float(share[0]); }
  template <class Number>
  NEARMISS_INLINE Number negativeWeight(Number x, const Number* own) const {
    return own[SHARE] * logistic(x + bias);
  }
  template <class Number>
  NEARMISS_INLINE Number positiveWeight(Number x, const Number* own, const Number*) const {
    return -own[SHARE] * logistic(-x - bias);
  }
};

// Contrastive (Hadsell et al., 2006, its hinges not squared, as pytorch-metric-learning has it): positives and negatives
// are each reduced alone. `away` is 1 where a larger x is farther and -1 where it is nearer.
//
//   term = max(0, away (x - m_p)) of a positive, max(0, away (m_n - x)) of a negative
struct Contrastive : OfPairs {
  enum { POSITIVE, NEGATIVE_SHARE, COEFFICIENTS };
  float positiveMargin, negativeMargin, away;

  explicit Contrastive(const double* p) : OfPairs(p), positiveMargin(float(p[0])), negativeMargin(float(p[1])), away(float(p[2])) {}
  template <class Number>
  NEARMISS_INLINE Number negativeTerm(Number x) const {
    return larger((negativeMargin - x) * away, Number{});
  }
  template <class Number>
  NEARMISS_INLINE Number positiveTerm(Number x) const {
    return larger((x - positiveMargin) * away, Number{});
  }
  void settle(Sums& sums) const {
    sums.counted[0] = sums.positives;
    sums.counted[1] = sums.negatives;
  }
  void coefficients(const Sums&, const double* share, float* c) const {
    c[POSITIVE] = float(share[0] * away);
    c[NEGATIVE_SHARE] = float(-share[1] * away);
  }
  template <class Number>
  NEARMISS_INLINE Number negativeWeight(Number x, const Number* own) const {
    return select((negativeMargin - x) * away > 0, own[NEGATIVE_SHARE], Number{});
  }
  template <class Number>
  NEARMISS_INLINE Number positiveWeight(Number x, const Number* own, const Number*) const {
    return select((x - positiveMargin) * away > 0, own[POSITIVE], Number{});
  }
};

}  // namespace NEARMISS_ISA
}  // namespace nearmiss
