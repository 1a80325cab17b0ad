import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ClassLogits } from '../../../src/core/batches.ts';
import { fromRows, matrix, type Matrix } from '../../../src/core/matrix.ts';
import { random } from '../../../src/core/random.ts';
import { crammerSinger } from '../../../src/losses/hinge/crammer-singer.ts';
import { multiClassHinge } from '../../../src/losses/hinge/multi-class-hinge.ts';
import { multiLabelMargin } from '../../../src/losses/hinge/multi-label-margin.ts';
import { expectGradient, expectSignsMatter } from '../../gradient.ts';
import { expectClose, noise } from '../../matrices.ts';

/** The right classes score 2, -1 and 0.5. */
const logits = fromRows([
  [0, 2, 1.5],
  [-1, 0, 3],
  [0.5, -2, -4],
]);
const labels = Int32Array.of(1, 0, 0);

/** Scores a row of which no two are nearer than a step to a margin of 1 or to each other. */
function spread(rows: number, cols: number, seed: number): Matrix {
  const { below } = random(seed);
  return matrix(
    rows,
    cols,
    Float32Array.from(
      { length: rows * cols },
      (_, e) => ((e % cols) + below(2) * cols) * 0.6 + 0.1 * (e % cols),
    ),
  );
}

const shapes = [fc.integer({ min: 1, max: 4 }), fc.integer({ min: 2, max: 4 }), fc.nat()] as const;

/** Expects the slopes of a value, unless there are none to see. */
function expectSlopes(loss: ReturnType<typeof crammerSinger>, batch: ClassLogits): void {
  if (loss(batch).gradients.logits.data.every((slope) => slope === 0)) return;
  expectGradient(loss, batch, ['logits']);
  expectSignsMatter(loss, batch, ['logits']);
}

describe('multiClassHinge', () => {
  it('adds up by how much each other class comes too near, over the classes', () => {
    const { value, terms, active, gradients } = multiClassHinge({ reduction: 'sum' })({ logits, labels });
    // 1.5 is 0.5 too near 2; 0 and 3 are 2 and 5 too high for -1; nothing is too near 0.5
    expectClose(terms ?? [], [0.5 / 3, 7 / 3, 0], 1e-6);
    expect(value).toBeCloseTo(2.5, 6);
    expect(active).toBe(2);
    const third = 1 / 3;
    expectClose(gradients.logits.data, [0, -third, third, -2 * third, third, third, 0, 0, 0], 1e-6);
    expect(multiClassHinge()({ logits, labels }).value).toBeCloseTo(2.5 / 3, 6);
  });

  it('squares the shortfalls, and weighs each row by its label', () => {
    const { terms, gradients } = multiClassHinge({ power: 2, weight: [2, 0.5, 7], reduction: 'sum' })({
      logits,
      labels,
    });
    expectClose(terms ?? [], [0.125 / 3, (2 * 29) / 3, 0], 1e-5);
    expectClose(gradients.logits.data, [0, -0.5 / 3, 0.5 / 3, -28 / 3, 8 / 3, 20 / 3, 0, 0, 0], 1e-5);
  });

  it('has the slopes of its value on any shape', () => {
    fc.assert(
      fc.property(...shapes, (rows, cols, seed) => {
        const batch = {
          logits: spread(rows, cols, seed),
          labels: Int32Array.from({ length: rows }, (_, i) => (i * 7 + seed) % cols),
        };
        // farther than any two scores lie apart
        expectSlopes(multiClassHinge({ margin: 8 }), batch);
        expectSlopes(multiClassHinge({ margin: 8, power: 2 }), batch);
      }),
      { numRuns: 25 },
    );
  });

  it('has no slope at the margin', () => {
    const { gradients } = multiClassHinge()({ logits: fromRows([[1, 0]]), labels: Int32Array.of(0) });
    expectClose(gradients.logits.data, [0, 0], 0);
  });

  it('refuses what it is made with, and weights that do not fit', () => {
    const refused = (run: () => unknown, sentence: string) =>
      expect(run).toThrow(new RangeError(`multiClassHinge: ${sentence}`));
    refused(() => multiClassHinge({ margin: NaN }), 'margin must be a finite number, got NaN');
    refused(() => multiClassHinge({ weight: [1, -1] }), 'weight[1] must be a finite number >= 0, got -1');
    refused(() => multiClassHinge({ weight: [1] })({ logits, labels }), 'weight.length must be 3, got 1');
  });
});

