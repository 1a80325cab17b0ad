// What an instruction set offers: one of these tables is picked when the addon is loaded. Shapes as in kernels.ts.
#pragma once

#include <cstdint>

namespace nearmiss {

// A matrix by strides: entry (i, k) stands at data[i * row + k * col].
struct Strided {
  const float* data;
  long rows, cols;
  long row, col;
};

struct SoftmaxCrossEntropy {
  const float* logits;  // rows x classes
  long rows, classes;
  const int32_t* labels;  // rows, or nothing: then there are targets
  int32_t ignored;
  const float* targets;  // rows x classes, or nothing: then there are labels
  const float* weights;  // classes, or nothing
  double smoothing, upstream;
  float* gradient;        // rows x classes; may be the logits
  float* targetGradient;  // rows x classes, or nothing; with targets only
  float* terms;           // rows
  double weight;    // of all classes
  double sum;       // of the terms, before they are rounded; NaN where a logit is not finite
};

enum class ElementwiseKind {
  squared,
  absolute,
  huber,
  smoothL1,
  logCosh,
  quantile,
  binaryCrossEntropy,
  binaryCrossEntropyOfProbabilities,
  multiLabelSoftMargin,
  klDivergence,
  klDivergenceOfLogs,
  sigmoidFocal,
  hinge,
  halfHinge,
  squaredHinge,
  modifiedHuber,
  softMargin,
  hingeEmbedding,
};

struct Elementwise {
  ElementwiseKind kind;
  const float* predictions;  // rows x cols
  const float* targets;      // rows x cols
  const float* weights;      // rows x cols, or nothing
  const float* columns;      // cols, or nothing; what the positive part of each column weighs, or all of it
  long rows, cols;
  double parameter, upstream;
  double positive, negative, epsilon;  // of sigmoidFocal
  float* gradient;        // rows x cols; may be the predictions
  float* targetGradient;  // rows x cols, or nothing; may be the targets
  float* terms;     // rows x cols, or nothing
  double sum;       // of the terms, before they are rounded; NaN where an input is not finite
  double active;
};

enum class PairLoss {
  softmax, decoupled, ntXent, sigmoid, contrastive, multiSimilarity, circle, lifted, generalizedLifted, nca,
  tupletMargin, margin, signalToNoise, squaredHinges, fastAp, batchAll, batchHard, batchSemiHard
};
enum class Reduction { sum, mean, active, perAnchor };

// All pairs of two sets of rows, or of one with itself, and a loss of them.
struct Pairs {
  const float* anchors;    // rows x dim
  const float* positives;  // rows x dim, or nothing: the anchors stand against themselves
  const float* others;     // count x dim
  long rows, dim, count;
  const uint32_t* offsets;  // rows + 1, or nothing: then the others stand against all anchors
  bool normalized, euclidean, squared, bothWays;  // squared: euclidean's square
  bool alone;  // without positives: the anchors stand against the others only
  double scale;
  PairLoss loss;
  const double* parameters;  // of the loss
  Reduction reduction;
  const float* weights;            // rows, or nothing; what each anchor's terms are multiplied by
  const uint32_t* droppedOffsets;  // rows + 1, or nothing; others are numbered from rows on
  const uint32_t* dropped;
  const float* added;  // as many as dropped, or nothing: what is added to x of each, which then counts
  const uint32_t* positiveOffsets;  // rows + 1, or nothing: then none are listed
  const uint32_t* listedPositives;
  const uint32_t* negativeOffsets;  // rows + 1, or nothing; with listed positives and without positives
  const uint32_t* listedNegatives;
  double hardness;     // share of itself that is added to x of negatives
  long hardened;       // candidates numbered below this are
  const int32_t* classes;       // rows, or nothing: pairs of one class are positives; not with listed ones
  const int32_t* otherClasses;  // count, with classes
  int masks;                    // 0, 1 or 2: pairs of equal keys do not count
  const int32_t* itemKeys[2];   // rows
  const int32_t* otherKeys[2];  // count, or nothing
  double budget;                // bytes of S that may be kept between the two passes
  bool skipping;                // whether tiles that weigh next to nothing are left out
  float* dAnchors;
  float* dPositives;  // or nothing, without positives
  float* dOthers;     // or nothing: the others are constant
  float* terms;       // rows
  double* pulls;      // rows x 3, or nothing; of losses that see anchors whole: sums of w of positives, of w of negatives and of w x
  double value, scaleGradient, biasGradient, active, skipped;
};

enum class Similarity { dot, cosine, euclidean };

// Rows and where their packed form is kept; see corpus.h.
struct Pack {
  const float* rows;  // count x dim
  long count, dim;
  long first;               // rows from here on are new
  const uint32_t* changed;  // others that are, numbers below count
  long changes;
  float* columns;   // slices x units of a row x 16
  double* squares;  // slices x 16
  double* lost;     // slices x 16
};

struct Hardest {
  const float* embeddings;  // rows x dim
  long rows, dim;
  const int32_t* labels;  // rows
  Similarity similarity;
  int32_t* positives;  // rows
  int32_t* negatives;  // rows
};

enum class Geometry { dot, cosine, euclidean, squaredEuclidean };

struct Triplets {
  const float* rows[3];    // counts[m] x dim; rows are numbered through all of them
  float* gradients[3];     // counts[m] x dim
  long counts[3];
  long dim;
  const uint32_t* anchors;    // count, as the next two
  const uint32_t* positives;
  const uint32_t* negatives;
  long count;
  Geometry geometry;
  double margin, upstream;
  float* terms;  // count
  double sum;    // of the terms, before they are rounded
};

// Which rows a query must not be given.
struct Exclusions {
  const uint32_t* ids;              // rows
  const int32_t* classes;           // rows, or nothing
  const int32_t* queryClass;        // queries, or nothing
  const uint8_t* dead;              // a bitset over rows of those that are no more, or nothing
  const uint8_t* allowed;           // a bitset over ids, or nothing
  uint64_t allowedBytes;
  const uint32_t* offsets;  // queries + 1, or nothing
  const uint32_t* excluded;

