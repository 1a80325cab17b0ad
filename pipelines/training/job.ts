import type { OperatorFunction } from 'rxjs';
import type { Parameters } from '../../src/core/parameters.ts';
import type { NeighborIndex } from '../../src/neighbors/neighbor-index.ts';
import type { Step } from '../../src/streams/batches.ts';
import type { Descended } from '../../src/streams/descend.ts';
import type { RowSteps } from '../../src/streams/row-steps.ts';
import type { Stepping } from './optimizer.ts';

/** What a step came to. */
export interface Stepped extends Step, Descended {
  /** the loss */
  readonly value: number;
}

/** A training, as parts: what flows, and what is learned from it. */
export interface Job<Batch extends Step, Passed extends Stepped> {
  /** how many there are */
  readonly steps: number;
  /** The batches from a step on to the last: the same whatever was before. */
  batches(from: number): Iterable<Batch> | AsyncIterable<Batch>;
  /** What a batch goes through: one at a time. */
  readonly turn: OperatorFunction<Batch, Passed>;
  /** all that moves */
  readonly learned: Parameters;
  readonly stepping: Stepping;
  /** what negatives are mined from, and when its rows were embedded */
  readonly mined?: { readonly index: NeighborIndex; readonly steps: RowSteps };
  /** where passes over files began, for a run that goes on */
  readonly passes?: Passes;
  /** of what is held out, by the parameters as they stand: higher is better */
  readonly dev?: Dev;
}

/** At which step each pass began, of those that had before a step. */
export interface Passes {
  before(step: number): Promise<Uint32Array>;
  restore(noted: Uint32Array): Promise<void>;
}

export interface Dev {
  /** `ndcg@10 of dev` */
  readonly name: string;
  measure(): Promise<number>;
}
