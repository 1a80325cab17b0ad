import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Proxied, ProxiedGradients } from '../../../src/core/batches.ts';
import { fromRows, matrix, row, type Matrix } from '../../../src/core/matrix.ts';
import { crossEntropy } from '../../../src/losses/classification/cross-entropy.ts';
import type { Loss } from '../../../src/losses/loss.ts';
import { arcFace } from '../../../src/losses/proxies/arc-face.ts';
import { cosFace } from '../../../src/losses/proxies/cos-face.ts';
import { normalizedSoftmax } from '../../../src/losses/proxies/normalized-softmax.ts';
import { proxyNca } from '../../../src/losses/proxies/proxy-nca.ts';
import { softTriple } from '../../../src/losses/proxies/soft-triple.ts';
import { sphereFace } from '../../../src/losses/proxies/sphere-face.ts';
import { subCenterArcFace } from '../../../src/losses/proxies/sub-center-arc-face.ts';
import { expectGradient, expectSignsMatter } from '../../gradient.ts';
import { expectClose, gaussian, noise, scaled } from '../../matrices.ts';

type ProxyLoss = Loss<Proxied, ProxiedGradients>;

const names = ['embeddings', 'proxies'] as const;

/** Each with as many proxies a class as it is made for, and no kink near any cosine but the largest. */
const losses: readonly [name: string, loss: ProxyLoss, centers: number][] = [
  ['normalizedSoftmax', normalizedSoftmax({ temperature: 0.5 }), 1],
  ['proxyNca', proxyNca({ scale: 1.5 }), 1],
  ['cosFace', cosFace({ margin: 0.3, scale: 4 }), 1],
  ['arcFace', arcFace({ marginDegrees: 15, scale: 4 }), 1],
  ['subCenterArcFace', subCenterArcFace({ marginDegrees: 15, scale: 4, centers: 2 }), 2],
  ['sphereFace', sphereFace({ margin: 3, scale: 1.5 }), 1],
  ['softTriple', softTriple({ centers: 2, gamma: 0.5, margin: 0.1, scale: 4 }), 2],
];

/** The unit row at an angle from the first axis. */
function at(degrees: number, length = 1): number[] {
  const angle = (degrees * Math.PI) / 180;
  return [length * Math.cos(angle), length * Math.sin(angle)];
}

/** An embedding along the first axis that belongs to the first class. */
function against(degrees: readonly number[], length = 1): Proxied {
  return {
    embeddings: fromRows([at(0, length)]),
    labels: Int32Array.of(0),
    proxies: fromRows(degrees.map((angle) => at(angle, 3))),
  };
}

interface Shape {
  readonly rows: number;
  readonly classes: number;
  readonly dim: number;
  readonly seed: number;
}

/** Where a class has two proxies, they point away from one another: which is nearer does not change by a small step. */
function randomBatch({ rows, classes, dim, seed }: Shape, centers: number): Proxied {
  const proxies = gaussian(classes * centers, dim, seed, 2);
  if (centers === 2) {
    for (let c = 0; c < classes; c++) {
      row(proxies, 2 * c + 1).set(row(proxies, 2 * c).map((value, k) => -2 * value + 0.1 * (k % 2)));
    }
  }
  const labels = Int32Array.from({ length: rows }, (_, i) => (i * 7 + seed) % classes);
  return { embeddings: gaussian(rows, dim, seed, 1), labels, proxies };
}

const shapes = fc.record({
  rows: fc.integer({ min: 1, max: 4 }),
  classes: fc.integer({ min: 2, max: 4 }),
  dim: fc.integer({ min: 4, max: 6 }),
  seed: fc.nat(),
});

/** The cosines of each embedding with each proxy, the slow way. */
function cosines({ embeddings, proxies }: Proxied): number[][] {
  const rows = (m: Matrix) => Array.from({ length: m.rows }, (_, i) => Array.from(row(m, i)));
  return rows(embeddings).map((x) =>
    rows(proxies).map(
      (p) => x.reduce((sum, value, k) => sum + value * p[k], 0) / (Math.hypot(...x) * Math.hypot(...p)),
    ),
  );
}

/** Far from where angles, multiplied or added to, have a kink, and from where another center is nearer. */
function smooth(batch: Proxied, centers: number): boolean {
  const near = cosines(batch);
  return near.every((all, i) => {
    const right = all[batch.labels[i] * centers];
    const angle = (Math.acos(right) * 180) / Math.PI;
    return (
      Math.abs(right) < 0.9 &&
      Math.abs(angle % 60) > 8 &&
      Math.abs(angle % 60) < 52 &&
      all.every((cosine) => centers === 1 || Math.abs(cosine) > 0.15)
    );
  });
}

