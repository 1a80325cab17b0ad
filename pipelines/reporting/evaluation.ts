import type { Figures } from '../retrieval.ts';

/** All that a report tells, as plain data: made once, and read by one renderer a format. */
export interface Evaluation {
  readonly title: string;
  /** how deep rankings go */
  readonly depth: number;
  /** what was evaluated and how, in the order it is told */
  readonly facts: Readonly<Record<string, string | number>>;
  /** what a reader must know to take the figures for what they are, a sentence each */
  readonly notes: readonly string[];
  /** the names of the figures; the first is that by which queries are ordered and slices measured */
  readonly measures: readonly [string, ...string[]];
  readonly queries: readonly Query[];
  /** in order: the last is set against each before it */
  readonly systems: readonly System[];
  /** the last system less each of the others, query by query */
  readonly differences: readonly Difference[];
  readonly cases: readonly Cases[];
  readonly slicings: readonly Slicing[];
}

export interface Query {
  readonly id: string;
  /** shortened where it is long */
  readonly text: string;
  /** how many documents are relevant to it */
  readonly relevant: number;
}

export interface System {
  readonly name: string;
  readonly figures: Figures;
  /** by figure, a value a query */
  readonly values: Readonly<Record<string, ArrayLike<number>>>;
  /** the share of the first ten documents that have no judgment, over all queries: in [0, 1] */
  readonly unjudged: number;
  readonly scores: Scores;
  /** absent where there is no split to calibrate on */
  readonly calibration?: Calibration;
}

/** Shares of scores in bins of equal width. */
export interface Scores {
  /** one more than there are bins, rising */
  readonly edges: readonly number[];
  /** by what was scored, a share a bin; the shares of each sum to 1 */
  readonly shares: Readonly<Record<ScoreKind, readonly number[]>>;
  readonly means: Readonly<Record<ScoreKind, number>>;
}

/** A relevant document, the best-scored one that is not, and one drawn at random that is not. */
export type ScoreKind = 'relevant' | 'nearest miss' | 'random';

/**
 * How sure of its first document a system may be said to be, and how often that is relevant: Platt scaling of its score and of how far
 * it is above the second's.
 */
export interface Calibration {
  /** the split that was fitted on */
  readonly split: string;
  /** the expected calibration error over the bins */
  readonly error: number;
  readonly brier: number;
  /** how often the first document is relevant, all queries taken together */
  readonly right: number;
  readonly bins: readonly ReliabilityBin[];
}

export interface ReliabilityBin {
  readonly predicted: number;
  readonly observed: number;
  readonly count: number;
}

export interface Difference {
  readonly after: string;
  readonly before: string;
  readonly figures: Figures;
  /** by figure, how many queries have a higher, the same and a lower value */
  readonly counts: Readonly<
    Record<string, { readonly better: number; readonly same: number; readonly worse: number }>
  >;
}

/** Queries of one kind with what was retrieved for them. */
export interface Cases {
  readonly title: string;
  readonly says: string;
  readonly queries: readonly Case[];
}

export interface Case {
  /** which of `Evaluation.queries` */
  readonly query: number;
  /** by system, in their order */
  readonly rankings: readonly CaseRanking[];
}

export interface CaseRanking {
  /** of the first figure */
  readonly value: number;
  /** the relevant documents that scored best */
  readonly relevant: readonly Retrieved[];
  /** what came first */
  readonly retrieved: readonly Retrieved[];
}

export interface Retrieved {
  /** from 1 on; absent where it is deeper than was ranked */
  readonly rank?: number;
  readonly id: string;
  /** shortened where it is long */
  readonly text: string;
  readonly score: number;
  /** absent where it has no judgment */
  readonly grade?: number;
}

/** The first figure by what the queries are: one slice each query. */
export interface Slicing {
  readonly name: string;
  readonly slices: readonly Slice[];
}

export interface Slice {
  readonly name: string;
  readonly queries: number;
  /** by system, in their order, of the first figure alone */
  readonly figures: readonly Figures[string][];
}
