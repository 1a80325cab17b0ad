import type { ScoredIds } from '../../src/neighbors/best-so-far.ts';
import type { QueryBatch } from '../../src/streams/batches.ts';

/** Queries as they are asked: their vectors, judgments, and their rows in the folder. */
export type Asked = QueryBatch & { readonly rows: Uint32Array };

/** What a system gave for each query, best first. */
export type Ranked = Pick<ScoredIds, 'k' | 'ids' | 'found'> & Partial<Pick<ScoredIds, 'scores'>>;

/** A way of ranking the corpus. */
export interface System {
  readonly name: string;
  /** bytes of a document's vector, where it has one */
  readonly bytes?: number;
  /** Whether others rank it, so that more queries may be asked before an answer; it needs no other system's. */
  readonly elsewhere?: boolean;
  /** The corpus ranked for each query; `before` is what the systems before this one gave for the same queries. */
  rank(asked: Asked, before: ReadonlyMap<string, Ranked>): Promise<Ranked>;
  /** How many rows of the corpus are all zeros, where ranking counts them. */
  zeroRows?(): number;
  /** Lets go of the memory. */
  dispose?(): void;
}