describe.each(losses)('the loss %s', (name, loss, centers) => {
  const batch = randomBatch({ rows: 5, classes: 3, dim: 4, seed: 1 }, centers);

  it('has the slopes of its value for gradients, on any shape', () => {
    fc.assert(
      fc.property(shapes, (shape) => {
        const random = randomBatch(shape, centers);
        fc.pre(smooth(random, centers));
        expectGradient(loss, random, names);
      }),
      { numRuns: 10 },
    );
  });

  it('would be told from one with an opposite gradient', () => expectSignsMatter(loss, batch, names));

  it('gives each row its term, of which the value is the mean', () => {
    const { value, terms = [], active } = loss(batch);
    expect(terms.length).toBe(5);
    expectClose([value], [Array.from(terms).reduce((sum, term) => sum + term) / 5], 1e-6);
    expect(active).toBe(5);
  });

  it('does not see how long proxies are, and has no slope along them', () => {
    const longer = { ...batch, proxies: scaled(batch.proxies, 8) };
    expectClose([loss(longer).value], [loss(batch).value], 1e-6);
    const { proxies } = loss(batch).gradients;
    for (let c = 0; c < proxies.rows; c++) {
      const along = row(proxies, c).reduce((sum, slope, k) => sum + slope * row(batch.proxies, c)[k], 0);
      expect(along).toBeCloseTo(0, 5);
    }
  });

  it('writes over what it is handed, with the numbers that fresh matrices get', () => {
    const into = { embeddings: noise(5, 4), proxies: noise(3 * centers, 4) };
    const written = loss(batch, into);
    for (const each of names) expect(written.gradients[each]).toBe(into[each]);
    expect(written).toEqual(loss(batch));
  });

  it('has no slope at a zero row, nor moves proxies by it', () => {
    const flat = { embeddings: matrix(1, 4), labels: Int32Array.of(1), proxies: batch.proxies };
    const { gradients } = loss(flat);
    expect(gradients.embeddings).toEqual(matrix(1, 4));
    expectClose(gradients.proxies.data, matrix(3 * centers, 4).data, 1e-7);
  });

  it('has a finite answer where there is little to learn from, and far out', () => {
    const one = Float32Array.of(1, -2, 0.5);
    const degenerate: Proxied[] = [
      { embeddings: matrix(2, 3), labels: Int32Array.of(0, 0), proxies: matrix(2 * centers, 3) },
      { embeddings: matrix(1, 3, one), labels: Int32Array.of(0), proxies: stackOf(one, centers) },
      { embeddings: matrix(1, 3, one), labels: Int32Array.of(0), proxies: stackOf(one, 2 * centers) },
      {
        embeddings: matrix(1, 3, one),
        labels: Int32Array.of(1),
        proxies: stackOf(
          one.map((v) => -v),
          2 * centers,
        ),
      },
      {
        embeddings: scaled(gaussian(3, 3, 1), 1e4),
        labels: Int32Array.of(0, 1, 0),
        proxies: gaussian(2 * centers, 3, 2),
      },
      {
        embeddings: scaled(gaussian(3, 3, 1), 1e-20),
        labels: Int32Array.of(0, 1, 0),
        proxies: gaussian(2 * centers, 3, 2),
      },
    ];
    for (const each of degenerate) {
      const { value, gradients } = loss(each);
      expect(Number.isFinite(value)).toBe(true);
      for (const input of names) expect(gradients[input].data.every(Number.isFinite)).toBe(true);
    }
    const nothing = loss({ embeddings: matrix(0, 4), labels: new Int32Array(), proxies: batch.proxies });
    expect([nothing.value, nothing.active]).toEqual([0, 0]);
    expect(nothing.gradients.proxies).toEqual(matrix(3 * centers, 4));
  });

  it('refuses what does not fit in one sentence', () => {
    const refusal = (changed: Partial<Proxied>) => () => loss({ ...batch, ...changed });
    expect(refusal({ labels: Int32Array.of(1) })).toThrow(
      new RangeError(`${name}: labels.length must be 5, got 1`),
    );
    expect(refusal({ labels: Int32Array.of(0, 1, 3, 0, 1) })).toThrow(
      new RangeError(`${name}: labels[2] must be a class in [0, 3), got 3`),
    );
    expect(refusal({ proxies: matrix(2, 3) })).toThrow(
      new RangeError(`${name}: proxies.cols must be 4, got 3`),
    );
    const spoilt = gaussian(5, 4, 1);
    spoilt.data[6] = NaN;
    expect(refusal({ embeddings: spoilt })).toThrow(
      new RangeError(`${name}: embeddings row 1 must be finite, got NaN in column 2`),
    );
    expect(
      refusal({ proxies: matrix(3 * centers, 4, new Float32Array(12 * centers).fill(Infinity)) }),
    ).toThrow(new RangeError(`${name}: proxies row 0 must be finite, got Infinity in column 0`));
  });
});

