import fc from 'fast-check';
import { from, lastValueFrom, of, type OperatorFunction, pipe, toArray } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { describe, expect, it } from 'vitest';
import { gatherBags } from '../../src/core/bags.ts';
import type { Embeddings } from '../../src/core/batches.ts';
import { fromRows, type Matrix } from '../../src/core/matrix.ts';
import { marginLoss } from '../../src/losses/labelled/margin-loss.ts';
import { supCon } from '../../src/losses/labelled/sup-con.ts';
import { triplet } from '../../src/losses/labelled/triplet.ts';
import { proxyAnchor } from '../../src/losses/proxies/proxy-anchor.ts';
import { batchHard } from '../../src/miners/batch-hard.ts';
import { linear } from '../../src/models/linear.ts';
import { embeddingBag } from '../../src/models/text/embedding-bag.ts';
import { sgd } from '../../src/optimizers/sgd.ts';
import { sparseAdam } from '../../src/optimizers/sparse-adam.ts';
import { descend } from '../../src/streams/descend.ts';
import { embedRows } from '../../src/streams/embed-rows.ts';
import type { LabelledBatch, ScoredRows } from '../../src/streams/labelled-batch.ts';
import { labelledRows, type LabelledRowsOptions } from '../../src/streams/labelled-rows.ts';
import { mineWithin } from '../../src/streams/mine-within.ts';
import { scoreProxies, scoreRows } from '../../src/streams/score-rows.ts';
import { type TrainingReading, watch } from '../../src/streams/watch.ts';
import { whole } from '../gradient.ts';
import { gaussian } from '../matrices.ts';

const batchesOf = (
  labels: readonly number[],
  options: LabelledRowsOptions,
): readonly LabelledBatch<Uint32Array>[] =>
  Array.from(labelledRows({ labels: Int32Array.from(labels), featuresOf: (rows) => rows }, options));

const countsOf = (labels: Iterable<number>): Map<number, number> => {
  const counts = new Map<number, number>();
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  return counts;
};

describe('labelledRows', () => {
  it('has m rows of each of its classes, all of a smaller one, none alone, and no row twice', () => {
    const settings = fc.record({
      labels: fc.array(fc.nat(9), { maxLength: 60 }),
      classes: fc.integer({ min: 1, max: 3 }),
      m: fc.integer({ min: 1, max: 4 }),
      seed: fc.nat(99),
    });
    fc.assert(
      fc.property(settings, ({ labels, classes, m, seed }) => {
        const sizes = countsOf(labels);
        fc.pre([...sizes.values()].filter((size) => size >= Math.min(m, 2)).length >= classes);
        const batches = batchesOf(labels, { rows: classes * m, m, steps: 5, seed });
        expect(batches.map(({ step }) => step)).toEqual([0, 1, 2, 3, 4]);
        for (const batch of batches) {
          expect(new Set(batch.features).size).toBe(batch.features.length);
          expect([...batch.labels]).toEqual(Array.from(batch.features, (row) => labels[row]));
          expect(batch.ids).toEqual(batch.features);
          const counts = countsOf(batch.labels);
          expect(counts.size).toBe(classes);
          for (const [label, count] of counts) {
            expect(count).toBe(Math.min(m, sizes.get(label) ?? 0));
            expect(count).toBeGreaterThanOrEqual(Math.min(m, 2));
          }
        }
      }),
    );
  });

  it('has the same batches from any step on, as often as it is read, and others from another seed', () => {
    const labels = Array.from({ length: 200 }, (_, i) => i % 20);
    const all = batchesOf(labels, { rows: 12, m: 3, steps: 30, seed: 4 });
    expect(batchesOf(labels, { rows: 12, m: 3, steps: 30, seed: 4, from: 17 })).toEqual(all.slice(17));
    const endless = labelledRows(
      { labels: Int32Array.from(labels), featuresOf: (rows) => rows },
      { rows: 12, m: 3, seed: 4 },
    );
    for (let time = 0; time < 2; time++) {
      const [first] = endless;
      expect(first).toEqual(all[0]);
    }
    expect(batchesOf(labels, { rows: 12, m: 3, steps: 1, seed: 5 })).not.toEqual(all.slice(0, 1));
    expect(new Set(all.map(({ features }) => features.join())).size).toBe(30);
  });

  it('draws classes alike, large or small, and rows of a class alike', () => {
    const labels = [...Array<number>(90).fill(0), ...Array<number>(6).fill(1), ...Array<number>(6).fill(2)];
    const batches = batchesOf(labels, { rows: 4, m: 4, steps: 3000 });
    const counts = [...countsOf(batches.map((batch) => batch.labels[0])).values()];
    // 1000 ± 4 deviations of 25.8
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(104);
    const rows = countsOf(batches.flatMap(({ features }) => [...features].filter((row) => row >= 90)));
    // each of the twelve in about 4 / 6 of 1000 batches, ± 4 deviations of 26 and less
    for (const count of rows.values()) expect(Math.abs(count - 667)).toBeLessThan(104);
    expect(rows.size).toBe(12);
  });

  it('gives ids, and features of whatever can be gathered', () => {
    const bags = { offsets: Uint32Array.of(0, 1, 3, 4, 4), ids: Uint32Array.of(9, 5, 6, 7), weights: Float32Array.of(1, 2, 3, 4) }; // prettier-ignore
    const [batch] = labelledRows(
      {
        labels: Int32Array.of(0, 1, 0, 1),
        ids: Uint32Array.of(40, 41, 42, 43),
        featuresOf: (rows) => gatherBags(bags, rows),
      },
      { rows: 4 },
    );
    expect(batch.features).toEqual(gatherBags(bags, batch.ids.map((id) => id - 40))); // prettier-ignore
    expect([...batch.ids].sort()).toEqual([40, 41, 42, 43]);
  });

  it('refuses what makes no batch, before it is read', () => {
    expect(() => batchesOf([0, 0], { rows: 3 })).toThrow(
      'labelledRows: rows past a multiple of 2 must be 0, got 1',
    );
    expect(() => batchesOf([0, 0, 1], { rows: 4 })).toThrow(
      'labelledRows: there must be 2 classes of at least 2 rows, got 1',
    );
    expect(() => batchesOf([0, 0], { rows: 2, from: -1 })).toThrow(
      'labelledRows: from must be a whole number >= 0, got -1',
    );
    expect(() =>
      labelledRows(
        { labels: Int32Array.of(0, 0), featuresOf: (rows) => rows, ids: Uint32Array.of(1) },
        { rows: 2 },
      ),
    ).toThrow('labelledRows: ids.length must be 2, got 1');
  });
});

