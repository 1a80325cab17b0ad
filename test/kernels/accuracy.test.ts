import { describe, expect, it } from 'vitest';
import { matrix, row, type Matrix } from '../../src/core/matrix.ts';
import type { Pairs } from '../../src/kernels/kernels.ts';
import { native } from '../../src/kernels/native/native.ts';
import { plain } from '../../src/kernels/plain/plain.ts';
import { gaussian } from '../matrices.ts';

const kernels = native() ?? plain;
const [ROWS, DIM] = [500, 48];

/** Clustered unit rows: similarities of all sizes, as a model has when it is half trained. */
function unitRows(seed: number): Matrix {
  const [centers, noise] = [gaussian(25, DIM, 7), gaussian(ROWS, DIM, seed)];
  const data = noise.data.map(
    (value, e) => 0.7 * value + centers.data[(Math.floor(e / DIM) % 25) * DIM + (e % DIM)],
  );
  return plain.normalize(matrix(ROWS, DIM, data)).unit;
}

function similarities(a: Matrix, b: Matrix, scale: number): Float64Array[] {
  return Array.from({ length: a.rows }, (_, i) =>
    Float64Array.from({ length: b.rows }, (__, j) => {
      const [x, y] = [row(a, i), row(b, j)];
      return scale * x.reduce((sum, value, k) => sum + value * y[k], 0);
    }),
  );
}

/** Where each row's positives are: weights softmax - target, written so that no difference of near ones is taken. */
function softmaxWeights(
  x: readonly Float64Array[],
  positive: (i: number, j: number) => boolean,
  self: boolean,
) {
  let loss = 0;
  const weights = x.map((logits, i) => {
    const counted = logits.map((_, j) => (self && i === j ? 0 : positive(i, j) ? 1 : -1));
    const top = Math.max(...logits.filter((_, j) => counted[j] !== 0));
    const sumOf = (kind: number): number =>
      logits.reduce((sum, logit, j) => sum + (counted[j] === kind ? Math.exp(logit - top) : 0), 0);
    const [near, far] = [sumOf(1), sumOf(-1)];
    const count = counted.filter((kind) => kind === 1).length;
    const mean = logits.reduce((sum, logit, j) => sum + (counted[j] === 1 ? logit - top : 0), 0) / count;
    loss += (Math.log(near) - mean + Math.log1p(far / near)) / x.length;
    return logits.map((logit, j) => {
      if (counted[j] === 0) return 0;
      const share = Math.exp(logit - top) / (near + far);
      if (counted[j] === -1) return share / x.length;
      return (count === 1 ? -far / (near + far) : share - 1 / count) / x.length;
    });
  });
  return { loss, weights };
}

/** Expects value and gradients within the bounds that the README gives. */
function expectAccurate(
  temperature: number,
  value: number,
  loss: number,
  sides: readonly (readonly [gradient: Matrix, weights: readonly Float64Array[], against: Matrix])[],
): void {
  const bound = Math.max(2e-6, 1e-7 / temperature);
  expect(Math.abs(value - loss)).toBeLessThanOrEqual(bound * Math.max(1, Math.abs(loss)));
  for (const [gradient, weights, against] of sides) {
    const exact = weights.map((of) =>
      Float64Array.from({ length: DIM }, (_, k) =>
        of.reduce((sum, weight, j) => sum + (weight * against.data[j * DIM + k]) / temperature, 0),
      ),
    );
    const largest = Math.max(...exact.map((slopes) => Math.max(...slopes.map(Math.abs))));
    exact.forEach((slopes, i) => {
      const apart = Math.max(...slopes.map((slope, k) => Math.abs(slope - gradient.data[i * DIM + k])));
      expect(apart / largest, `row ${i} of the largest entry`).toBeLessThanOrEqual(bound);
      // unit rows: |b| is 1
      const size = weights[i].reduce((sum, weight) => sum + Math.abs(weight), 0) / temperature;
      expect(apart, `row ${i} of its own weights`).toBeLessThanOrEqual(10 * bound * size);
    });
  }
}

function transposed(weights: readonly Float64Array[]): Float64Array[] {
  return weights[0].length === 0
    ? []
    : Array.from(weights[0], (_, j) => Float64Array.from(weights, (of) => of[j]));
}

function sumOf(a: readonly Float64Array[], b: readonly Float64Array[], factor = 1): Float64Array[] {
  return a.map((of, i) => of.map((weight, j) => factor * (weight + b[i][j])));
}

describe('gradients against float64', () => {
  it.each([0.01, 0.05, 0.1, 1])(
    'of InfoNCE both ways are within the bounds at temperature %s',
    (temperature) => {
      const [anchors, positives] = [unitRows(1), unitRows(2)];
      const x = similarities(anchors, positives, 1 / temperature);
      const same = (i: number, j: number) => i === j;
      const [there, back] = [softmaxWeights(x, same, false), softmaxWeights(transposed(x), same, false)];
      const weights = sumOf(there.weights, transposed(back.weights), 0.5);
      const input: Pairs = {
        anchors,
        positives,
        geometry: 'dot',
        scale: 1 / temperature,
        bothWays: true,
        masks: [],
        reduction: 'mean',
      };
      const gradients = { anchors: matrix(ROWS, DIM), positives: matrix(ROWS, DIM) };
      const { value } = kernels.pairs(input, { kind: 'softmax' }, gradients);
      expectAccurate(temperature, value, (there.loss + back.loss) / 2, [
        [gradients.anchors, weights, positives],
        [gradients.positives, transposed(weights), anchors],
      ]);
    },
  );

  it.each([
    [0.05, 2],
    [0.1, 2],
    [0.1, 20],
    [1, 20],
  ])('of SupCon are within the bounds at temperature %s with %s rows a class', (temperature, members) => {
    const anchors = unitRows(3);
    const labels = Int32Array.from({ length: ROWS }, (_, i) => i % (ROWS / members));
    const x = similarities(anchors, anchors, 1 / temperature);
    const { loss, weights } = softmaxWeights(x, (i, j) => labels[i] === labels[j], true);
    const input: Pairs = {
      anchors,
      classes: { items: labels },
      geometry: 'dot',
      scale: 1 / temperature,
      bothWays: false,
      masks: [],
      reduction: 'mean',
    };
    const gradient = matrix(ROWS, DIM);
    const { value } = kernels.pairs(input, { kind: 'softmax' }, { anchors: gradient });
    expectAccurate(temperature, value, loss, [[gradient, sumOf(weights, transposed(weights)), anchors]]);
  });
});