function stackOf(values: Float32Array, rows: number): Matrix {
  return fromRows(Array.from({ length: rows }, () => values));
}

describe('worked by hand', () => {
  // of two logits the term is log(1 + exp(other - right))
  const term = (right: number, other: number) => Math.log(1 + Math.exp(other - right));

  it('normalizedSoftmax divides cosines by its temperature', () => {
    expect(normalizedSoftmax({ temperature: 0.5 })(against([60, 180])).value).toBeCloseTo(term(1, -2), 6);
  });

  it('proxyNca takes squared distances of unit rows, or 1 minus cosines', () => {
    expect(proxyNca({ scale: 3 })(against([60, 180])).value).toBeCloseTo(term(-3 * 1, -3 * 4), 6);
    expect(proxyNca({ scale: 3, distance: 'cosine' })(against([60, 180])).value).toBeCloseTo(
      term(-1.5, -6),
      6,
    );
  });

  it('cosFace lowers the cosine with the right class', () => {
    expect(cosFace({ margin: 0.35, scale: 2 })(against([60, 180])).value).toBeCloseTo(term(0.3, -2), 6);
  });

  it('arcFace turns the right class away by its margin', () => {
    expect(arcFace({ marginDegrees: 30, scale: 2 })(against([60, 180])).value).toBeCloseTo(term(0, -2), 6);
  });

  it('arcFace goes on falling where the angle would pass 180 degrees', () => {
    // cos 150° - (π / 2) sin 90°
    const right = -Math.sqrt(3) / 2 - Math.PI / 2;
    expect(arcFace({ marginDegrees: 90, scale: 1 })(against([150, 90])).value).toBeCloseTo(term(right, 0), 6);
  });

  it('subCenterArcFace sees the nearest center alone', () => {
    const batch = against([120, 60, 180, 150]);
    const loss = subCenterArcFace({ marginDegrees: 30, scale: 1, centers: 2 });
    const { value, gradients } = loss(batch);
    expect(value).toBeCloseTo(term(0, -Math.sqrt(3) / 2), 6);
    expectClose(row(gradients.proxies, 0), [0, 0], 0);
    expectClose(row(gradients.proxies, 2), [0, 0], 0);
    expect(Math.hypot(...row(gradients.proxies, 1))).toBeGreaterThan(0.01);
    expect(Math.hypot(...row(gradients.proxies, 3))).toBeGreaterThan(0.01);
  });

  it('subCenterArcFace gives the first of equally near centers the slope', () => {
    const { gradients } = subCenterArcFace({ scale: 1, centers: 2 })(against([60, 60, 150, 150]));
    expect(Math.hypot(...row(gradients.proxies, 0))).toBeGreaterThan(0.01);
    expectClose(row(gradients.proxies, 1), [0, 0], 0);
  });

  it('softTriple weighs centers by their own softmax', () => {
    // cosines 0.5 and -0.5 apart by gamma · log 3 weigh 3 to 1: 0.25, less the margin
    const loss = softTriple({ centers: 2, gamma: 1 / Math.log(3), margin: 0.05, scale: 2 });
    expect(loss(against([60, 120, 180, 180])).value).toBeCloseTo(term(0.4, -2), 6);
  });

  it('sphereFace multiplies the angle, goes on falling at each turn, and keeps the length', () => {
    // cos 120°; past 180° it is -cos 240° - 2
    expect(sphereFace({ margin: 2 })(against([60, 90], 2)).value).toBeCloseTo(term(-1, 0), 6);
    expect(sphereFace({ margin: 2 })(against([120, 90], 2)).value).toBeCloseTo(term(2 * -1.5, 0), 6);
    // three turns on, cos 600° = -0.5: -(-0.5) - 6
    expect(sphereFace({ margin: 4 })(against([150, 90], 2)).value).toBeCloseTo(term(2 * (0.5 - 6), 0), 6);
    expect(sphereFace({ margin: 4 })(against([180, 90])).value).toBeCloseTo(term(1 - 2 * 4, 0), 5);
  });

  it('arcFace has no slope along an angle of 0, where it has no direction', () => {
    const { value, gradients } = arcFace({ marginDegrees: 60, scale: 1 })(against([0, 90]));
    expect(value).toBeCloseTo(term(0.5, 0), 6);
    // what is left is that of the other class, which pushes away from 90 degrees
    const share = 1 / (1 + Math.exp(0.5));
    expectClose(gradients.embeddings.data, [0, share], 1e-6);
  });
});