const dim = 4;

function labelledBatch(step = 0): LabelledBatch<Matrix> {
  return {
    step,
    features: gaussian(6, dim, 2, step),
    labels: Int32Array.of(0, 0, 1, 1, 2, 2),
    ids: Uint32Array.of(0, 1, 2, 3, 4, 5),
  };
}

type Turn = OperatorFunction<LabelledBatch<Matrix>, ScoredRows>;

async function scoredBy(turn: Turn) {
  const { value, backward, gradients, learned } = await lastValueFrom(of(labelledBatch()).pipe(turn));
  return { value, gradients: { ...backward(gradients), ...learned } };
}

/** Expects the gradients to be the slopes of the scored value, by differences. */
async function expectSlopes(parameters: Readonly<Record<string, Matrix>>, turn: Turn): Promise<void> {
  const { gradients } = await scoredBy(turn);
  for (const [name, parameter] of Object.entries(parameters)) {
    const gradient = whole(gradients[name]).data;
    expect(Math.max(...gradient.map(Math.abs)), name).toBeGreaterThan(1e-2);
    for (let e = 0; e < gradient.length; e++) {
      const held = parameter.data[e];
      parameter.data[e] = held + 1 / 128;
      const above = (await scoredBy(turn)).value;
      parameter.data[e] = held - 1 / 128;
      const below = (await scoredBy(turn)).value;
      parameter.data[e] = held;
      expect(gradient[e], `${name} ${e}`).toBeCloseTo((above - below) * 64, 2);
    }
  }
}

