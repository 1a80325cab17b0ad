// What JavaScript sees. Shapes were checked on that side; whole matrices cross, never rows.
#include <dlfcn.h>
#include <node_api.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <functional>
#include <new>
#include <optional>
#include <string>
#include <vector>

#include "calls.h"
#include "graph-calls.h"
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
    if (__builtin_cpu_supports("avx512bf16")) tables.push_back(&table_avx512bf16);
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

// Bytes that a call may keep of what it would otherwise compute twice.
std::atomic<double> budget{96.0 * (1 << 20)};

// whether tiles of pairs that weigh next to nothing are left out
std::atomic<bool> skipping{true};

napi_value useSkipping(napi_env env, napi_callback_info info) {
  skipping = Arguments(env, info).number(0) != 0;
  return nullptr;
}

napi_value useBudget(napi_env env, napi_callback_info info) {
  budget = Arguments(env, info).number(0);
  return nullptr;
}

// product(a, aRows, aCols, aByRows, b, bRows, bCols, bByRows, out): rows and cols as the product sees them; an operand not
// by rows is stored transposed
Work product(const Arguments& given) {
  const auto operand = [&](size_t at) {
    const long rows = given.number(at + 1), cols = given.number(at + 2);
    const bool byRows = given.number(at + 3) != 0;
    return Strided{given.array<float>(at), rows, cols, byRows ? cols : 1, byRows ? 1 : rows};
  };
  return [a = operand(0), b = operand(4), out = given.array<float>(8)] { table().product(a, b, out); };
}

// normalize(x, rows, cols, unit, norms)
Work normalize(const Arguments& given) {
  return [x = given.array<float>(0), rows = long(given.number(1)), cols = long(given.number(2)), unit = given.array<float>(3),
          norms = given.array<double>(4)] { table().normalize(x, rows, cols, unit, norms); };
}

// normalizeBackward(unit, norms, upstream, rows, cols, out)
Work normalizeBackward(const Arguments& given) {
  return [unit = given.array<float>(0), norms = given.array<double>(1), upstream = given.array<float>(2), rows = long(given.number(3)),
          cols = long(given.number(4)), out = given.array<float>(5)] { table().normalizeBackward(unit, norms, upstream, rows, cols, out); };
}

// rowProducts(x, y, rows, cols, products)
Work rowProducts(const Arguments& given) {
  return [x = given.array<float>(0), y = given.array<float>(1), rows = long(given.number(2)), cols = long(given.number(3)),
          products = given.array<double>(4)] { table().rowProducts(x, y, rows, cols, products); };
}

// blendRows(x, y, ofX, ofY, rows, cols, out)
Work blendRows(const Arguments& given) {
  return [x = given.array<float>(0), y = given.array<float>(1), ofX = given.array<double>(2), ofY = given.array<double>(3),
          rows = long(given.number(4)), cols = long(given.number(5)),
          out = given.array<float>(6)] { table().blendRows(x, y, ofX, ofY, rows, cols, out); };
}

// softmaxCrossEntropy(logits, rows, classes, labels, ignored, targets, weights, smoothing, upstream, gradient, terms, sum, targetGradient):
// sum[0] is that of the terms. What there is none of is null.
Work softmaxCrossEntropy(const Arguments& given) {
  SoftmaxCrossEntropy input{};
  input.logits = given.array<float>(0);
  input.rows = given.number(1);
  input.classes = given.number(2);
  input.labels = given.array<int32_t>(3);
  input.ignored = given.number(4);
  input.targets = given.array<float>(5);
  input.weights = given.array<float>(6);
  input.smoothing = given.number(7);
  input.upstream = given.number(8);
  input.gradient = given.array<float>(9);
  input.terms = given.array<float>(10);
  input.targetGradient = given.array<float>(12);
  return [input, sum = given.array<double>(11)]() mutable {
    table().softmaxCrossEntropy(input);
    sum[0] = input.sum;
  };
}

