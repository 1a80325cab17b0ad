// Vectors of the instruction set this file is compiled for. Everything is inline and lives in a namespace of that
// instruction set: no symbol is shared between objects, so that no linker keeps the wrong one.
#pragma once

#include <cmath>
#include <cstdint>
#if defined(__SSE2__)
#include <immintrin.h>
#endif

#ifndef NEARMISS_ISA
#error "compile with -DNEARMISS_ISA=name"
#endif

#if defined(__AVX512F__)
#define NEARMISS_LANES 16
#elif defined(__AVX__)
#define NEARMISS_LANES 8
#else
#define NEARMISS_LANES 4
#endif

#define NEARMISS_INLINE inline __attribute__((always_inline))

namespace nearmiss {
namespace NEARMISS_ISA {

constexpr int LANES = NEARMISS_LANES;

typedef float Vec __attribute__((vector_size(LANES * 4)));
typedef int32_t IntVec __attribute__((vector_size(LANES * 4)));
typedef uint32_t Bits __attribute__((vector_size(LANES * 4)));  // which may wrap
// a typed array of JavaScript may start at any multiple of 4 bytes: an aligned load would fault
typedef float Unaligned __attribute__((vector_size(LANES * 4), aligned(4), may_alias));

typedef int32_t UnalignedInt __attribute__((vector_size(LANES * 4), aligned(4), may_alias));

NEARMISS_INLINE IntVec load(const int32_t* from) { return *reinterpret_cast<const UnalignedInt*>(from); }
NEARMISS_INLINE Vec load(const float* from) { return *reinterpret_cast<const Unaligned*>(from); }
NEARMISS_INLINE void store(float* to, Vec v) { *reinterpret_cast<Unaligned*>(to) = v; }
NEARMISS_INLINE void store(int32_t* to, IntVec v) { *reinterpret_cast<UnalignedInt*>(to) = v; }
// 0, 1, 2 ...
NEARMISS_INLINE IntVec lanes() {
  IntVec each{};
  for (int lane = 0; lane < LANES; lane++) each[lane] = lane;
  return each;
}
NEARMISS_INLINE Vec all(float x) { return x - Vec{}; }
NEARMISS_INLINE IntVec all(int32_t x) { return x - IntVec{}; }
NEARMISS_INLINE Vec larger(Vec a, Vec b) { return a > b ? a : b; }
NEARMISS_INLINE Vec smaller(Vec a, Vec b) { return a < b ? a : b; }

// four numbers, whatever the lanes
typedef float Four __attribute__((vector_size(16)));
typedef float UnalignedFour __attribute__((vector_size(16), aligned(4), may_alias));
typedef double WideFour __attribute__((vector_size(32)));
NEARMISS_INLINE Four loadFour(const float* from) { return *reinterpret_cast<const UnalignedFour*>(from); }
NEARMISS_INLINE void storeFour(float* to, Four v) { *reinterpret_cast<UnalignedFour*>(to) = v; }
#if defined(__clang__)
#define NEARMISS_SHUFFLE(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#else
#define NEARMISS_SHUFFLE(a, b, ...) __builtin_shuffle(a, b, IntFour{__VA_ARGS__})
#endif
typedef int32_t IntFour __attribute__((vector_size(16)));
// rows to columns
NEARMISS_INLINE void turn(Four (&x)[4]) {
  const Four low[2] = {NEARMISS_SHUFFLE(x[0], x[1], 0, 4, 1, 5), NEARMISS_SHUFFLE(x[2], x[3], 0, 4, 1, 5)};
  const Four high[2] = {NEARMISS_SHUFFLE(x[0], x[1], 2, 6, 3, 7), NEARMISS_SHUFFLE(x[2], x[3], 2, 6, 3, 7)};
  x[0] = NEARMISS_SHUFFLE(low[0], low[1], 0, 1, 4, 5);
  x[1] = NEARMISS_SHUFFLE(low[0], low[1], 2, 3, 6, 7);
  x[2] = NEARMISS_SHUFFLE(high[0], high[1], 0, 1, 4, 5);
  x[3] = NEARMISS_SHUFFLE(high[0], high[1], 2, 3, 6, 7);
}

// float64, of half as many lanes
typedef double Wide __attribute__((vector_size(LANES * 4)));
typedef float HalfVec __attribute__((vector_size(LANES * 2)));
typedef float UnalignedHalf __attribute__((vector_size(LANES * 2), aligned(4), may_alias));
constexpr long HALF = LANES / 2;
NEARMISS_INLINE Wide widen(const float* from) { return __builtin_convertvector(*reinterpret_cast<const UnalignedHalf*>(from), Wide); }
NEARMISS_INLINE void narrow(float* to, Wide v) { *reinterpret_cast<UnalignedHalf*>(to) = __builtin_convertvector(v, HalfVec); }
// the same, of a product that is rounded before it is added to anything: a compiler may not fuse the two
NEARMISS_INLINE Wide rounded(Wide product) {
#if defined(__x86_64__)
  asm("" : "+v"(product));
#elif defined(__aarch64__)
  asm("" : "+w"(product));
#endif
  return product;
}
NEARMISS_INLINE Wide larger(Wide a, Wide b) { return a > b ? a : b; }
NEARMISS_INLINE double sum(Wide v) {
  double total = 0;
  for (int lane = 0; lane < HALF; lane++) total += v[lane];
  return total;
}

// whether a comparison holds in any lane
NEARMISS_INLINE bool any(IntVec held) {
#if defined(__AVX512F__)
  return _mm512_test_epi32_mask(reinterpret_cast<__m512i>(held), reinterpret_cast<__m512i>(held)) != 0;
#elif defined(__AVX__)
  return _mm256_movemask_ps(reinterpret_cast<__m256>(held)) != 0;
#elif defined(__SSE2__)
  return _mm_movemask_ps(reinterpret_cast<__m128>(held)) != 0;
#else
  int32_t some = 0;
  for (int lane = 0; lane < LANES; lane++) some |= held[lane];
  return some != 0;
#endif
}

// in how many lanes it holds
NEARMISS_INLINE int howMany(IntVec held) {
#if defined(__AVX512F__)
  return __builtin_popcount(_mm512_test_epi32_mask(reinterpret_cast<__m512i>(held), reinterpret_cast<__m512i>(held)));
#elif defined(__AVX__)
  return __builtin_popcount(_mm256_movemask_ps(reinterpret_cast<__m256>(held)));
#elif defined(__SSE2__)
  return __builtin_popcount(_mm_movemask_ps(reinterpret_cast<__m128>(held)));
#else
  int count = 0;
  for (int lane = 0; lane < LANES; lane++) count -= held[lane];
  return count;
#endif
}

// x of either sign, as a positive number
NEARMISS_INLINE Vec absolute(Vec x) { return larger(x, -x); }

// The first `count` numbers, at most LANES, and `rest` in the other lanes.
NEARMISS_INLINE Vec loadSome(const float* from, long count, float rest = 0) {
  if (count >= LANES) return load(from);
#if defined(__AVX512F__)
  return reinterpret_cast<Vec>(_mm512_mask_loadu_ps(reinterpret_cast<__m512>(all(rest)), __mmask16((1u << count) - 1), from));
#else
  Vec v = all(rest);
  for (long lane = 0; lane < count; lane++) v[lane] = from[lane];
  return v;
#endif
}

// Writes the first `count` lanes, at most LANES.
NEARMISS_INLINE void storeSome(float* to, Vec v, long count) {
  if (count >= LANES) return store(to, v);
  for (long lane = 0; lane < count; lane++) to[lane] = v[lane];
}

// -1 in the first `count` lanes, 0 in the others
NEARMISS_INLINE IntVec firstLanes(long count) {
  IntVec lanes{};
  for (int lane = 0; lane < LANES; lane++) lanes[lane] = lane;
  return lanes < int32_t(count) - IntVec{};
}

// Writes past the caches, to where `to` is aligned to a whole vector: for results larger than they are, which would first be
// read into them. Others see it after endStream().
NEARMISS_INLINE void stream(float* to, Vec v) {
#if defined(__clang__)
  __builtin_nontemporal_store(v, reinterpret_cast<Vec*>(to));
#elif defined(__AVX512F__)
  __builtin_ia32_movntps512(to, v);
#elif defined(__AVX__)
  __builtin_ia32_movntps256(to, v);
#elif defined(__SSE__)
  __builtin_ia32_movntps(to, v);
#else
  store(to, v);
#endif
}

NEARMISS_INLINE void endStream() {
#if defined(__SSE__)
  __builtin_ia32_sfence();
#endif
}

// body(k, count) for numbers k ... k + count - 1 of a row, count = LANES but for the last
template <class Body>
NEARMISS_INLINE void eachVector(long length, const Body& body) {
  long k = 0;
  for (; k + LANES <= length; k += LANES) body(k, long{LANES});
  if (k < length) body(k, length - k);
}

// The same, and put(k, count) gives what is written to out[k] ... out[k + count - 1]. Streamed, whole vectors begin where `out`
// is aligned.
template <class Put>
NEARMISS_INLINE void writeEach(float* out, long length, bool streamed, const Put& put) {
  constexpr long WHOLE = LANES * sizeof(float);
  long k = 0;
  if (streamed) {
    k = (WHOLE - long(reinterpret_cast<uintptr_t>(out) % WHOLE)) % WHOLE / long(sizeof(float));
    k = k < length ? k : length;
    if (k > 0) storeSome(out, put(0, k), k);
    for (; k + LANES <= length; k += LANES) stream(out + k, put(k, long{LANES}));
  } else {
    for (; k + LANES <= length; k += LANES) store(out + k, put(k, long{LANES}));
  }
  if (k < length) storeSome(out + k, put(k, length - k), length - k);
}

NEARMISS_INLINE double sum(Vec v) {
  double total = 0;
  for (int lane = 0; lane < LANES; lane++) total += v[lane];
  return total;
}

// The same in float32, half to half.
NEARMISS_INLINE float addedUp(Vec v) {
  float total[LANES];
  store(total, v);
  for (int half = LANES / 2; half > 0; half /= 2) {
    for (int lane = 0; lane < half; lane++) total[lane] += total[lane + half];
  }
  return total[0];
}

NEARMISS_INLINE float largest(Vec v) {
  float most = v[0];
  for (int lane = 1; lane < LANES; lane++) most = v[lane] > most ? v[lane] : most;
  return most;
}

// exp(x), relative error about 1e-7; 0 below -87.33, where float32 leaves its normal numbers (Cody and Waite reduction,
// Cephes' polynomial)
NEARMISS_INLINE Vec exp(Vec x) {
  const Vec least = all(-87.33f);
  const Vec clamped = smaller(x, all(88.37f));  // what comes of numbers below least is not looked at
  const Vec shifter = all(12582912.f);  // 1.5 * 2^23: adding it rounds to a whole number in the low bits
  const Vec shifted = clamped * all(1.44269504f) + shifter;
  const Vec whole = shifted - shifter;
  const Vec r = whole * all(2.12194440e-4f) + (whole * all(-0.693359375f) + clamped);
  Vec p = all(1.9875691500e-4f);
  p = p * r + all(1.3981999507e-3f);
  p = p * r + all(8.3334519073e-3f);
  p = p * r + all(4.1665795894e-2f);
  p = p * r + all(1.6666665459e-1f);
  p = p * r + all(5.0000001201e-1f);
  p = p * (r * r) + (r + all(1.f));
  const Vec scaled = reinterpret_cast<Vec>(reinterpret_cast<Bits>(p) + (reinterpret_cast<Bits>(shifted) << 23));
  return x < least ? Vec{} : scaled;
}

// log(1 + x) for x in [0, 1], relative error about 1e-7: 2 atanh(z) = 2 (z + z^3/3 + z^5/5 + ...), z = x / (2 + x) <= 1/3
NEARMISS_INLINE Vec log1p(Vec x) {
  const Vec z = x / (x + 2.f), square = z * z;
  Vec p = all(2.f / 15);
  p = p * square + all(2.f / 13);
  p = p * square + all(2.f / 11);
  p = p * square + all(2.f / 9);
  p = p * square + all(2.f / 7);
  p = p * square + all(2.f / 5);
  p = p * square + all(2.f / 3);
  return z * (square * p + 2.f);
}

// log(x) for x >= 0, relative error about 1e-7; minus infinity at 0. x = 2^whole m with m in [sqrt(1/2), sqrt(2)), and log m is a
// series as above, z = (m - 1) / (m + 1), |z| <= 0.172.
NEARMISS_INLINE Vec log(Vec x) {
  // numbers below float32's normal ones are lifted to them
  const IntVec small = x < 1.17549435e-38f;
  const Vec lifted = small ? x * 8388608.f : x;
  const IntVec bits = reinterpret_cast<IntVec>(lifted);
  // as far as the bits of x are from those of sqrt(1/2), in whole powers of 2
  const IntVec exponent = (bits - 0x3f3504f3) >> 23;
  const Vec m = reinterpret_cast<Vec>(reinterpret_cast<Bits>(bits) - (reinterpret_cast<Bits>(exponent) << 23));
  const Vec whole = __builtin_convertvector(exponent, Vec) - (small ? all(23.f) : Vec{});
  const Vec z = (m - 1.f) / (m + 1.f), square = z * z;
  Vec p = all(2.f / 9);
  p = p * square + all(2.f / 7);
  p = p * square + all(2.f / 5);
  p = p * square + all(2.f / 3);
  const Vec near = z * (square * p + 2.f);
  // log 2 in two parts, the first of few digits: whole multiples of it are exact
  const Vec found = whole * 0.693359375f + (whole * -2.12194440e-4f + near);
  return x > 0.f ? found : all(-INFINITY);
}

NEARMISS_INLINE Vec sqrt(Vec x) {
  for (int lane = 0; lane < LANES; lane++) x[lane] = __builtin_sqrtf(x[lane]);
  return x;
}

NEARMISS_INLINE Wide sqrt(Wide x) {
#if defined(__AVX512F__)
  return _mm512_maskz_sqrt_pd(0xff, x);
#elif defined(__AVX__)
  return _mm256_sqrt_pd(x);
#elif defined(__SSE2__)
  return _mm_sqrt_pd(x);
#else
  for (int lane = 0; lane < HALF; lane++) x[lane] = __builtin_sqrt(x[lane]);
  return x;
#endif
}

NEARMISS_INLINE Vec select(IntVec where, Vec yes, Vec no) { return where ? yes : no; }

// The same of one number in float64, so that a formula stands once for both.
NEARMISS_INLINE double exp(double x) { return std::exp(x); }
NEARMISS_INLINE double log(double x) { return std::log(x); }
NEARMISS_INLINE double log1p(double x) { return std::log1p(x); }
NEARMISS_INLINE double sqrt(double x) { return std::sqrt(x); }
NEARMISS_INLINE double larger(double a, double b) { return a > b ? a : b; }
NEARMISS_INLINE double smaller(double a, double b) { return a < b ? a : b; }
NEARMISS_INLINE double select(bool where, double yes, double no) { return where ? yes : no; }

// log(1 + exp(x)) and its slope, for a vector or a number
template <class Number>
NEARMISS_INLINE Number softplus(Number x) {
  return larger(x, Number{}) + log1p(exp(-larger(x, -x)));
}
template <class Number>
NEARMISS_INLINE Number logistic(Number x) {
  const Number e = exp(-larger(x, -x)), one = Number{} + 1.f;
  return select(x > 0, one, e) / (one + e);
}

}  // namespace NEARMISS_ISA
}  // namespace nearmiss
