import type { Matrix } from '../../src/core/matrix.ts';
import type { Parameters } from '../../src/core/parameters.ts';
import type { Matrices } from '../tasks/task.ts';

/** A training job: the same start, the same batches in the same order, two implementations. */
export interface Job {
  readonly name: string;
  /** what peers/steps.py knows it as */
  readonly problem: string;
  /** floating-point operations of a step that no implementation can do without; absent where products are not what it costs */
  readonly flops?: number;
  /** steps of a round */
  readonly steps: number;
  /** where the job starts, and what it learns from: by name, as the peers are handed them */
  inputs(): Matrices;
  ours(inputs: Matrices): Trainer;
}

/** Goes on from where it stands, through the library's own pipeline. */
export interface Trainer {
  readonly parameters: Parameters;
  /** So many steps; the last one's loss. */
  train(steps: number): Promise<number>;
}

/** Pairs of a step. */
export const BATCH = 1024;
/** Pairs there are: whole batches of them come in a seeded order, over and over. */
export const PAIRS = 50_000;
export const RATE = 0.001;
export const DECAY = 0.01;
/** Of AdamW and Adam: where a slope is all but nothing, its direction is rounding, and would be taken for a whole step. */
export const EPSILON = 1e-6;
export const TEMPERATURE = 0.05;

/** Rows of a step, in the order that the peers are handed too. */
export function rowsOf({ data }: Matrix, step: number): Uint32Array {
  const first = (step % Math.floor(data.length / BATCH)) * BATCH;
  return Uint32Array.from(data.subarray(first, first + BATCH));
}