describe('the stages of labelled rows', () => {
  it('hand the optimizer the slope of the loss through the model', async () => {
    const model = linear({ from: dim, to: 3, seed: 5 });
    await expectSlopes(model.parameters, pipe(embedRows(model), scoreRows(supCon({ temperature: 0.5 }))));
  });

  it('hand it the slopes of proxies and of a beta', async () => {
    const model = linear({ from: dim, to: 3, seed: 5 });
    const proxies = gaussian(3, 3, 6);
    await expectSlopes(
      { ...model.parameters, 'loss.proxies': proxies },
      pipe(embedRows(model), scoreProxies(proxyAnchor({ alpha: 3 }), proxies)),
    );
    const beta = fromRows([[0.9], [1], [1.1]]);
    const { gradients } = await scoredBy(
      pipe(embedRows(model), scoreRows(marginLoss({ reduction: 'mean', nu: 0.1 }), { beta })),
    );
    expect(whole(gradients['loss.beta']).rows).toBe(3);
  });

  it('score what a miner found, at its step', async () => {
    const model = linear({ from: dim, to: 3, seed: 5 });
    const steps: number[] = [];
    const mined = pipe(
      embedRows(model),
      mineWithin((batch) => {
        steps.push(batch.step);
        return batchHard()(batch);
      }),
      scoreRows(triplet({ margin: 1 })),
    );
    const scored = await lastValueFrom(from([labelledBatch(0), labelledBatch(7)]).pipe(mined, toArray()));
    expect(steps).toEqual([0, 7]);
    // one triplet an anchor, where without the miner there would be 6 × 1 × 4
    expect(scored.map(({ terms }) => terms)).toEqual([6, 6]);
  });

  it('move the parameters as each batch comes', () => {
    new TestScheduler((actual, expected) => expect(actual).toEqual(expected)).run(
      ({ cold, expectObservable }) => {
        const model = linear({ from: dim, to: 3, seed: 5 });
        const before = model.parameters.weights.data.slice();
        const turn = pipe(
          embedRows(model),
          scoreRows(supCon()),
          descend<ScoredRows, Embeddings>(model.parameters, sgd({ rate: 0.1 })),
        );
        const batches = { a: labelledBatch(0), b: labelledBatch(1) };
        const moved = (step: number) =>
          expect.objectContaining({ step, active: 6, terms: 6, gradientNorm: expect.any(Number) });
        expectObservable(cold('-a--b-|', batches).pipe(turn)).toBe('-x--y-|', { x: moved(0), y: moved(1) });
        expect(model.parameters.weights.data).toEqual(before);
      },
    );
  });

  it('learn of texts: the rows of a table that a batch touched', async () => {
    const bags = { offsets: Uint32Array.of(0, 1, 2, 3, 4), ids: Uint32Array.of(0, 1, 2, 3), weights: Float32Array.of(1, 1, 1, 1) }; // prettier-ignore
    const encoder = embeddingBag({ rows: 5, dim: 3 });
    const untouched = encoder.parameters.table.data.slice(12);
    const apart = (): number => encoder.parameters.table.data[0] - encoder.parameters.table.data[6];
    const before = apart();
    const batch = { step: 0, features: bags, labels: Int32Array.of(0, 0, 1, 1), ids: Uint32Array.of(0, 1, 2, 3) }; // prettier-ignore
    await lastValueFrom(
      of(batch).pipe(
        embedRows(encoder),
        scoreRows(supCon()),
        descend<ScoredRows, Embeddings>(encoder.parameters, sparseAdam({ rate: 0.1 })),
      ),
    );
    expect(apart()).not.toBe(before);
    expect(encoder.parameters.table.data.slice(12)).toEqual(untouched);
  });
});

describe('watch', () => {
  const scored = (embeddings: Matrix, labels: readonly number[], step = 0): ScoredRows => {
    const all = { labels: Int32Array.from(labels), ids: Uint32Array.from(labels.keys()) };
    return {
      step,
      features: embeddings,
      ...all,
      labelled: { embeddings, ...all },
      value: 1 + step,
      active: 1,
      terms: 4,
      gradients: { embeddings },
      learned: {},
      backward: () => ({}),
    };
  };
  const read = (...batches: readonly ScoredRows[]): Promise<TrainingReading[]> => {
    let seconds = 0;
    return lastValueFrom(from(batches).pipe(watch({ every: 1, now: () => 1000 * seconds++ }), toArray()));
  };

  it('says how labelled rows lie, by hand', async () => {
    const rows = fromRows([[2, 0], [0, 3], [5, 0.1], [0, 1], [-1, 0]]); // prettier-ignore
    const [reading] = await read(scored(rows, [0, 0, 1, 0, 2]));
    // row 0 is nearest to row 2, of another class; 1 and 3 to one another; 2 and 4 are alone in their classes
    expect(reading.inBatchAccuracy).toBeCloseTo(2 / 3, 10);
    // of the pairs of class 0, (0, 1) and (0, 3) are at right angles and (1, 3) coincides
    expect(reading.alignment).toBeCloseTo(4 / 3, 6);
    expect(reading).toMatchObject({ step: 0, loss: 1, activeShare: 0.25, pairsPerSecond: 5 });
    const [square] = await read(scored(fromRows([[1, 0], [0, 1], [2, 0]]), [0, 0, 1])); // prettier-ignore
    expect(square.uniformity).toBeCloseTo(Math.log((1 + 2 * Math.exp(-4)) / 3), 6);
    const share = Math.SQRT2 / (1 + Math.SQRT2);
    expect(square.effectiveRank).toBeCloseTo(
      Math.exp(-share * Math.log(share) - (1 - share) * Math.log(1 - share)),
      6,
    );
  });

  it('takes a row of another class that is as near for an error, and says 0 where no class has two', async () => {
    const rows = fromRows([[1, 0], [1, 0], [1, 0]]); // prettier-ignore
    const [tied, alone] = await read(scored(rows, [0, 0, 1]), scored(rows, [0, 1, 2], 1));
    expect([tied.inBatchAccuracy, tied.alignment]).toEqual([0, 0]);
    expect([alone.inBatchAccuracy, alone.alignment]).toEqual([0, 0]);
  });

  it('says NaN of rows that are not finite', async () => {
    const [reading] = await read(scored(fromRows([[1, NaN], [1, 0]]), [0, 0])); // prettier-ignore
    expect(reading).toMatchObject({ inBatchAccuracy: NaN, alignment: NaN, uniformity: NaN, effectiveRank: NaN }); // prettier-ignore
  });
});
