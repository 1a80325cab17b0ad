import type { Bags } from '../core/bags.ts';
import type { IdLists, Triplets } from '../core/batches.ts';
import type { Matrix } from '../core/matrix.ts';

/**
 * The contract of the vectorized core: everything that touches rows × rows or rows × dim numbers.
 *
 * Shapes are the caller's duty (losses, indexes and models check them at their doors). Matrices are float32;
 * scalars and sums are float64. `out` and the gradients are overwritten; they never overlap an argument
 * unless a function says so.
 */
export interface Kernels {
  readonly name: string;

  /** A B. */
  times(a: Matrix, b: Matrix, out?: Matrix): Matrix;
  /** A Bᵀ. */
  timesTransposed(a: Matrix, b: Matrix, out?: Matrix): Matrix;
  /** Aᵀ B. */
  transposedTimes(a: Matrix, b: Matrix, out?: Matrix): Matrix;

  /** Each row over its length; a zero row stays zero. */
  normalize(x: Matrix): Normalized;
  /** Chain rule of `normalize`: (u - (u · unit) unit) / norm for upstream row u; zero for a zero row. May write over `upstream`. */
  normalizeBackward(normalized: Normalized, upstream: Matrix, out?: Matrix): Matrix;

  /** The products of each row of x and the row of y beside it. */
  rowProducts(x: Matrix, y: Matrix): RowProducts;
  /** ofX[i] x_i + ofY[i] y_i, row by row. May write over `x` or `y`. */
  blendRows(x: Matrix, y: Matrix, ofX: Float64Array, ofY: Float64Array, out?: Matrix): Matrix;

  /**
   * Softmax cross-entropy against class indices or shares, and its gradient, which may be written over the logits; of shares
   * theirs too, where there is room for it. Where a logit is not finite the value is NaN, and its row has not been written over.
   */
  softmaxCrossEntropy(input: SoftmaxCrossEntropy, gradient: Matrix, targetGradient?: Matrix): LossTerms;
  /** x - log Σ exp x, row by row; entries may be minus infinity where a row has another. May write over `x`. */
  logSoftmax(x: Matrix, out?: Matrix): Matrix;
  /** Chain rule of `logSoftmax`: u - exp(value) Σ u for upstream row u. May write over `upstream`. */
  logSoftmaxBackward(value: Matrix, upstream: Matrix, out?: Matrix): Matrix;
  /** exp x / Σ exp x, row by row; entries may be minus infinity where a row has another. May write over `x`. */
  softmax(x: Matrix, out?: Matrix): Matrix;
  /** Chain rule of `softmax`: value (u - Σ value u) for upstream row u. May write over `upstream`. */
  softmaxBackward(value: Matrix, upstream: Matrix, out?: Matrix): Matrix;
  /** log Σ exp x, a number a row: minus infinity where there are no columns. Entries as for `softmax`. */
  logSumExp(x: Matrix): Float64Array;
  /** Chain rule of `logSumExp`: u softmax(x) for the row's upstream number u. May write over `x`. */
  logSumExpBackward(x: Matrix, upstream: Float64Array, out?: Matrix): Matrix;
  /**
   * A loss of each prediction against its target, and its gradient, which may be written over the predictions; that of the
   * targets too, where there is room for it, which may be the targets. Where an input is not finite the value is NaN, and what
   * is not finite has not been written over.
   */
  elementwise(input: Elementwise, gradient: Matrix, targetGradient?: Matrix): ElementwiseResult;
  /** Where the first number stands that is not in [least, most], as NaN never is; -1 where all are. Bounds are rounded to float32. */
  firstOutside(x: Matrix, least: number, most: number): number;

  /** A loss of all pairs of two sets of rows, or of one with itself, and its gradients. */
  pairs(input: Pairs, loss: PairLoss, gradients: PairGradients): PairResult;

  /** max(0, d(a, p) - d(a, n) + margin) over given triplets, and the gradient of each matrix. */
  triplets(input: TripletRows, gradients: readonly Matrix[]): LossTerms;

