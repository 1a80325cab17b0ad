// What JavaScript sees. Shapes were checked on that side; whole matrices cross, never rows.
#include <dlfcn.h>
#include <node_api.h>

#include <atomic>
#include <cstring>
#include <vector>

#include "pool.h"
#include "table.h"

namespace nearmiss {
namespace {

// The tables this CPU can run, the widest first.
std::vector<const Table*> runnable() {
  std::vector<const Table*> tables;
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512bw")) {
    tables.push_back(&table_avx512);
  }
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) tables.push_back(&table_avx2);
#endif
  tables.push_back(&table_baseline);
  return tables;
}

std::atomic<const Table*>& picked() {
  static std::atomic<const Table*> one{runnable().front()};
  return one;
}

const Table& table() { return *picked().load(std::memory_order_relaxed); }

template <size_t COUNT>
struct Arguments {
  napi_env env;
  napi_value values[COUNT];

  Arguments(napi_env e, napi_callback_info info) : env(e) {
    size_t count = COUNT;
    napi_get_cb_info(env, info, &count, values, nullptr, nullptr);
  }
  double number(size_t i) const {
    double value = 0;
    napi_get_value_double(env, values[i], &value);
    return value;
  }
  template <class Number>
  Number* array(size_t i) const {
    void* data = nullptr;
    napi_get_typedarray_info(env, values[i], nullptr, nullptr, &data, nullptr, nullptr);
    return static_cast<Number*>(data);
  }
};

// Bytes that a call may keep of what it would otherwise compute twice.
std::atomic<double> budget{256.0 * (1 << 20)};

napi_value useBudget(napi_env env, napi_callback_info info) {
  budget = Arguments<1>(env, info).number(0);
  return nullptr;
}

// product(a, aRows, aCols, aByRows, b, bRows, bCols, bByRows, out): rows and cols as the product sees them; an operand not
// by rows is stored transposed
napi_value product(napi_env env, napi_callback_info info) {
  const Arguments<9> given(env, info);
  const auto operand = [&](size_t at) {
    const long rows = given.number(at + 1), cols = given.number(at + 2);
    const bool byRows = given.number(at + 3) != 0;
    return Strided{given.array<float>(at), rows, cols, byRows ? cols : 1, byRows ? 1 : rows};
  };
  table().product(operand(0), operand(4), given.array<float>(8));
  return nullptr;
}

// normalize(x, rows, cols, unit, norms)
napi_value normalize(napi_env env, napi_callback_info info) {
  const Arguments<5> given(env, info);
  table().normalize(given.array<float>(0), given.number(1), given.number(2), given.array<float>(3), given.array<double>(4));
  return nullptr;
}

// normalizeBackward(unit, norms, upstream, rows, cols, out)
napi_value normalizeBackward(napi_env env, napi_callback_info info) {
  const Arguments<6> given(env, info);
  table().normalizeBackward(given.array<float>(0), given.array<double>(1), given.array<float>(2), given.number(3), given.number(4),
                            given.array<float>(5));
  return nullptr;
}

// softmaxCrossEntropy(logits, rows, classes, labels, ignored, smoothing, upstream, gradient, terms): the sum of the terms
napi_value softmaxCrossEntropy(napi_env env, napi_callback_info info) {
  const Arguments<9> given(env, info);
  SoftmaxCrossEntropy input{};
  input.logits = given.array<float>(0);
  input.rows = given.number(1);
  input.classes = given.number(2);
  input.labels = given.array<int32_t>(3);
  input.ignored = given.number(4);
  input.smoothing = given.number(5);
  input.upstream = given.number(6);
  input.gradient = given.array<float>(7);
  input.terms = given.array<float>(8);
  table().softmaxCrossEntropy(input);
  napi_value sum;
  napi_create_double(env, input.sum, &sum);
  return sum;
}

// infoNce(anchors, positives, negatives, rows, dim, count, offsets, scale, upstream, bothWays, droppedOffsets, dropped, masks, items, negativeItems,
//         labels, negativeLabels, dAnchors, dPositives, dNegatives, terms, sums): sums[0] is that of the terms, sums[1] the gradient of scale. What there is none
// of is null.
napi_value infoNce(napi_env env, napi_callback_info info) {
  const Arguments<22> given(env, info);
  PairSoftmax input{};
  input.anchors = given.array<float>(0);
  input.positives = given.array<float>(1);
  input.negatives = given.array<float>(2);
  input.rows = given.number(3);
  input.dim = given.number(4);
  input.count = given.number(5);
  input.offsets = given.array<uint32_t>(6);
  input.scale = given.number(7);
  input.upstream = given.number(8);
  input.bothWays = given.number(9) != 0;
  input.budget = budget;
  input.droppedOffsets = given.array<uint32_t>(10);
  input.dropped = given.array<uint32_t>(11);
  input.masks = given.number(12);
  for (int m = 0; m < input.masks; m++) {
    input.itemKeys[m] = given.array<int32_t>(13 + 2 * m);
    input.negativeKeys[m] = given.array<int32_t>(14 + 2 * m);
  }
  input.dAnchors = given.array<float>(17);
  input.dPositives = given.array<float>(18);
  input.dNegatives = given.array<float>(19);
  input.terms = given.array<float>(20);
  table().infoNce(input);
  double* sums = given.array<double>(21);
  sums[0] = input.sum;
  sums[1] = input.scaleGradient;
  return nullptr;
}