// logSoftmax(x, rows, cols, out)
Work logSoftmax(const Arguments& given) {
  return [x = given.array<float>(0), rows = long(given.number(1)), cols = long(given.number(2)),
          out = given.array<float>(3)] { table().logSoftmax(x, rows, cols, out); };
}

// logSoftmaxBackward(value, upstream, rows, cols, out)
Work logSoftmaxBackward(const Arguments& given) {
  return [value = given.array<float>(0), upstream = given.array<float>(1), rows = long(given.number(2)), cols = long(given.number(3)),
          out = given.array<float>(4)] { table().logSoftmaxBackward(value, upstream, rows, cols, out); };
}

// softmax(x, rows, cols, upstream, out): upstream a number a row, or null
Work softmax(const Arguments& given) {
  return [x = given.array<float>(0), rows = long(given.number(1)), cols = long(given.number(2)), upstream = given.array<double>(3),
          out = given.array<float>(4)] { table().softmax(x, upstream, rows, cols, out); };
}

// softmaxBackward(value, upstream, rows, cols, out)
Work softmaxBackward(const Arguments& given) {
  return [value = given.array<float>(0), upstream = given.array<float>(1), rows = long(given.number(2)), cols = long(given.number(3)),
          out = given.array<float>(4)] { table().softmaxBackward(value, upstream, rows, cols, out); };
}

// logSumExp(x, rows, cols, out)
Work logSumExp(const Arguments& given) {
  return [x = given.array<float>(0), rows = long(given.number(1)), cols = long(given.number(2)),
          out = given.array<double>(3)] { table().logSumExp(x, rows, cols, out); };
}

// elementwise(kind, predictions, targets, weights, columns, rows, cols, parameter, upstream, gradient, terms, sums, targetGradient,
//             focal): kind is the number of an ElementwiseKind; sums[0] is that of the terms, sums[1] how many are above zero; focal is
//             what positives and negatives weigh, and epsilon. What there is none of is null.
Work elementwise(const Arguments& given) {
  Elementwise input{};
  input.kind = static_cast<ElementwiseKind>(static_cast<int>(given.number(0)));
  input.predictions = given.array<float>(1);
  input.targets = given.array<float>(2);
  input.weights = given.array<float>(3);
  input.columns = given.array<float>(4);
  input.rows = given.number(5);
  input.cols = given.number(6);
  input.parameter = given.number(7);
  input.upstream = given.number(8);
  input.gradient = given.array<float>(9);
  input.terms = given.array<float>(10);
  input.targetGradient = given.array<float>(12);
  if (const double* focal = given.array<double>(13)) {
    input.positive = focal[0];
    input.negative = focal[1];
    input.epsilon = focal[2];
  }
  return [input, sums = given.array<double>(11)]() mutable {
    table().elementwise(input);
    sums[0] = input.sum;
    sums[1] = input.active;
  };
}

// firstOutside(x, size, least, most, found)
Work firstOutside(const Arguments& given) {
  return [x = given.array<float>(0), size = long(given.number(1)), least = float(given.number(2)), most = float(given.number(3)),
          found = given.array<double>(4)] { found[0] = table().firstOutside(x, size, least, most); };
}

