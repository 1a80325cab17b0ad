import type { Matrix } from './matrix.ts';

/** Scores of classes, and the class that is right or how much of it each is. */
export type Logits = ClassLogits | ShareLogits;

/** Logarithms of what each class is given, and the class that is right. */
export interface LogProbabilities {
  /** rows × classes */
  readonly logProbabilities: Matrix;
  /** rows; a class in [0, classes), or the loss's ignored index */
  readonly labels: Int32Array;
}

export interface LogProbabilityGradients {
  /** rows × classes */
  readonly logProbabilities: Matrix;
}

/** Pixels of one sample or more: what is said of each, and which class it is of or how much of each. */
export type Segments = SegmentScores &
  (
    | { readonly targets: Matrix; readonly labels?: undefined }
    | { readonly labels: Int32Array; readonly targets?: undefined }
  );

export interface SegmentScores {
  /** pixels × classes, a sample's pixels together; logits or probabilities, as the loss's options say */
  readonly predictions: Matrix;
  /** pixels × classes; the share of each class, in [0, 1] */
  readonly targets?: Matrix;
  /** pixels; a class in [0, classes) */
  readonly labels?: Int32Array;
  /** How many samples the pixels are of, each of equally many. @default 1 */
  readonly samples?: number;
}

/** The gradients of a loss of `Logits`. */
export interface LogitGradients {
  /** rows × classes */
  readonly logits: Matrix;
  /** rows × classes, of shares; only where the loss was handed room for it */
  readonly targets?: Matrix;
}

export interface ClassLogits {
  /** rows × classes, unnormalized */
  readonly logits: Matrix;
  /** rows; a class in [0, classes), or the loss's ignored index */
  readonly labels: Int32Array;
  readonly targets?: undefined;
}

export interface ShareLogits {
  /** rows × classes, unnormalized */
  readonly logits: Matrix;
  /** rows × classes; the share of each class, in [0, 1] */
  readonly targets: Matrix;
  readonly labels?: undefined;
}

/** What was predicted and what it should have been, number by number. */
export interface Targets {
  /** rows × cols; a vector is one column */
  readonly predictions: Matrix;
  /** rows × cols */
  readonly targets: Matrix;
  /** rows × cols, finite; what each term and its slope are multiplied by. The mean divides by the number of terms, not by these. */
  readonly weights?: Matrix;
}

export interface TargetGradients {
  /** rows × cols */
  readonly predictions: Matrix;
  /** rows × cols; only where a loss was handed room for it */
  readonly targets?: Matrix;
}

/** Two rows a pair, and a number that says what the pair should come to. */
export interface ScoredPairs {
  /** rows × dim */
  readonly left: Matrix;
  /** rows × dim; row i is paired with left row i */
  readonly right: Matrix;
  /** rows; each loss says of what kind */
  readonly targets: Float32Array;
}

export interface ScoredPairGradients {
  /** rows × dim */
  readonly left: Matrix;
  /** rows × dim */
  readonly right: Matrix;
}

/** Two views of the same items, row by row, and rows that are views of other items. */
export interface Views {
  /** rows × dim */
  readonly anchors: Matrix;
  /** rows × dim; row i belongs to anchor i */
  readonly positives: Matrix;
  /** any number of rows × dim */
  readonly negatives?: Matrix;
  /**
   * rows; how many of the negatives each anchor owns: the first `owned[0]` rows are anchor 0's, the next
   * `owned[1]` anchor 1's. A loss that sets anchors against their own alone takes it for granted that each owns one where
   * this is not given.
   */
  readonly owned?: Uint32Array;
  /** rows; which item each positive is. Equal ids are never negatives of one another. */
  readonly ids?: Uint32Array;
  /** as `ids`, of the negatives */
  readonly negativeIds?: Uint32Array;
  /** rows; a label per item. Items of equal labels are never negatives of one another. */
  readonly labels?: Int32Array;
  /** as `labels`, of the negatives */
  readonly negativeLabels?: Int32Array;
  /** every item known to be right for each anchor, by id: none is ever a negative for it */
  readonly known?: IdLists;
  /** the same rows by another model, whose cosines tell which negatives are none */
  readonly guide?: Guide;
  /** a learned log of what similarities are multiplied by, for the losses that scale them */
  readonly logScale?: number;
  /** a learned number added to every scaled similarity, for the losses that have one */
  readonly bias?: number;
}

/** Embeddings of views by a model that is not learning. */
export interface Guide {
  /** as many rows as there are anchors × any number */
  readonly anchors: Matrix;
  /** as `anchors` */
  readonly positives: Matrix;
  /** as many rows as there are negatives × as many; without them it says nothing of negatives */
  readonly negatives?: Matrix;
}

