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
  float* gradient;  // rows x classes; may be the logits
  float* terms;     // rows
  double weight;    // of all classes
  double sum;       // of the terms, before they are rounded; NaN where a logit is not finite
};

enum class ElementwiseKind { squared, absolute, huber, smoothL1, logCosh, quantile, binaryCrossEntropy };

struct Elementwise {
  ElementwiseKind kind;
  const float* predictions;  // rows x cols
  const float* targets;      // rows x cols
  const float* weights;      // rows x cols, or nothing
  const float* columns;      // cols, or nothing; what the positive part of each column weighs
  long rows, cols;
  double parameter, upstream;
  float* gradient;  // rows x cols; may be the predictions
  float* terms;     // rows x cols, or nothing
  double sum;       // of the terms, before they are rounded; NaN where an input is not finite
  double active;
};

struct PairSoftmax {
  const float* anchors;    // rows x dim
  const float* positives;  // rows x dim
  const float* negatives;  // count x dim
  long rows, dim, count;
  const uint32_t* offsets;  // rows + 1, or nothing: then the negatives are shared
  double scale, upstream;
  bool bothWays;
  double budget;  // bytes of S that may be kept between the two passes
  const uint32_t* droppedOffsets;  // rows + 1, or nothing; negatives are numbered from rows on
  const uint32_t* dropped;
  int masks;                       // 0, 1 or 2
  const int32_t* itemKeys[2];      // rows
  const int32_t* negativeKeys[2];  // count, or nothing
  float* dAnchors;
  float* dPositives;
  float* dNegatives;
  float* terms;  // rows
  double sum;    // of the terms, before they are rounded
  double scaleGradient;
};

enum class Similarity { dot, cosine, euclidean };

struct TopK {
  const float* query;   // queries x dim
  const float* corpus;  // rows x dim
  long queries, rows, dim, k;
  Similarity similarity;
  const uint32_t* ids;               // rows
  const int32_t* classes;            // rows, or nothing
  const int32_t* queryClass;         // queries, or nothing
  const uint8_t* allowed;            // a bitset over ids, or nothing
  uint64_t allowedBytes;
  const uint32_t* excludedOffsets;   // queries + 1, or nothing
  const uint32_t* excluded;
  uint32_t* bestRows;                // queries x k
  float* bestScores;                 // queries x k
  uint32_t* found;                   // queries
};

struct AdamW {
  float* parameter;
  const float* gradient;
  float* mean;
  float* square;
  long size;
  double rate, beta1, beta2, epsilon, decay, meanFilled, squareFilled;
};

struct Table {
  const char* name;
  // out[i][j] = sum over k of a(i, k) b(j, k)
  void (*product)(const Strided& a, const Strided& b, float* out);
  void (*normalize)(const float* x, long rows, long cols, float* unit, double* norms);
  void (*normalizeBackward)(const float* unit, const double* norms, const float* upstream, long rows, long cols, float* out);
  void (*softmaxCrossEntropy)(SoftmaxCrossEntropy&);
  void (*logSoftmax)(const float* x, long rows, long cols, float* out);
  void (*logSoftmaxBackward)(const float* value, const float* upstream, long rows, long cols, float* out);
  void (*elementwise)(Elementwise&);
  long (*firstOutside)(const float* x, long size, float least, float most);
  void (*infoNce)(PairSoftmax&);
  void (*topK)(const TopK&);
  void (*adamW)(const AdamW&);
};

extern const Table table_baseline;
extern const Table table_avx2;
extern const Table table_avx512;

}  // namespace nearmiss