// pairs(anchors, positives, others, offsets, shape, loss, parameters, droppedOffsets, dropped, classes, otherClasses, items,
//       otherItems, labels, otherLabels, dAnchors, dPositives, dOthers, terms, results, weights, added, positiveOffsets,
//       listedPositives, negativeOffsets, listedNegatives, pulls): shape is rows, dim, others, normalized, euclidean, bothWays, scale,
//       reduction, squared, alone, hardness, hardened; results are value, gradients of
//       scale and bias, active terms and tiles left out. What there is none of is null.
Work pairs(const Arguments& given) {
  Pairs input{};
  input.anchors = given.array<float>(0);
  input.positives = given.array<float>(1);
  input.others = given.array<float>(2);
  input.offsets = given.array<uint32_t>(3);
  const double* shape = given.array<double>(4);
  input.rows = shape[0];
  input.dim = shape[1];
  input.count = shape[2];
  input.normalized = shape[3] != 0;
  input.euclidean = shape[4] != 0;
  input.bothWays = shape[5] != 0;
  input.scale = shape[6];
  input.reduction = static_cast<Reduction>(static_cast<int>(shape[7]));
  input.squared = shape[8] != 0;
  input.alone = shape[9] != 0;
  input.hardness = shape[10];
  input.hardened = shape[11];
  input.loss = static_cast<PairLoss>(static_cast<int>(given.number(5)));
  input.parameters = given.array<double>(6);
  input.droppedOffsets = given.array<uint32_t>(7);
  input.dropped = given.array<uint32_t>(8);
  input.classes = given.array<int32_t>(9);
  input.otherClasses = given.array<int32_t>(10);
  for (size_t mask = 11; mask <= 13; mask += 2) {
    if (given.array<int32_t>(mask) == nullptr) continue;
    input.itemKeys[input.masks] = given.array<int32_t>(mask);
    input.otherKeys[input.masks++] = given.array<int32_t>(mask + 1);
  }
  input.dAnchors = given.array<float>(15);
  input.dPositives = given.array<float>(16);
  input.dOthers = given.array<float>(17);
  input.terms = given.array<float>(18);
  input.weights = given.array<float>(20);
  input.added = given.array<float>(21);
  input.positiveOffsets = given.array<uint32_t>(22);
  input.listedPositives = given.array<uint32_t>(23);
  input.negativeOffsets = given.array<uint32_t>(24);
  input.listedNegatives = given.array<uint32_t>(25);
  input.pulls = given.array<double>(26);
  input.budget = budget;
  input.skipping = skipping;
  return [input, results = given.array<double>(19)]() mutable {
    table().pairs(input);
    results[0] = input.value;
    results[1] = input.scaleGradient;
    results[2] = input.biasGradient;
    results[3] = input.active;
    results[4] = input.skipped;
  };
}

// pack(rows, count, dim, first, changed, changes, columns, squares, lost): rows from `first` on and those of `changed`
Work pack(const Arguments& given) {
  Pack input{};
  input.rows = given.array<float>(0);
  input.count = given.number(1);
  input.dim = given.number(2);
  input.first = given.number(3);
  input.changed = given.array<uint32_t>(4);
  input.changes = given.number(5);
  input.columns = given.array<float>(6);
  input.squares = given.array<double>(7);
  input.lost = given.array<double>(8);
  return [input] { table().pack(input); };
}

// topK(query, queries, corpus, columns, squares, lost, rows, dim, k, similarity, ids, classes, queryClass, allowed, allowedBytes, excludedOffsets,
//      excluded, bestRows, bestScores, found, ceilings, above, floors): similarity is 0 for dot, 1 for cosine, 2 for euclidean. What there is none of is null.
Work topK(const Arguments& given) {
  TopK input{};
  input.query = given.array<float>(0);
  input.queries = given.number(1);
  input.corpus = given.array<float>(2);
  input.columns = given.array<float>(3);
  input.squares = given.array<double>(4);
  input.lost = given.array<double>(5);
  input.rows = given.number(6);
  input.dim = given.number(7);
  input.k = given.number(8);
  input.similarity = static_cast<Similarity>(static_cast<int>(given.number(9)));
  input.exclusions = exclusions(given, 10);
  input.bestRows = given.array<uint32_t>(18);
  input.bestScores = given.array<float>(19);
  input.found = given.array<uint32_t>(20);
  input.ceilings = given.array<float>(21);
  input.above = given.array<uint32_t>(22);
  input.floors = given.array<float>(23);
  return [input] { table().topK(input); };
}