/** Lists of ids, one a row: row i's are ids[offsets[i]] … ids[offsets[i + 1] - 1]. */
export interface IdLists {
  /** rows + 1 */
  readonly offsets: Uint32Array;
  readonly ids: Uint32Array;
}

/** List i: a view. */
export function listOf({ offsets, ids }: IdLists, i: number): Uint32Array {
  return ids.subarray(offsets[i], offsets[i + 1]);
}

export function idLists(lists: readonly (readonly number[])[]): IdLists {
  const offsets = new Uint32Array(lists.length + 1);
  lists.forEach((list, i) => (offsets[i + 1] = offsets[i] + list.length));
  return { offsets, ids: Uint32Array.from(lists.flat()) };
}

/** What has a chain rule back to whoever made the views. */
export interface ViewGradients {
  /** rows × dim */
  readonly anchors: Matrix;
  /** rows × dim */
  readonly positives: Matrix;
  /** as many rows as there are negatives × dim; absent where there are none */
  readonly negatives?: Matrix;
}

/** And what the loss itself learns: each is there where the views carry the parameter of its name. */
export interface ScaledViewGradients extends ViewGradients {
  readonly logScale?: number;
  readonly bias?: number;
}

/**
 * Items with a class each; two of one class are positives of one another, and two of two negatives. Where pairs or triplets were mined
 * these say who is which, to whatever loss, and labels and ids do not.
 */
export interface Labelled {
  /** rows × dim */
  readonly embeddings: Matrix;
  /** rows */
  readonly labels: Int32Array;
  /** rows; which item each row is, so that it does not meet a reference of the same item */
  readonly ids?: Uint32Array;
  /** mined; to a loss of pairs the pairs (anchor, positive) and (anchor, negative) in them, each once */
  readonly triplets?: Triplets;
  /** mined, where no triplets are; to a loss of triplets every triplet of a positive and a negative pair of one anchor */
  readonly pairs?: MinedPairs;
  readonly references?: References;
}

/** More rows with a class each, none of them an anchor: what the rows of a batch stand against. */
export interface References {
  /** any number × dim */
  readonly embeddings: Matrix;
  /** as many as there are references */
  readonly labels: Int32Array;
  /** as many as there are references; as the batch's */
  readonly ids?: Uint32Array;
  /** Whether the batch stands against these alone (pytorch-metric-learning's `ref_emb`), and not against itself. @default false */
  readonly alone?: boolean;
}

/** Row numbers of as many triplets as each array is long, references being numbered after the rows of the batch. */
export interface Triplets {
  readonly anchors: Uint32Array;
  readonly positives: Uint32Array;
  readonly negatives: Uint32Array;
}

/** Positive pairs of rows and negative ones, mined each for itself. */
export interface MinedPairs {
  readonly positives: RowPairs;
  readonly negatives: RowPairs;
}

/** Row numbers of as many pairs as each array is long, references being numbered after the rows of the batch. */
export interface RowPairs {
  readonly anchors: Uint32Array;
  readonly others: Uint32Array;
}

export interface LabelledGradients {
  /** rows × dim */
  readonly embeddings: Matrix;
  /** as many rows as there are references × dim; where it was asked for, by handing it in */
  readonly references?: Matrix;
}

/** Items with a class each, and learned rows that stand for the classes. */
export interface Proxied {
  /** rows × dim */
  readonly embeddings: Matrix;
  /** rows; a class in [0, classes) */
  readonly labels: Int32Array;
  /**
   * classes × dim, or of several centers a class (classes · centers) × dim: class 0's first. Elsewhere these are also called
   * weights, and stored as dim × classes.
   */
  readonly proxies: Matrix;
}

export interface ProxiedGradients {
  /** rows × dim */
  readonly embeddings: Matrix;
  /** as many rows as there are proxies × dim */
  readonly proxies: Matrix;
}

/** Rows alone. */
export interface Embeddings {
  /** rows × dim */
  readonly embeddings: Matrix;
}

/** Views, each anchor with the negatives it owns, and what a teacher has to say of them. */
export interface Taught<Teacher> extends Views {
  readonly teacher: Teacher;
}

/** How near a teacher finds each anchor to its positive and to its negatives: the larger the nearer. */
export interface TeacherScores {
  /** rows */
  readonly positives: Float32Array;
  /** as many as there are negatives */
  readonly negatives: Float32Array;
}

/** By how much more a teacher likes each anchor's positive than its negatives. */
export interface TeacherMargins {
  /** as many as there are negatives: the score of its owner's positive less its own */
  readonly margins: Float32Array;
}

/** Labelled rows, and the distance that divides near from far where it is learned. */
export interface MarginLabelled extends Labelled {
  /** 1 × 1, or classes × 1: labels are classes then, and each anchor has its class's */
  readonly beta?: Matrix;
}

export interface MarginGradients extends LabelledGradients {
  /** as `beta`; absent where it is */
  readonly beta?: Matrix;
}