  /**
   * The form `topK` reads a corpus in, for one that is searched more than once: about as much memory as the rows, which are
   * still needed. Where `last` is of the same rows but for the `changed` ones and those past its end, only these are packed; `last` may
   * be written over, and is not to be used again.
   */
  pack(rows: Matrix, last?: Packed, changed?: Uint32Array): Packed;
  /** The k best rows of a corpus for each query, in the order of `Similarity`, equal ones by id. */
  topK(queries: Matrix, corpus: Corpus, k: number, options: TopKOptions): TopK;
  /** The farthest row of the same label and the closest of another, by the given similarity. */
  hardest(embeddings: Matrix, labels: Int32Array, similarity: Similarity): Hardest;

  /**
   * Column sums of resamples, resamples × cols: as many rows of `values` (rows × cols) as there are, drawn with replacement by `below` of
   * `random(seed)`, each resample going on where the last one stopped. A sum is from the first row to the last, each times how often it
   * was drawn; the same on all kernels, to the bit.
   */
  resample(values: Float64Array, cols: number, resamples: number, seed: number): Float64Array;

  /**
   * The same calls as promises that leave the event loop free. What they were given is theirs until then. (The plain kernels have
   * no thread but this one: their `topK` goes a few queries at a time and `resample` a few resamples, the others run in one piece.)
   */
  readonly later: Later<
    Pick<
      Kernels,
      | 'times'
      | 'timesTransposed'
      | 'transposedTimes'
      | 'normalize'
      | 'normalizeBackward'
      | 'rowProducts'
      | 'blendRows'
      | 'softmaxCrossEntropy'
      | 'pairs'
      | 'triplets'
      | 'pack'
      | 'logSoftmax'
      | 'logSoftmaxBackward'
      | 'softmax'
      | 'softmaxBackward'
      | 'logSumExp'
      | 'logSumExpBackward'
      | 'elementwise'
      | 'firstOutside'
      | 'topK'
      | 'hardest'
      | 'resample'
    >
  >;

  /**
   * The named rows, in the order named, on all threads.
   *
   * @throws RangeError if a number is not of a row
   */
  gather(x: Matrix, rows: Uint32Array, out?: Matrix): Matrix;
  /** Row i: Σ weight · row of bag i's rows, zero of an empty bag. */
  weightedSums(bags: Bags, rows: Matrix, out?: Matrix): Matrix;
  /** The function of each entry. May write over `x`. */
  activation(kind: ActivationKind, x: Matrix, out?: Matrix): Matrix;
  /** Chain rule of `activation`, at x: slope · u for upstream entry u. May write over `x` or `upstream`. */
  activationBackward(kind: ActivationKind, x: Matrix, upstream: Matrix, out?: Matrix): Matrix;

  /**
   * One step of AdamW on one matrix, in place (Loshchilov and Hutter, 2019, algorithm 2). Where rows are named, each once, the
   * gradient is theirs, and no other row moves or forgets.
   */
  adamW(parameter: Matrix, gradient: Matrix, moments: Moments, step: AdamWStep, rows?: Uint32Array): void;
}

/** Functions of the same arguments that promise their result. */
export type Later<Functions> = {
  readonly [Name in keyof Functions]: Functions[Name] extends (...given: infer Given) => infer Result
    ? (...given: Given) => Promise<Result>
    : never;
};

export interface Normalized {
  readonly unit: Matrix;
  /** rows; the lengths before */
  readonly norms: Float64Array;
}

/** Of two rows each; summed in float64. */
export interface RowProducts {
  /** rows; x · x */
  readonly xx: Float64Array;
  /** rows; y · y */
  readonly yy: Float64Array;
  /** rows; x · y */
  readonly xy: Float64Array;
  /** rows; |x - y|² */
  readonly apart: Float64Array;
}

export interface LossTerms {
  /** the terms' sum, times the upstream factor that scaled the gradient */
  readonly value: number;
  /** rows; unreduced */
  readonly terms: Float32Array;
  /** terms above zero */
  readonly active: number;
}

export type SoftmaxCrossEntropy = SoftmaxOptions & (ClassTargets | ShareTargets);