// topK(query, queries, corpus, rows, dim, k, similarity, ids, classes, queryClass, allowed, allowedBytes, excludedOffsets, excluded,
//      bestRows, bestScores, found): similarity is 0 for dot, 1 for cosine, 2 for euclidean. What there is none of is null.
napi_value topK(napi_env env, napi_callback_info info) {
  const Arguments<17> given(env, info);
  TopK input{};
  input.query = given.array<float>(0);
  input.queries = given.number(1);
  input.corpus = given.array<float>(2);
  input.rows = given.number(3);
  input.dim = given.number(4);
  input.k = given.number(5);
  input.similarity = static_cast<Similarity>(static_cast<int>(given.number(6)));
  input.ids = given.array<uint32_t>(7);
  input.classes = given.array<int32_t>(8);
  input.queryClass = given.array<int32_t>(9);
  input.allowed = given.array<uint8_t>(10);
  input.allowedBytes = given.number(11);
  input.excludedOffsets = given.array<uint32_t>(12);
  input.excluded = given.array<uint32_t>(13);
  input.bestRows = given.array<uint32_t>(14);
  input.bestScores = given.array<float>(15);
  input.found = given.array<uint32_t>(16);
  table().topK(input);
  return nullptr;
}

// adamW(parameter, gradient, mean, square, size, rate, beta1, beta2, epsilon, decay, meanFilled, squareFilled)
napi_value adamW(napi_env env, napi_callback_info info) {
  const Arguments<12> given(env, info);
  AdamW input{};
  input.parameter = given.array<float>(0);
  input.gradient = given.array<float>(1);
  input.mean = given.array<float>(2);
  input.square = given.array<float>(3);
  input.size = given.number(4);
  input.rate = given.number(5);
  input.beta1 = given.number(6);
  input.beta2 = given.number(7);
  input.epsilon = given.number(8);
  input.decay = given.number(9);
  input.meanFilled = given.number(10);
  input.squareFilled = given.number(11);
  table().adamW(input);
  return nullptr;
}

napi_value useThreads(napi_env env, napi_callback_info info) {
  setThreads(static_cast<int>(Arguments<1>(env, info).number(0)));
  return nullptr;
}

// useInstructionSet(name): whether this CPU has it
napi_value useInstructionSet(napi_env env, napi_callback_info info) {
  char name[32] = "";
  napi_get_value_string_utf8(env, Arguments<1>(env, info).values[0], name, sizeof name, nullptr);
  bool found = false;
  for (const Table* each : runnable()) {
    if (std::strcmp(each->name, name) != 0) continue;
    picked() = each;
    found = true;
  }
  napi_value result;
  napi_get_boolean(env, found, &result);
  return result;
}

napi_value instructionSet(napi_env env, napi_callback_info) {
  napi_value name;
  napi_create_string_utf8(env, table().name, NAPI_AUTO_LENGTH, &name);
  return name;
}

// Threads of the pool run in this library: a Worker that loaded it and exits must not unmap it under them.
void stayLoaded() {
  Dl_info self;
  if (dladdr(reinterpret_cast<void*>(&stayLoaded), &self) != 0) dlopen(self.dli_fname, RTLD_NOW | RTLD_NODELETE);
}

napi_value init(napi_env env, napi_value exports) {
  stayLoaded();
  const struct {
    const char* name;
    napi_callback call;
  } functions[] = {
      {"product", product},
      {"normalize", normalize},
      {"normalizeBackward", normalizeBackward},
      {"softmaxCrossEntropy", softmaxCrossEntropy},
      {"infoNce", infoNce},
      {"topK", topK},
      {"adamW", adamW},
      {"useThreads", useThreads},
      {"useBudget", useBudget},
      {"instructionSet", instructionSet},
      {"useInstructionSet", useInstructionSet},
  };
  for (const auto& [name, call] : functions) {
    napi_value function;
    napi_create_function(env, name, NAPI_AUTO_LENGTH, call, nullptr, &function);
    napi_set_named_property(env, exports, name, function);
  }
  return exports;
}

}  // namespace
}  // namespace nearmiss

NAPI_MODULE(nearmiss, nearmiss::init)
