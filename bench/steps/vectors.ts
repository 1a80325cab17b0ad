import { lastValueFrom, pipe } from 'rxjs';
import { type Matrix, unwrittenPair } from '../../src/core/matrix.ts';
import type { Parameters } from '../../src/core/parameters.ts';
import { random, shuffled } from '../../src/core/random.ts';
import { kernels } from '../../src/kernels/active.ts';
import { infoNce } from '../../src/losses/views/info-nce.ts';
import { linear } from '../../src/models/linear.ts';
import { mlp } from '../../src/models/mlp.ts';
import type { Model } from '../../src/models/model.ts';
import { type Sides, sharedSides, twoTowers } from '../../src/models/sides.ts';
import { adamW } from '../../src/optimizers/adamw.ts';
import type { PairBatch } from '../../src/streams/batches.ts';
import { descend } from '../../src/streams/descend.ts';
import { embed } from '../../src/streams/embed.ts';
import { pull } from '../../src/streams/pull.ts';
import { score } from '../../src/streams/score.ts';
import { column, near, SEED, unitRows } from '../data.ts';
import type { Matrices } from '../tasks/task.ts';
import { BATCH, DECAY, EPSILON, type Job, PAIRS, RATE, rowsOf, TEMPERATURE } from './job.ts';

const [FROM, TO] = [512, 256];

/** A forward product and one for the weights, of both sides; then three products of all pairs. */
const LINEAR_FLOPS = 8 * BATCH * FROM * TO + 6 * BATCH * BATCH * TO;

interface VectorJob {
  readonly name: string;
  readonly problem: string;
  readonly flops: number;
  sides(): Sides<Matrix, Matrix>;
}

/** Stored vectors of pairs, made into others: in-batch negatives, InfoNCE by cosine, AdamW. */
function vectorJob({ name, problem, flops, sides }: VectorJob): Job {
  return {
    name,
    problem,
    flops,
    steps: 40,
    inputs() {
      // a cosine of about 0.45: neither is there nothing to learn, nor so much that no gradient is left
      const anchors = unitRows(PAIRS, FROM, 0);
      const order = column(shuffled(PAIRS, random(SEED, 2)));
      return { anchors, positives: near(anchors, 2, 1), order, ...copied(sides().parameters) };
    },
    ours(inputs) {
      const model = sides();
      const turn = pipe(
        embed(model),
        score(infoNce({ temperature: TEMPERATURE })),
        descend(model.parameters, adamW({ rate: RATE, decay: DECAY, epsilon: EPSILON })),
      );
      // of the step under way and of the one that is read ahead of it
      const rows = [0, 1].map(() => {
        const [anchors, positives] = unwrittenPair(BATCH, BATCH, FROM);
        return { anchors, positives };
      });
      let step = 0;
      function* batches(steps: number): Generator<PairBatch, void, undefined> {
        for (const end = step + steps; step < end; step++) {
          const ids = rowsOf(inputs.order, step);
          const { anchors, positives } = rows[step % 2];
          kernels.gather(inputs.anchors, ids, anchors);
          kernels.gather(inputs.positives, ids, positives);
          yield { step, features: { anchors, positives, ids }, queryIds: ids };
        }
      }
      return {
        parameters: model.parameters,
        train: async (steps) => (await lastValueFrom(pull(batches(steps), turn))).value,
      };
    },
  };
}

/** As they stand now. */
function copied(parameters: Parameters): Matrices {
  return Object.fromEntries(
    Object.entries(parameters).map(([name, m]) => [name, { ...m, data: m.data.slice() }]),
  );
}

const turned = (seed: number): Model => linear({ from: FROM, to: TO, start: 'orthogonal', seed });

export const adapter = vectorJob({
  name: 'adapter',
  problem: 'linear',
  flops: LINEAR_FLOPS,
  sides: () => sharedSides(turned(0)),
});

export const towers = vectorJob({
  name: 'two towers',
  problem: 'towers',
  flops: LINEAR_FLOPS,
  sides: () => twoTowers(turned(0), turned(1)),
});

const HIDDEN = 512;

export const deep = vectorJob({
  name: 'mlp',
  problem: 'mlp',
  // of the outer matrix also the product for what is before it
  flops: 8 * BATCH * FROM * HIDDEN + 12 * BATCH * HIDDEN * TO + 6 * BATCH * BATCH * TO,
  sides: () => sharedSides(mlp({ from: FROM, to: TO, hidden: HIDDEN })),
});