export interface SoftmaxOptions {
  readonly logits: Matrix;
  /** classes; what each class's part of the target is multiplied by */
  readonly weights?: Float32Array;
  /** share of the target spread evenly over all classes, the right one included */
  readonly smoothing: number;
  /** what each row's loss is multiplied by: 1 for a sum, 1 / rows counted for a mean */
  readonly upstream: number;
}

export interface ClassTargets {
  readonly labels: Int32Array;
  /** rows with this label give no loss and no gradient */
  readonly ignored: number;
  readonly targets?: undefined;
}

export interface ShareTargets {
  /** rows × classes; they need not add up to 1 */
  readonly targets: Matrix;
  readonly labels?: undefined;
  readonly ignored?: undefined;
}

/** With e = prediction - target; the losses of these names say more. */
export const ELEMENTWISE_KINDS = [
  'squared',
  'absolute',
  'huber',
  'smoothL1',
  'logCosh',
  'quantile',
  'binaryCrossEntropy',
  'binaryCrossEntropyOfProbabilities',
  'multiLabelSoftMargin',
  'klDivergence',
  'klDivergenceOfLogs',
  'sigmoidFocal',
  'hinge',
  'halfHinge',
  'squaredHinge',
  'modifiedHuber',
  'softMargin',
  'hingeEmbedding',
] as const;

export type ElementwiseKind = (typeof ELEMENTWISE_KINDS)[number];

export interface Elementwise {
  readonly kind: ElementwiseKind;
  /** rows × cols; logits of binaryCrossEntropy, multiLabelSoftMargin and sigmoidFocal, logarithms of the divergences */
  readonly predictions: Matrix;
  /** rows × cols */
  readonly targets: Matrix;
  /** rows × cols; what each term is multiplied by */
  readonly weights?: Matrix;
  /** cols; what the binary cross-entropies multiply the positive part of each column by, multiLabelSoftMargin all of it */
  readonly columnWeights?: Float32Array;
  /** delta of huber, beta of smoothL1, the quantile, gamma of sigmoidFocal, the margin of the hinges; 0 elsewhere */
  readonly parameter: number;
  /** of sigmoidFocal, which has it always */
  readonly focal?: FocalShape;
  readonly upstream: number;
  /** whether the result has the terms: as much memory as the gradient */
  readonly listed: boolean;
}

export interface FocalShape {
  /** what the part of target 1 is multiplied by */
  readonly positive: number;
  /** what the part of target 0 is multiplied by */
  readonly negative: number;
  /** what the power past gamma's is multiplied by, and added: 0 without it */
  readonly epsilon: number;
}

export interface ElementwiseResult {
  /** the terms' sum, times the upstream factor that scaled the gradient */
  readonly value: number;
  /** rows × cols; unreduced, where they are listed */
  readonly terms?: Float32Array;
  /** terms above zero */
  readonly active: number;
}

export interface Pairs {
  /** rows × dim */
  readonly anchors: Matrix;
  /** rows × dim: row i is the positive of anchor i, the others are its negatives. Absent: the anchors stand against one another. */
  readonly positives?: Matrix;
  /** any number × dim: more that stand against every anchor, or with `offsets` against one */
  readonly others?: Matrix;
  /** without positives: whether the anchors stand against the others alone, and not against one another */
  readonly alone?: boolean;
  /** rows + 1, with positives and similarities; others offsets[i] … offsets[i + 1] - 1 stand against anchor i alone */
  readonly offsets?: Uint32Array;
  readonly geometry: PairGeometry;
  /** what a similarity or a distance is multiplied by to be x: 1 / temperature; below zero a distance is a similarity */
  readonly scale: number;
  /** without positives: pairs of one class are positives, pairs of two are negatives */
  readonly classes?: PairKeys;
  /** with positives more of them; without, in place of classes, every pair that counts */
  readonly listed?: ListedPairs;
  /** pairs of equal keys do not count, an anchor and its own positive aside */
  readonly masks: readonly PairKeys[];
  /** nor do these: for each anchor, candidates by number, the positives first and then the others; without positives others only */
  readonly dropped?: IdLists;
  /**
   * With positives and similarities, as many as there are dropped, each but once: a constant that is added to x of each, which
   * then counts; -Infinity drops it. A pair of weight w in a sum of exp x has log w.
   */
  readonly added?: Float32Array;
  /** with positives and similarities: negatives whose x is taken (1 + share) times as large, the more being constant */
  readonly hardened?: Hardened;
  /** also the loss of each positive over the anchors, the two averaged */
  readonly bothWays: boolean;
  readonly reduction: PairReduction;
  /** rows; what each anchor's terms are multiplied by, at least 0. How many terms there are does not depend on it. */
  readonly weights?: Float32Array;
}

