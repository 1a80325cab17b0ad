// Functions of one number each that stand between the layers of a network, and their chain rules.
#pragma once

#include "pool.h"
#include "rows.h"
#include "table.h"
#include "vec.h"

namespace nearmiss {
namespace NEARMISS_ISA {

// x Phi(x), Phi the normal distribution. Its tail beyond |x| is a polynomial times exp(-x^2 / 2), absolute error 7.5e-8 (Abramowitz and
// Stegun, Handbook of Mathematical Functions, 7.1.26), and the density has the same exp.
struct Gelu {
  NEARMISS_INLINE Vec below(Vec x, Vec bell) const {
    const Vec t = 1.f / (absolute(x) * 0.231641888f + 1.f);  // 0.3275911 / sqrt(2)
    Vec p = all(0.5307027145f);                              // half of theirs
    p = p * t + -0.7265760135f;
    p = p * t + 0.7107068705f;
    p = p * t + -0.142248368f;
    p = p * t + 0.127414796f;
    const Vec tail = p * t * bell;
    return select(x > 0.f, 1.f - tail, tail);
  }
  NEARMISS_INLINE Vec value(Vec x) const { return x * below(x, exp(x * x * -0.5f)); }
  NEARMISS_INLINE Vec slope(Vec x) const {
    const Vec bell = exp(x * x * -0.5f);
    return below(x, bell) + x * bell * 0.39894228f;  // 1 / sqrt(2 pi)
  }
};

// max(x, 0), with slope 0 at 0
struct Relu {
  NEARMISS_INLINE Vec value(Vec x) const { return select(x < 0.f, Vec{}, x); }
  NEARMISS_INLINE Vec slope(Vec x) const { return select(x > 0.f, all(1.f), Vec{}); }
};

template <class Put>
NEARMISS_INLINE void writeAll(float* out, long size, const Put& put) {
  constexpr long TASK = 4096;
  parallel((size + TASK - 1) / TASK, [&](long task, int) {
    const long first = task * TASK, length = size - first < TASK ? size - first : TASK;
    writeEach(out + first, length, false, [&](long k, long count) { return put(first + k, count); });
  });
}

template <class Function>
NEARMISS_INLINE void activate(const Activation& in, const Function& function) {
  if (in.upstream == nullptr) {
    writeAll(in.out, in.size, [&](long e, long count) { return function.value(loadSome(in.x + e, count)); });
  } else {
    writeAll(in.out, in.size, [&](long e, long count) {
      return function.slope(loadSome(in.x + e, count)) * loadSome(in.upstream + e, count);
    });
  }
}

inline void activation(const Activation& in) {
  switch (in.kind) {
    case ActivationKind::gelu: return activate(in, Gelu{});
    case ActivationKind::relu: return activate(in, Relu{});
  }
}

}  // namespace NEARMISS_ISA
}  // namespace nearmiss