describe('crammerSinger', () => {
  it('is the margin against the best other class alone', () => {
    const { value, terms, active, gradients } = crammerSinger({ reduction: 'sum' })({ logits, labels });
    expectClose(terms ?? [], [0.5, 5, 0], 1e-6);
    expect(value).toBeCloseTo(5.5, 6);
    expect(active).toBe(2);
    expectClose(gradients.logits.data, [0, -1, 1, -1, 0, 1, 0, 0, 0], 0);
  });

  it('shares the slope evenly where classes tie, the right one among them at the margin', () => {
    const slopes = (row: number[]) =>
      crammerSinger()({ logits: fromRows([row]), labels: Int32Array.of(0) }).gradients.logits.data;
    expectClose(slopes([0, 5, 5]), [-1, 0.5, 0.5], 0);
    expectClose(slopes([6, 5, 5]), [1 / 3 - 1, 1 / 3, 1 / 3], 1e-7);
  });

  it('has the slopes of its value on any shape', () => {
    fc.assert(
      fc.property(...shapes, (rows, cols, seed) => {
        // scores of one row are 3 apart, and a step is less than 1
        const logitsApart = matrix(
          rows,
          cols,
          spread(rows, cols, seed).data.map((_, e) => 3 * ((e * 3 + seed) % cols) - 3),
        );
        const rightClasses = Int32Array.from({ length: rows }, (_, i) => (i + seed) % cols);
        if (cols === 3) return;
        expectSlopes(crammerSinger({ margin: 0.7 }), { logits: logitsApart, labels: rightClasses });
      }),
      { numRuns: 25 },
    );
  });

  it('refuses a margin below 0', () => {
    expect(() => crammerSinger({ margin: -1 })).toThrow(
      new RangeError('crammerSinger: margin must be a finite number >= 0, got -1'),
    );
  });
});

describe.each([
  ['multiClassHinge', multiClassHinge],
  ['crammerSinger', crammerSinger],
] as const)('%s', (name, made) => {
  it('is 0 without a gradient where there is one class, or no row', () => {
    for (const batch of [
      { logits: fromRows([[3], [-2]]), labels: Int32Array.of(0, 0) },
      { logits: matrix(0, 3), labels: new Int32Array() },
    ]) {
      const { value, active, gradients } = made()(batch);
      expect([value, active]).toEqual([0, 0]);
      expectClose(gradients.logits.data, new Float32Array(gradients.logits.data.length), 0);
    }
  });

  it('is finite at ±1e4, writes over the logits, and into what it is handed', () => {
    const far = () => ({ logits: fromRows([[1e4, -1e4, 0]]), labels: Int32Array.of(1) });
    const fresh = made()(far());
    expect(fresh.value).toBeGreaterThan(1e4 - 1);
    expect(fresh.value).toBeLessThan(1e5);
    const batch = far();
    expect(made()(batch, { logits: batch.logits })).toEqual(fresh);
    const into = { logits: noise(1, 3) };
    expect(made()(far(), into).gradients.logits).toBe(into.logits);
    expect(into.logits).toEqual(fresh.gradients.logits);
  });

  it('refuses labels that are no classes, and what is not finite', () => {
    const refused = (batch: ClassLogits, sentence: string) =>
      expect(() => made()(batch)).toThrow(new RangeError(`${name}: ${sentence}`));
    refused({ logits, labels: Int32Array.of(0, 1) }, 'labels.length must be 3, got 2');
    refused({ logits, labels: Int32Array.of(0, 1, 3) }, 'labels[2] must be a class in [0, 3), got 3');
    refused(
      { logits: fromRows([[1, NaN]]), labels: Int32Array.of(0) },
      'logits row 0 must be finite, got NaN in column 1',
    );
  });
});