// hardest(embeddings, rows, dim, labels, similarity, positives, negatives): similarity as in topK
Work hardest(const Arguments& given) {
  Hardest input{};
  input.embeddings = given.array<float>(0);
  input.rows = given.number(1);
  input.dim = given.number(2);
  input.labels = given.array<int32_t>(3);
  input.similarity = static_cast<Similarity>(static_cast<int>(given.number(4)));
  input.positives = given.array<int32_t>(5);
  input.negatives = given.array<int32_t>(6);
  return [input] { table().hardest(input); };
}

// triplets(rows0, gradient0, count0, rows1, gradient1, count1, rows2, gradient2, count2, dim, anchors, positives, negatives, count, geometry,
//          margin, upstream, terms, sum): geometry is 0 for dot, 1 for cosine, 2 for euclidean, 3 for its square; sum[0] is that of
//          the terms. A matrix that is not there is null and of 0 rows.
Work triplets(const Arguments& given) {
  Triplets input{};
  for (int m = 0; m < 3; m++) {
    input.rows[m] = given.array<float>(3 * m);
    input.gradients[m] = given.array<float>(3 * m + 1);
    input.counts[m] = given.number(3 * m + 2);
  }
  input.dim = given.number(9);
  input.anchors = given.array<uint32_t>(10);
  input.positives = given.array<uint32_t>(11);
  input.negatives = given.array<uint32_t>(12);
  input.count = given.number(13);
  input.geometry = static_cast<Geometry>(static_cast<int>(given.number(14)));
  input.margin = given.number(15);
  input.upstream = given.number(16);
  input.terms = given.array<float>(17);
  return [input, sum = given.array<double>(18)]() mutable {
    table().triplets(input);
    sum[0] = input.sum;
  };
}

// gather(x, rows, count, cols, out): copies need no instruction set of their own
Work gather(const Arguments& given) {
  return [x = given.array<float>(0), rows = given.array<uint32_t>(1), count = long(given.number(2)), cols = long(given.number(3)),
          out = given.array<float>(4)] {
    constexpr long AT_ONCE = 32;
    parallel((count + AT_ONCE - 1) / AT_ONCE, [&](long task, int) {
      const long end = std::min((task + 1) * AT_ONCE, count);
      for (long i = task * AT_ONCE; i < end; i++) std::memcpy(out + i * cols, x + long(rows[i]) * cols, cols * sizeof(float));
    });
  };
}

// weightedSums(offsets, ids, weights, bags, rows, cols, out)
Work weightedSums(const Arguments& given) {
  Bags input{};
  input.offsets = given.array<uint32_t>(0);
  input.ids = given.array<uint32_t>(1);
  input.weights = given.array<float>(2);
  input.bags = given.number(3);
  input.rows = given.array<float>(4);
  input.cols = given.number(5);
  input.out = given.array<float>(6);
  return [input] { table().weightedSums(input); };
}

// resample(values, rows, cols, resamples, seed, sums)
Work resample(const Arguments& given) {
  Resample input{};
  input.values = given.array<double>(0);
  input.rows = given.number(1);
  input.cols = given.number(2);
  input.resamples = given.number(3);
  input.seed = given.number(4);
  input.sums = given.array<double>(5);
  return [input] { table().resample(input); };
}

// activation(kind, x, upstream, size, out): without upstream the value
Work activation(const Arguments& given) {
  Activation input{};
  input.kind = static_cast<ActivationKind>(static_cast<int>(given.number(0)));
  input.x = given.array<float>(1);
  input.upstream = given.array<float>(2);
  input.size = given.number(3);
  input.out = given.array<float>(4);
  return [input] { table().activation(input); };
}

// adamW(parameter, gradient, mean, square, size, rate, beta1, beta2, epsilon, decay, meanFilled, squareFilled, rows, count, cols): without
// rows the gradient is the whole parameter's
Work adamW(const Arguments& given) {
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
  input.rows = given.array<uint32_t>(12);
  input.count = given.number(13);
  input.cols = given.number(14);
  return [input] { table().adamW(input); };
}

