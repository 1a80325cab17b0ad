import type { Matrix } from '../../src/core/matrix.ts';

/** By name; what is not a matrix by nature is a column of whole numbers. */
export type Matrices = Readonly<Record<string, Matrix>>;

/** What one call computed: a loss and its gradients, or the neighbors of a search. */
export interface Outcome {
  /** the loss; 0 for a search */
  readonly value: number;
  readonly results: Matrices;
}

export type Run = () => Outcome | Promise<Outcome>;

export type PeerName = 'torch' | 'torch-tuned' | 'faiss';

/** One question: the same inputs, the same results, two implementations. */
export interface Task {
  readonly name: string;
  readonly rows: number;
  readonly cols: number;
  /** floating-point operations that no implementation can do without; absent where products are not what it costs */
  readonly flops?: number;
  readonly peers: readonly PeerName[];
  /** what the peers have to have free before they are started, in MB */
  readonly peerMb?: number;
  /** what the scripts in peers/ know it as, and its numbers */
  readonly problem: string;
  readonly numbers: Readonly<Record<string, number>>;
  inputs(): Matrices;
  /** All that happens once, before time is taken. */
  ours(inputs: Matrices): Run | Promise<Run>;
  /** Other ways to do the same, by name; each gets rows of its own. */
  readonly variants?: Readonly<Record<string, Task['ours']>>;
  /** How far ours is from a peer's, relative to the largest entry. */
  difference(ours: Outcome, peers: Outcome): Difference;
}

export interface Difference {
  readonly value: number;
  readonly results: number;
}