it('a zero row is as near to all classes: the logarithm of how many there are', () => {
  const flat = {
    embeddings: matrix(1, 2),
    labels: Int32Array.of(0),
    proxies: fromRows([at(0), at(10), at(200)]),
  };
  for (const loss of [normalizedSoftmax(), proxyNca(), sphereFace()])
    expect(loss(flat).value).toBeCloseTo(Math.log(3), 6);
});

describe('without its margin', () => {
  const batch = randomBatch({ rows: 6, classes: 4, dim: 5, seed: 3 }, 1);
  const logits = (scale: number) => ({
    logits: fromRows(cosines(batch).map((all) => all.map((cosine) => scale * cosine))),
    labels: batch.labels,
  });

  it('each is the cross-entropy of scaled cosines', () => {
    const { value } = crossEntropy()(logits(3));
    for (const loss of [
      normalizedSoftmax({ temperature: 1 / 3 }),
      cosFace({ margin: 0, scale: 3 }),
      arcFace({ marginDegrees: 0, scale: 3 }),
      subCenterArcFace({ marginDegrees: 0, scale: 3, centers: 1 }),
      softTriple({ centers: 1, margin: 0, scale: 3 }),
      proxyNca({ scale: 1.5 }),
      proxyNca({ scale: 3, distance: 'cosine' }),
    ]) {
      expect(loss(batch).value).toBeCloseTo(value, 5);
    }
  });

  it('sphereFace is the cross-entropy of the embeddings times unit proxies', () => {
    const lengths = Array.from({ length: 6 }, (_, i) => Math.hypot(...row(batch.embeddings, i)));
    const scores = cosines(batch).map((all, i) => all.map((cosine) => lengths[i] * cosine));
    const { value } = crossEntropy()({ logits: fromRows(scores), labels: batch.labels });
    expect(sphereFace({ margin: 1 })(batch).value).toBeCloseTo(value, 5);
  });

  it('a sum is rows times the mean', () => {
    const [sum, mean] = [cosFace({ reduction: 'sum' })(batch), cosFace()(batch)];
    expectClose([sum.value], [6 * mean.value], 1e-6);
    expectClose(sum.gradients.proxies.data, scaled(mean.gradients.proxies, 6).data, 1e-5);
  });
});

it('options out of their range are refused in one sentence', () => {
  const refusals: [() => unknown, string][] = [
    [
      () => normalizedSoftmax({ temperature: 0 }),
      'normalizedSoftmax: temperature must be a finite number > 0, got 0',
    ],
    [() => proxyNca({ scale: -1 }), 'proxyNca: scale must be a finite number > 0, got -1'],
    [() => cosFace({ margin: -1 }), 'cosFace: margin must be a finite number >= 0, got -1'],
    [() => arcFace({ marginDegrees: 180 }), 'arcFace: marginDegrees must be a number in [0, 180), got 180'],
    [
      () => subCenterArcFace({ marginDegrees: NaN }),
      'subCenterArcFace: marginDegrees must be a number in [0, 180), got NaN',
    ],
    [() => subCenterArcFace({ centers: 0 }), 'subCenterArcFace: centers must be a whole number >= 1, got 0'],
    [() => sphereFace({ margin: 1.5 }), 'sphereFace: margin must be a whole number >= 1, got 1.5'],
    [() => softTriple({ gamma: 0 }), 'softTriple: gamma must be a finite number > 0, got 0'],
    [
      () => softTriple({ centers: 2 })(against([1, 2, 3])),
      'softTriple: proxies.rows must be 2 for each class, got 3',
    ],
  ];
  for (const [refused, sentence] of refusals) expect(refused).toThrow(new RangeError(sentence));
});