napi_value useThreads(napi_env env, napi_callback_info info) {
  const double count = Arguments(env, info).number(0);
  setThreads(count < THREADS_AT_MOST ? static_cast<int>(count) : THREADS_AT_MOST);
  return nullptr;
}

napi_value useMemory(napi_env env, napi_callback_info info) {
  setMemory(Arguments(env, info).number(0));
  return nullptr;
}

// useInstructionSet(name): whether this CPU has it
napi_value useInstructionSet(napi_env env, napi_callback_info info) {
  char name[32] = "";
  napi_get_value_string_utf8(env, Arguments(env, info).values[0], name, sizeof name, nullptr);
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

// What a corpus is packed as: 'float32', or 'bfloat16', two numbers to a unit of 32 bits
napi_value packedForm(napi_env env, napi_callback_info) {
  napi_value name;
  napi_create_string_utf8(env, table().packedForm, NAPI_AUTO_LENGTH, &name);
  return name;
}

// Threads of the pool run in this library: a Worker that loaded it and exits must not unmap it under them.
void stayLoaded() {
  Dl_info self;
  if (dladdr(reinterpret_cast<void*>(&stayLoaded), &self) != 0) dlopen(self.dli_fname, RTLD_NOW | RTLD_NODELETE);
}

// { now: every kernel, later: the same as promises, and what sets them up }
napi_value init(napi_env env, napi_value exports) {
  stayLoaded();
  napi_value atOnce, promised;
  napi_create_object(env, &atOnce);
  napi_create_object(env, &promised);
  const auto offerBoth = [&](const char* name, napi_callback call, napi_callback promise) {
    offer(env, atOnce, {{name, call}});
    offer(env, promised, {{name, promise}});
  };
  offerBoth("product", now<product>, later<product>);
  offerBoth("normalize", now<normalize>, later<normalize>);
  offerBoth("normalizeBackward", now<normalizeBackward>, later<normalizeBackward>);
  offerBoth("rowProducts", now<rowProducts>, later<rowProducts>);
  offerBoth("blendRows", now<blendRows>, later<blendRows>);
  offerBoth("softmaxCrossEntropy", now<softmaxCrossEntropy>, later<softmaxCrossEntropy>);
  offerBoth("pairs", now<pairs>, later<pairs>);
  offerBoth("pack", now<pack>, later<pack>);
  offerBoth("logSoftmax", now<logSoftmax>, later<logSoftmax>);
  offerBoth("logSoftmaxBackward", now<logSoftmaxBackward>, later<logSoftmaxBackward>);
  offerBoth("softmax", now<softmax>, later<softmax>);
  offerBoth("softmaxBackward", now<softmaxBackward>, later<softmaxBackward>);
  offerBoth("logSumExp", now<logSumExp>, later<logSumExp>);
  offerBoth("elementwise", now<elementwise>, later<elementwise>);
  offerBoth("firstOutside", now<firstOutside>, later<firstOutside>);
  offerBoth("topK", now<topK>, later<topK>);
  offerBoth("hardest", now<hardest>, later<hardest>);
  offerBoth("triplets", now<triplets>, later<triplets>);
  offerBoth("gather", now<gather>, later<gather>);
  offerBoth("weightedSums", now<weightedSums>, later<weightedSums>);
  offerBoth("activation", now<activation>, later<activation>);
  offerBoth("adamW", now<adamW>, later<adamW>);
  offerBoth("resample", now<resample>, later<resample>);
  offerGraphs(env, exports, table);
  napi_set_named_property(env, exports, "now", atOnce);
  napi_set_named_property(env, exports, "later", promised);
  offer(env, exports,
        {{"useThreads", useThreads},
         {"useBudget", useBudget},
         {"useMemory", useMemory},
         {"useSkipping", useSkipping},
         {"instructionSet", instructionSet},
         {"packedForm", packedForm},
         {"useInstructionSet", useInstructionSet}});
  return exports;
}

}  // namespace
}  // namespace nearmiss

NAPI_MODULE(nearmiss, nearmiss::init)
