import type { Matrix } from '../../src/core/matrix.ts';
import type { ReferenceCase } from './case.ts';

/** What ours gives for a case, under the names and in the layout of the source system. */
export interface Answer {
  /** absent where the case's value is its terms */
  readonly value?: number;
  /** unreduced, row-major, where ours has them */
  readonly terms?: ArrayLike<number>;
  readonly gradients: Readonly<Record<string, Matrix | ArrayLike<number> | number>>;
  readonly active?: number;
}

/** What a miner of ours finds for a case, in the layout of the source system. */
export interface MinedAnswer {
  /** lists of tuples, each by its roles: triplets are one list, positive and negative pairs are two */
  readonly tuples: readonly (readonly ArrayLike<number>[])[];
  /** What the source has between an anchor and one of the others, both by number: a distance or a similarity. */
  between(anchor: number, other: number): number;
}

/** What metrics of ours give for a case, by the names of the source system. */
export interface MeasuredAnswer {
  readonly measures: Measures;
}

/** Numbers, lists of them, and more of these by name. */
export interface Measures {
  readonly [name: string]: number | ArrayLike<number> | Measures;
}

/** A kind of case: names, options and layout are mapped to ours and back. No arithmetic, no value, no name of a case. */
export type Kind = (given: ReferenceCase) => Answer | MinedAnswer | MeasuredAnswer | Promise<MeasuredAnswer>;

/** By the name that `meta.loss` has; several where ours can say a thing in several ways, each held to the same numbers. */
export type Kinds = Readonly<Record<string, Kind | readonly Kind[]>>;
