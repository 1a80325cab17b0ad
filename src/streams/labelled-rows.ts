import { checkEqual, checkWhole, refuse } from '../core/check.ts';
import { drawn, random } from '../core/random.ts';
import type { LabelledBatch } from './labelled-batch.ts';
import { classesOf } from './m-per-class.ts';
import { grouped } from './sampler.ts';

/** Rows to be drawn from, or whatever an encoder makes rows of. */
export interface LabelledSource<Input> {
  /** rows; the class of each */
  readonly labels: Int32Array;
  /** What the encoder takes of these rows, in this order: `(rows) => gather(vectors, rows)`, of texts `(rows) => gatherBags(bags, rows)`. */
  readonly featuresOf: (rows: Uint32Array) => Input;
  /** rows; which item each is. @default the row's number */
  readonly ids?: Uint32Array;
}

export interface LabelledRowsOptions {
  /** Rows a batch; a multiple of m. */
  readonly rows: number;
  /** Rows of each class in a batch. @default 2 */
  readonly m?: number;
  /** The step after the last. @default none: batches without end */
  readonly steps?: number;
  /** The first step, of a training that goes on. @default 0 */
  readonly from?: number;
  /** @default 0 */
  readonly seed?: number;
}

/**
 * Batches of rows / m classes, drawn alike however large they are, with m rows each, class by class: what a loss of labelled rows needs. A
 * class of fewer rows gives all it has, and one of a single row, which would have no positive, is drawn where m is 1 alone. No row is
 * twice in a batch, unlike by pytorch-metric-learning's MPerClassSampler, which repeats those of small classes; nor are they counted: over
 * many batches rows of a small class come more often.
 *
 * The seed and the step decide a batch, and nothing that was drawn before: from step s on they are the same, wherever the stream began.
 *
 * @throws RangeError if rows is not a whole number >= 1 and a multiple of m, steps or from not one >= 0, ids do not match the labels, or
 *   there are fewer classes than a batch has
 */
export function labelledRows<Input>(
  { labels, featuresOf, ids }: LabelledSource<Input>,
  { rows, m = 2, steps = Infinity, from = 0, seed = 0 }: LabelledRowsOptions,
): Iterable<LabelledBatch<Input>> {
  const where = 'labelledRows';
  const classes = classesOf(where, rows, m);
  if (steps !== Infinity) checkWhole(where, 'steps', steps);
  checkWhole(where, 'from', from);
  if (ids !== undefined) checkEqual(where, 'ids.length', ids.length, labels.length);
  const least = Math.min(m, 2);
  const members = [...grouped(labels, (label) => label).values()].filter(({ length }) => length >= least);
  if (members.length < classes)
    refuse(where, `there must be ${classes} classes of at least ${least} rows`, members.length);
  const batchOf = (step: number): LabelledBatch<Input> => {
    const draw = random(seed, step);
    const numbers = Uint32Array.from(
      Array.from(drawn(classes, members.length, draw), (c) => members[c]).flatMap((all) =>
        Array.from(drawn(Math.min(m, all.length), all.length, draw), (i) => all[i]),
      ),
    );
    return {
      step,
      features: featuresOf(numbers),
      labels: Int32Array.from(numbers, (row) => labels[row]),
      ids: ids === undefined ? numbers : numbers.map((row) => ids[row]),
    };
  };
  return {
    *[Symbol.iterator]() {
      for (let step = from; step < steps; step++) yield batchOf(step);
    },
  };
}