  __attribute__((always_inline)) bool none() const {
    return queryClass == nullptr && dead == nullptr && allowed == nullptr && offsets == nullptr;
  }
  __attribute__((always_inline)) bool sameClass(long q, long row) const {
    return queryClass != nullptr && classes != nullptr && classes[row] == queryClass[q];
  }
  // whether any query may be given it
  __attribute__((always_inline)) bool allow(long row) const {
    if (dead != nullptr && (dead[row / 8] >> (row % 8) & 1) != 0) return false;
    const uint32_t id = ids[row];
    return allowed == nullptr || (id / 8 < allowedBytes && (allowed[id / 8] >> (id % 8) & 1) != 0);
  }
  __attribute__((always_inline)) bool hold(long q, long row) const {
    if (sameClass(q, row) || !allow(row)) return true;
    if (offsets == nullptr) return false;
    const uint32_t id = ids[row];
    for (uint32_t e = offsets[q]; e < offsets[q + 1]; e++) {
      if (excluded[e] == id) return true;
    }
    return false;
  }
};

struct TopK {
  const float* query;   // queries x dim
  const float* corpus;  // rows x dim
  const float* columns;   // the corpus packed, or nothing
  const double* squares;  // with them
  const double* lost;     // with them
  long queries, rows, dim, k;
  Similarity similarity;
  Exclusions exclusions;
  const float* ceilings;  // queries, or nothing
  const float* floors;    // queries, or nothing: rows that score below a query's are passed over
  uint32_t* bestRows;     // queries x k
  float* bestScores;      // queries x k
  uint32_t* found;        // queries
  uint32_t* above;        // queries, with ceilings: how many rows stand above each
};

// Rows that graphs of them read one by one.
struct Rows {
  const float* rows;     // any number x dim
  const float* inverse;  // of their lengths, for the cosine; or nothing
  long dim;
  Similarity similarity;
};

// Some rows of a corpus, and what a query's scores of them are.
struct ScoreRows {
  const float* query;   // dim
  const float* corpus;  // any number x dim
  const uint32_t* rows;  // count
  long dim, count;
  Similarity similarity;
  float* scores;  // count
};

// Lists of rows, and what each weighs.
struct Bags {
  const uint32_t* offsets;  // bags + 1
  const uint32_t* ids;
  const float* weights;  // as many as there are ids
  const float* rows;     // any number x cols
  long bags, cols;
  float* out;  // bags x cols
};

enum class ActivationKind { gelu, relu };

struct Activation {
  ActivationKind kind;
  const float* x;         // size
  const float* upstream;  // size, or nothing: then the value is asked for, and not the chain rule
  long size;
  float* out;  // size
};

struct AdamW {
  float* parameter;
  const float* gradient;
  float* mean;
  float* square;
  long size;
  const uint32_t* rows;  // count; which of the parameter's the gradient has, each once; or nothing: all of them
  long count, cols;      // with rows
  double rate, beta1, beta2, epsilon, decay, meanFilled, squareFilled;
};

// Rows of numbers, and what they are drawn by.
struct Resample {
  const double* values;  // rows x cols
  long rows, cols, resamples;
  uint32_t seed;
  double* sums;  // resamples x cols
};

struct Table {
  const char* name;
  const char* packedForm;  // what a packed corpus is of, two numbers to a unit where it is bfloat16
  // out[i][j] = sum over k of a(i, k) b(j, k)
  void (*product)(const Strided& a, const Strided& b, float* out);
  void (*normalize)(const float* x, long rows, long cols, float* unit, double* norms);
  void (*normalizeBackward)(const float* unit, const double* norms, const float* upstream, long rows, long cols, float* out);
  void (*rowProducts)(const float* x, const float* y, long rows, long cols, double* products);
  void (*blendRows)(const float* x, const float* y, const double* ofX, const double* ofY, long rows, long cols, float* out);
  void (*softmaxCrossEntropy)(SoftmaxCrossEntropy&);
  void (*pairs)(Pairs&);
  void (*pack)(const Pack&);
  void (*logSoftmax)(const float* x, long rows, long cols, float* out);
  void (*logSoftmaxBackward)(const float* value, const float* upstream, long rows, long cols, float* out);
  void (*softmax)(const float* x, const double* upstream, long rows, long cols, float* out);
  void (*softmaxBackward)(const float* value, const float* upstream, long rows, long cols, float* out);
  void (*logSumExp)(const float* x, long rows, long cols, double* out);
  void (*elementwise)(Elementwise&);
  long (*firstOutside)(const float* x, long size, float least, float most);
  void (*topK)(const TopK&);
  // out[i] = how far row of[i] is from x of inverse length `inverse`: -x . y, 1 - the cosine, or |x - y|^2; infinite where that leaves float32
  void (*distances)(const Rows&, const float* x, float inverse, const uint32_t* of, long count, float* out);
  void (*scoreRows)(const ScoreRows&);
  void (*hardest)(const Hardest&);
  void (*triplets)(Triplets&);
  void (*weightedSums)(const Bags&);
  void (*activation)(const Activation&);
  void (*adamW)(const AdamW&);
  void (*resample)(const Resample&);
};

extern const Table table_baseline;
extern const Table table_avx2;
extern const Table table_avx512;
extern const Table table_avx512bf16;

}  // namespace nearmiss