describe('multiLabelMargin', () => {
  it('adds up by how much each wrong label comes too near each right one, over the labels', () => {
    const predictions = fromRows([
      [2, 1.5, 0, -1],
      [0, 0, 0, 0],
    ]);
    const targets = fromRows([
      [1, 0, 1, 0],
      [1, 1, 1, 1],
    ]);
    const { value, terms, active, gradients } = multiLabelMargin({ reduction: 'sum' })({
      predictions,
      targets,
    });
    // of 1.5: 0.5 too near 2 and 2.5 too high for 0; of -1: at the margin below 0
    expectClose(terms ?? [], [0.75, 0], 1e-6);
    expect(value).toBeCloseTo(0.75, 6);
    expect(active).toBe(1);
    expectClose(gradients.predictions.data, [-0.25, 0.5, -0.25, 0, 0, 0, 0, 0], 1e-7);
  });

  it('is multiClassHinge where one label is right', () => {
    fc.assert(
      fc.property(...shapes, (rows, cols, seed) => {
        const scores = spread(rows, cols, seed);
        const right = Int32Array.from({ length: rows }, (_, i) => (i * 5 + seed) % cols);
        const targets = matrix(rows, cols);
        right.forEach((c, i) => (targets.data[i * cols + c] = 1));
        const one = multiClassHinge({ margin: 1.3 })({ logits: scores, labels: right });
        const several = multiLabelMargin({ margin: 1.3 })({ predictions: scores, targets });
        expect(several.value).toBeCloseTo(one.value, 9);
        expectClose(several.gradients.predictions.data, one.gradients.logits.data, 1e-7);
      }),
    );
  });

  it('has the slopes of its value on any shape', () => {
    fc.assert(
      fc.property(...shapes, (rows, cols, seed) => {
        const predictions = spread(rows, cols, seed);
        const targets = matrix(
          rows,
          cols,
          predictions.data.map((_, e) => ((e % cols) + seed) % 2),
        );
        const loss = multiLabelMargin({ margin: 8 });
        expectGradient(loss, { predictions, targets }, ['predictions']);
        expectSignsMatter(loss, { predictions, targets }, ['predictions']);
      }),
      { numRuns: 25 },
    );
  });

  it('is 0 without a gradient where there is no row, or no label is wrong, and writes over the scores', () => {
    expect(multiLabelMargin()({ predictions: matrix(0, 2), targets: matrix(0, 2) })).toMatchObject({
      value: 0,
      active: 0,
    });
    const batch = () => ({ predictions: fromRows([[3, 1e4, -1e4]]), targets: fromRows([[1, 0, 1]]) });
    const fresh = multiLabelMargin()(batch());
    expect(Number.isFinite(fresh.value)).toBe(true);
    const over = batch();
    expect(multiLabelMargin()(over, { predictions: over.predictions })).toEqual(fresh);
  });

  it('refuses targets that are neither 1 nor 0, other shapes, and what is not finite', () => {
    const refused = (predictions: Matrix, targets: Matrix, sentence: string) =>
      expect(() => multiLabelMargin()({ predictions, targets })).toThrow(
        new RangeError(`multiLabelMargin: ${sentence}`),
      );
    const two = matrix(1, 2);
    refused(two, fromRows([[0.5, 1]]), 'targets row 0 must be 1 or 0, got 0.5 in column 0');
    refused(two, matrix(1, 3), 'targets.cols must be 2, got 3');
    refused(two, matrix(2, 2), 'targets.rows must be 1, got 2');
    refused(fromRows([[0, Infinity]]), two, 'predictions row 0 must be finite, got Infinity in column 1');
    expect(() => multiLabelMargin({ margin: NaN })).toThrow(
      new RangeError('multiLabelMargin: margin must be a finite number, got NaN'),
    );
  });
});
