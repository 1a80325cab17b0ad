import type { Parameters } from '../../src/core/parameters.ts';
import type { Layer } from '../../src/models/layers.ts';
import type { Sides } from '../../src/models/sides.ts';
import type { Vectors } from '../reporting/ranked-system.ts';
import type { FeaturedFolder } from './folder-source.ts';

/** What is needed to learn from a folder's pairs, of whatever they are embedded from. */
export interface Prepared<Query, Document> extends FeaturedFolder<Query, Document> {
  readonly sides: Sides<Query, Document>;
  /** columns that come out */
  readonly dim: number;
  /** what the trained vectors are set against, the last first of all */
  before(): Promise<readonly Vectors[]>;
  /** what each side's inputs go through, as they stand */
  readonly layers: { readonly query: readonly Layer[]; readonly document: readonly Layer[] };
  /** further matrices to be written beside the model */
  readonly besides: Parameters;
  close(): Promise<void>;
}
