import type { Parameters } from '../../src/core/parameters.ts';
import type { Split } from '../../src/formats/data-folder.ts';
import type { Layer } from '../../src/models/layers.ts';
import type { Sides } from '../../src/models/sides.ts';
import type { Vectors } from '../reporting/ranked-system.ts';
import type { PairSource } from './contrast.ts';
import type { FeaturedFolder } from './folder-source.ts';

/** Queries and documents that figures are of. */
export interface Judged<Query, Document> extends FeaturedFolder<Query, Document> {
  readonly split: Split;
}

/** What is needed to learn from pairs, of whatever they are embedded from. */
export interface Prepared<Query, Document> {
  readonly source: PairSource<Query, Document>;
  readonly sides: Sides<Query, Document>;
  /** columns that come out */
  readonly dim: number;
  /** what is learned from, in words */
  readonly learnedFrom: string;
  /** what decides which parameters are kept */
  readonly dev?: Judged<Query, Document>;
  /** what is evaluated, and what the trained vectors are set against: the last first of all */
  readonly evaluated?: Judged<Query, Document> & { before(): Promise<readonly Vectors[]> };
  /** what each side's inputs go through, as they stand */
  readonly layers: { readonly query: readonly Layer[]; readonly document: readonly Layer[] };
  /** further matrices to be written beside the model */
  readonly besides: Parameters;
  close(): Promise<void>;
}