/**
 * For each anchor some candidates by number, each once: the positives or without them the anchors first, and then the others. None is
 * the anchor itself or its own positive, none masked or dropped, and none other than its own of others that stand against one anchor
 * alone.
 */
export interface ListedPairs {
  /** Each is as much of a positive as an anchor's own; what is added and hardened is not for them. */
  readonly positives: IdLists;
  /** without positives of the pairs, and only then: no other pair counts, and none is among the positives */
  readonly negatives?: IdLists;
}

export interface Hardened {
  /** above -1 */
  readonly share: number;
  /** All positives of other anchors are hardened, and others numbered below this; at least rows. */
  readonly below: number;
}

/**
 * The inner product, the same of unit rows, the euclidean distance, the same of unit rows, and the squares of the two. Native slopes
 * of a distance d are good to about 1e-7 of a row's length over d.
 */
export type PairGeometry = 'dot' | 'cosine' | 'euclidean' | 'chord' | 'squaredEuclidean' | 'squaredChord';

/**
 * What the terms' sum is divided by: nothing, how many terms there are, how many are above zero; or, per anchor, each
 * anchor's by its own count and all by the number of anchors, those without a term included.
 */
export type PairReduction = 'sum' | 'mean' | 'active' | 'perAnchor';

export interface PairKeys {
  /** rows */
  readonly items: ArrayLike<number>;
  /** as many as there are others; as a mask they may be absent, as classes not */
  readonly others?: ArrayLike<number>;
}

/** The losses of pairs, of x = scale · similarity or a distance; plain/pair-losses.ts has the formulas. */
export type PairLoss =
  | AnchorLoss
  | { readonly kind: 'softmax' | 'decoupled' | 'ntXent' | 'nca' }
  | { readonly kind: 'sigmoid'; readonly bias: number }
  | {
      readonly kind: 'contrastive' | 'lifted' | 'generalizedLifted';
      readonly positiveMargin: number;
      readonly negativeMargin: number;
    }
  | {
      readonly kind: 'multiSimilarity';
      readonly alpha: number;
      readonly beta: number;
      readonly base: number;
    }
  | { readonly kind: 'circle'; readonly margin: number; readonly gamma: number };

/** Those that see all pairs of an anchor at once, without positives; plain/anchor-losses.ts has the formulas. */
export type AnchorLoss =
  | { readonly kind: 'tupletMargin'; readonly radians: number; readonly scale: number }
  /** `betas`: rows */
  | { readonly kind: 'margin'; readonly margin: number; readonly betas: Float64Array }
  | {
      readonly kind: 'signalToNoise';
      readonly positiveMargin: number;
      readonly negativeMargin: number;
      /** rows */
      readonly powers: Float64Array;
    }
  | { readonly kind: 'squaredHinges'; readonly positiveBound: number; readonly negativeBound: number }
  | { readonly kind: 'fastAp'; readonly bins: number }
  | { readonly kind: 'batchAll'; readonly margin: number; readonly soft: boolean }
  | {
      readonly kind: 'batchHard';
      readonly margin: number;
      readonly soft: boolean;
      /** whether also those without a positive or without a negative have a term */
      readonly everyAnchor: boolean;
    }
  | { readonly kind: 'batchSemiHard'; readonly margin: number; readonly everyAnchor: boolean };

