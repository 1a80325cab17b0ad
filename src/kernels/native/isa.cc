// Compiled once for each instruction set, with NEARMISS_ISA its name.
#include "activations.h"
#include "bags.h"
#include "corpus.h"
#include "distances.h"
#include "hardest.h"
#include "pairs.h"
#include "product.h"
#include "resample.h"
#include "rows.h"
#include "search.h"
#include "triplets.h"
#include "elementwise.h"
#include "softmax-rows.h"

#define JOIN_(a, b) a##b
#define JOIN(a, b) JOIN_(a, b)
#define TEXT_(a) #a
#define TEXT(a) TEXT_(a)

namespace nearmiss {

extern const Table JOIN(table_, NEARMISS_ISA);

const Table JOIN(table_, NEARMISS_ISA) = {
    TEXT(NEARMISS_ISA),
    NEARMISS_ISA::Coarse::FORM,
    NEARMISS_ISA::product,
    NEARMISS_ISA::normalize,
    NEARMISS_ISA::normalizeBackward,
    NEARMISS_ISA::rowProducts,
    NEARMISS_ISA::blendRows,
    NEARMISS_ISA::softmaxCrossEntropy,
    NEARMISS_ISA::pairs,
    NEARMISS_ISA::pack,
    NEARMISS_ISA::logSoftmax,
    NEARMISS_ISA::logSoftmaxBackward,
    NEARMISS_ISA::softmax,
    NEARMISS_ISA::softmaxBackward,
    NEARMISS_ISA::logSumExp,
    NEARMISS_ISA::elementwise,
    NEARMISS_ISA::firstOutside,
    NEARMISS_ISA::topK,
    NEARMISS_ISA::distances,
    NEARMISS_ISA::scoreRows,
    NEARMISS_ISA::hardest,
    NEARMISS_ISA::triplets,
    NEARMISS_ISA::weightedSums,
    NEARMISS_ISA::activation,
    NEARMISS_ISA::adamW,
    NEARMISS_ISA::resample,
};

}  // namespace nearmiss