export interface PairGradients {
  readonly anchors: Matrix;
  /** without positives there is none, and anchors have the gradient of both their parts */
  readonly positives?: Matrix;
  /** absent where the others are constant */
  readonly others?: Matrix;
  /**
   * Room for rows × 3, of an `AnchorLoss`: of each anchor the sum of its slopes along x of its positives, along x of its negatives, and
   * of slope · x.
   */
  readonly pulls?: Float64Array;
}

export interface PairResult {
  readonly value: number;
  /** rows; unreduced, what each anchor's pairs come to */
  readonly terms: Float32Array;
  readonly active: number;
  /** the gradient of `scale` */
  readonly scale: number;
  /** the gradient of a bias added to every x */
  readonly bias: number;
}

/** How far two rows are: -x · y, 1 - cosine (1 where either is a zero row), |x - y|, or |x - y|². */
export type Geometry = 'dot' | 'cosine' | 'euclidean' | 'squaredEuclidean';

export interface TripletRows {
  /** one to three; their rows are numbered through, the first's first */
  readonly rows: readonly Matrix[];
  readonly triplets: Triplets;
  readonly geometry: Geometry;
  readonly margin: number;
  readonly upstream: number;
}

/** What makes a row near: a larger inner product, a larger cosine, a smaller euclidean distance. */
export type Similarity = 'dot' | 'cosine' | 'euclidean';

/** Stored rows. */
export interface Corpus {
  readonly rows: Matrix;
  /** rows; ids need not be in order */
  readonly ids: Uint32Array;
  /** rows; absent where rows have no class */
  readonly classes?: Int32Array;
  /** a bitset over rows, lowest bit first: rows whose bit is set are no more, and are passed over */
  readonly dead?: Uint8Array;
  /** these rows, packed; without it they are packed at each search */
  readonly packed?: Packed;
}

/** Rows as the kernels that packed them read them: nothing for others to look into. */
export interface Packed {
  /** how many rows there are */
  readonly count: number;
  /** which kernels can read it */
  readonly form: 'plain' | 'float32' | 'bfloat16';
  readonly columns: Float32Array;
  readonly squares: Float64Array;
  readonly lost: Float64Array;
}

/** Rows a query must not be given, as data; the three are combined. */
export interface Exclusion {
  /** one class a query; rows of that class are passed over */
  readonly queryClass?: Int32Array;
  /** a bitset over ids, lowest bit first; ids whose bit is not set are passed over */
  readonly allowed?: Uint8Array;
  /** ids to pass over for each query */
  readonly perQuery?: IdLists;
}

export interface TopKOptions {
  readonly similarity: Similarity;
  readonly exclude?: Exclusion;
  /** queries; rows that score above a query's are counted and passed over */
  readonly ceilings?: Float32Array;
  /** queries; rows that score below a query's are passed over: the k-th score of a search of other rows, say */
  readonly floors?: Float32Array;
}

export interface TopK {
  /** queries × k; the corpus row of each, best first; undefined past `found` */
  readonly rows: Uint32Array;
  /** queries × k; the inner product, the cosine, or minus the squared euclidean distance; rounded to float32 before it is compared */
  readonly scores: Float32Array;
  /** queries; how many there were to find, at most k */
  readonly found: Uint32Array;
  /** queries; how many rows, of those that are not excluded, score above the ceiling; where there are ceilings */
  readonly above?: Uint32Array;
}

export interface Hardest {
  /** rows; the farthest row of the same label, or -1 where there is none */
  readonly positives: Int32Array;
  /** rows; the closest row of another label, or -1 where there is none */
  readonly negatives: Int32Array;
}

export const ACTIVATION_KINDS = ['gelu', 'relu'] as const;

/** gelu: x Φ(x) with Φ the normal distribution; relu: max(x, 0), with slope 0 at 0. */
export type ActivationKind = (typeof ACTIVATION_KINDS)[number];

export interface Moments {
  readonly mean: Matrix;
  readonly square: Matrix;
}

export interface AdamWStep {
  readonly rate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly decay: number;
  /** 1 for the first */
  readonly step: number;
}
