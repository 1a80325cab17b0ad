import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { random } from '../../src/core/random.ts';
import { batchHard } from '../../src/miners/batch-hard.ts';
import { marginTriplets } from '../../src/miners/margin-triplets.ts';
import { nearMisses } from '../../src/miners/near-misses.ts';
import { matrix, type Matrix } from '../../src/core/matrix.ts';
import type { Views } from '../../src/core/batches.ts';
import {
  ACTIVATION_KINDS,
  ELEMENTWISE_KINDS,
  type ElementwiseKind,
  type Kernels,
  type PairLoss,
  type Similarity,
} from '../../src/kernels/kernels.ts';
import { addonFrom } from '../../src/kernels/native/addon.ts';
import { native } from '../../src/kernels/native/native.ts';
import { plain } from '../../src/kernels/plain/plain.ts';
import { circle } from '../../src/losses/labelled/circle.ts';
import { contrastive } from '../../src/losses/labelled/contrastive.ts';
import { crossEntropy } from '../../src/losses/classification/cross-entropy.ts';
import { dice } from '../../src/losses/classification/dice.ts';
import { klDivergence } from '../../src/losses/classification/kl-divergence.ts';
import { multiLabelSoftMargin } from '../../src/losses/classification/multi-label-soft-margin.ts';
import { negativeLogLikelihood } from '../../src/losses/classification/negative-log-likelihood.ts';
import { poly1CrossEntropy } from '../../src/losses/classification/poly1-cross-entropy.ts';
import { poly1Focal } from '../../src/losses/classification/poly1-focal.ts';
import { sigmoidFocal } from '../../src/losses/classification/sigmoid-focal.ts';
import { softmaxFocal } from '../../src/losses/classification/softmax-focal.ts';
import { decoupledContrastive } from '../../src/losses/labelled/decoupled-contrastive.ts';
import { infoNce } from '../../src/losses/views/info-nce.ts';
import { liftedStructure } from '../../src/losses/labelled/lifted-structure.ts';
import { multiSimilarity } from '../../src/losses/labelled/multi-similarity.ts';
import { ntXent } from '../../src/losses/labelled/nt-xent.ts';
import { supCon } from '../../src/losses/labelled/sup-con.ts';
import { tripletRows } from '../../src/losses/views/triplet-rows.ts';
import { triplet } from '../../src/losses/labelled/triplet.ts';
import { exact } from '../../src/neighbors/exact.ts';
import { hnsw } from '../../src/neighbors/hnsw.ts';
import { gaussian } from '../matrices.ts';
import { type Frame, framed, type Oddity } from './framed.ts';

/** Around the panels of 6 rows, the slices of 16 columns, the tiles of 192 × 256. */
const SIZES = [0, 1, 2, 6, 7, 16, 17, 191, 193, 257];

/** Three sizes, and a choice of the options there are: pick(2) is 0 or 1. */
interface Situation {
  readonly rows: number;
  readonly cols: number;
  readonly others: number;
  readonly pick: (count: number) => number;
}

/** One call, from framed inputs; what it wrote. */
type Call = (kernels: Kernels, frame: Frame, situation: Situation) => readonly ArrayLike<number>[];

const SIMILARITIES: readonly Similarity[] = ['dot', 'cosine', 'euclidean'];

const PAIR_LOSSES: readonly PairLoss[] = [
  { kind: 'softmax' },
  { kind: 'decoupled' },
  { kind: 'sigmoid', bias: -1 },
  { kind: 'ntXent' },
  { kind: 'multiSimilarity', alpha: 2, beta: 5, base: 0.1 },
  { kind: 'circle', margin: 0.25, gamma: 2 },
  { kind: 'contrastive', positiveMargin: 0.3, negativeMargin: 9 },
  { kind: 'nca' },
  { kind: 'tupletMargin', radians: 0.1, scale: 0.5 },
  { kind: 'squaredHinges', positiveBound: 9, negativeBound: -9 },
  { kind: 'fastAp', bins: 3 },
  { kind: 'batchAll', margin: 9, soft: false },
  { kind: 'batchAll', margin: 0.5, soft: true },
  { kind: 'batchHard', margin: 9, soft: false, everyAnchor: true },
  { kind: 'batchSemiHard', margin: 9, everyAnchor: true },
  { kind: 'lifted', positiveMargin: 0.1, negativeMargin: 1 },
];

/** Those whose predictions or targets are checked to be in [0, 1] at the door. */
const FROM_SHARES: readonly ElementwiseKind[] = ['binaryCrossEntropyOfProbabilities'];
const OF_SHARES: readonly ElementwiseKind[] = ['binaryCrossEntropyOfProbabilities', 'sigmoidFocal'];

/** What is finite, moved into [0, 1). */
function inShares(m: Matrix): Matrix {
  m.data.forEach((value, e) => (m.data[e] = Math.abs(value) % 1));
  return m;
}

/** Every kernel there is. */
const CALLS: Readonly<Record<Exclude<keyof Kernels, 'name' | 'later'>, Call>> = {
  times: (by, { numbers, out }, { rows, cols, others }) => [
    by.times(numbers(rows, cols), numbers(cols, others), out(rows, others)).data,
  ],
  timesTransposed: (by, { numbers, out }, { rows, cols, others }) => [
    by.timesTransposed(numbers(rows, cols), numbers(others, cols), out(rows, others)).data,
  ],
  transposedTimes: (by, { numbers, out }, { rows, cols, others }) => [
    by.transposedTimes(numbers(cols, rows), numbers(cols, others), out(rows, others)).data,
  ],
  normalize: (by, { numbers }, { rows, cols }) => {
    const { unit, norms } = by.normalize(numbers(rows, cols));
    return [unit.data, norms];
  },
  normalizeBackward: (by, { numbers, out, state }, { rows, cols, pick }) => {
    const unit = numbers(rows, cols);
    const normalized = { unit, norms: Float64Array.from({ length: rows }, (_, i) => i % 5) };
    if (pick(2) === 0) return [by.normalizeBackward(normalized, numbers(rows, cols), out(rows, cols)).data];
    const inPlace = state(rows, cols);
    return [by.normalizeBackward(normalized, inPlace, inPlace).data];
  },
  rowProducts: (by, { numbers }, { rows, cols }) => {
    const { xx, yy, xy, apart } = by.rowProducts(numbers(rows, cols), numbers(rows, cols));
    return [xx, yy, xy, apart];
  },
  blendRows: (by, { numbers, out, state }, { rows, cols, pick }) => {
    const [ofX, ofY] = [2, -3].map((step) => Float64Array.from({ length: rows }, (_, i) => (i % 5) / step));
    if (pick(2) === 0) {
      return [by.blendRows(numbers(rows, cols), numbers(rows, cols), ofX, ofY, out(rows, cols)).data];
    }
    const inPlace = state(rows, cols);
    return [by.blendRows(inPlace, numbers(rows, cols), ofX, ofY, inPlace).data];
  },
  softmaxCrossEntropy: (by, { numbers, out, ints }, { rows, cols, pick }) => {
    const [logits, gradient] = [numbers(rows, cols), out(rows, cols)];
    const labels = ints(rows, (i) => (cols === 0 || i % 7 === 6 ? -100 : (i * 5) % cols));
    const smoothing = [0, 0.1, 1][pick(3)];
    if (pick(2) === 0) {
      const back = pick(2) === 0 ? undefined : out(rows, cols);
      const given = { logits, targets: numbers(rows, cols), smoothing, upstream: 0.3 };
      const { value, terms } = by.softmaxCrossEntropy(given, gradient, back);
      return [gradient.data, back?.data ?? [], terms, [value]];
    }
    const { value, terms } = by.softmaxCrossEntropy(
      { logits, labels, ignored: -100, smoothing, upstream: 0.3 },
      gradient,
    );
    return [gradient.data, terms, [value]];
  },
  logSoftmax: (by, { numbers, out, state }, { rows, cols, pick }) => {
    if (pick(2) === 0) return [by.logSoftmax(numbers(rows, cols), out(rows, cols)).data];
    const inPlace = state(rows, cols);
    return [by.logSoftmax(inPlace, inPlace).data];
  },
  logSoftmaxBackward: (by, { numbers, out, state }, { rows, cols, pick }) => {
    const value = numbers(rows, cols);
    if (pick(2) === 0) return [by.logSoftmaxBackward(value, numbers(rows, cols), out(rows, cols)).data];
    const inPlace = state(rows, cols);
    return [by.logSoftmaxBackward(value, inPlace, inPlace).data];
  },
  softmax: (by, { numbers, out, state }, { rows, cols, pick }) => {
    if (pick(2) === 0) return [by.softmax(numbers(rows, cols), out(rows, cols)).data];
    const inPlace = state(rows, cols);
    return [by.softmax(inPlace, inPlace).data];
  },
  softmaxBackward: (by, { numbers, out, state }, { rows, cols, pick }) => {
    const value = numbers(rows, cols);
    if (pick(2) === 0) return [by.softmaxBackward(value, numbers(rows, cols), out(rows, cols)).data];
    const inPlace = state(rows, cols);
    return [by.softmaxBackward(value, inPlace, inPlace).data];
  },
  logSumExp: (by, { numbers }, { rows, cols }) =>
    // without columns it is minus infinity, which has no difference
    cols === 0 ? [] : [by.logSumExp(numbers(rows, cols))],
  logSumExpBackward: (by, { numbers, out, state }, { rows, cols, pick }) => {
    const upstream = Float64Array.from({ length: rows }, (_, i) => (i % 5) - 2);
    if (pick(2) === 0) return [by.logSumExpBackward(numbers(rows, cols), upstream, out(rows, cols)).data];
    const inPlace = state(rows, cols);
    return [by.logSumExpBackward(inPlace, upstream, inPlace).data];
  },
  elementwise: (by, { numbers, out, state }, { rows, cols, pick }) => {
    const kind = ELEMENTWISE_KINDS[pick(ELEMENTWISE_KINDS.length)];
    const [gradient, back] = [out(rows, cols), pick(2) === 0 ? undefined : out(rows, cols)];
    const { value, terms } = by.elementwise(
      {
        kind,
        predictions: FROM_SHARES.includes(kind) ? inShares(state(rows, cols)) : numbers(rows, cols),
        targets: OF_SHARES.includes(kind) ? inShares(state(rows, cols)) : numbers(rows, cols),
        weights: pick(2) === 0 ? undefined : numbers(rows, cols),
        columnWeights: pick(2) === 0 ? undefined : numbers(1, cols).data,
        parameter: kind === 'quantile' ? 0.3 : 0.7,
        focal: kind === 'sigmoidFocal' ? { positive: 0.25, negative: 0.75, epsilon: pick(2) } : undefined,
        upstream: 0.1,
        listed: pick(2) === 0,
      },
      gradient,
      back,
    );
    return [gradient.data, back?.data ?? [], terms ?? [], [value]];
  },
  firstOutside: (by, { numbers }, { rows, cols, pick }) => [
    [by.firstOutside(numbers(rows, cols), -2, [1.5, 2, 3.4e38][pick(3)])],
  ],
  pack: (by, { numbers, ints, uints }, { rows, cols, others, pick }) => {
    // packed rows are the kernels' own affair; what is found through them is not
    const corpus = { rows: numbers(others, cols), ids: uints(others, (j) => j * 3) };
    const changed = uints(Math.min(others, 2), (e) => e);
    const first = by.pack(corpus.rows);
    const packed = pick(2) === 0 ? first : by.pack(corpus.rows, first, changed);
    const k = [1, 7, 100][pick(3)];
    const similarity = SIMILARITIES[pick(3)];
    const found = by.topK(
      numbers(rows, cols),
      { ...corpus, classes: ints(others, (j) => j % 3), packed },
      k,
      { similarity },
    );
    return [found.found, found.scores.map((score) => (Number.isFinite(score) ? score : 0))];
  },
  triplets: (by, { numbers, out, uints }, { rows, cols, others, pick }) => {
    const sides = [numbers(rows, cols), numbers(others, cols)];
    const gradients = [out(rows, cols), out(others, cols)];
    const all = rows + others;
    const count = all === 0 ? 0 : 1 + pick(300);
    const triplets = {
      anchors: uints(count, (t) => (t * 5) % all),
      positives: uints(count, (t) => (t * 7 + 1) % all),
      negatives: uints(count, (t) => (t * 11 + 2) % all),
    };
    const geometry = (['dot', 'cosine', 'squaredEuclidean'] as const)[pick(3)];
    const { value, terms } = by.triplets(
      { rows: sides, triplets, geometry, margin: 50, upstream: 0.1 },
      gradients,
    );
    return [gradients[0].data, gradients[1].data, terms, [value]];
  },
  pairs: (by, { numbers, out, ints, uints }, { rows, cols, others: some, pick }) => {
    const [one, kind] = [pick(2) === 1, pick(3)];
    // in one or two dimensions rows come so near one another that a distance's slope is all rounding
    const perAnchor = new Float64Array(rows).fill(1.5);
    const losses: readonly PairLoss[] = !one
      ? PAIR_LOSSES.slice(0, 3)
      : cols <= 2
        ? PAIR_LOSSES.slice(0, 6)
        : [
            ...PAIR_LOSSES,
            { kind: 'margin', margin: 9, betas: perAnchor },
            { kind: 'signalToNoise', positiveMargin: -9, negativeMargin: 99, powers: perAnchor },
          ];
    const loss = losses[pick(losses.length)];
    const distance = loss.kind === 'contrastive' || loss.kind === 'lifted';
    const count = kind === 0 ? 0 : kind === 1 || one ? some : rows * 2;
    const others = kind === 0 ? undefined : numbers(count, cols);
    const keys = (length: number, step: number, kinds: number) => ints(length, (i) => (i * step) % kinds);
    const masks = [7, 5].slice(0, pick(3)).map((step) => ({
      items: keys(rows, step, 23),
      others: others && keys(count, step + 1, 23),
    }));
    const dropping = one ? 0 : pick(3);
    // the next row is a positive, and of one set the one after it a negative, with another of the others where there are some
    const byList = rows > 2 && masks.length + dropping === 0 && pick(2) === 1;
    const wrong = count === 0 ? 1 : 2;
    const gradients = {
      anchors: out(rows, cols),
      positives: one ? undefined : out(rows, cols),
      others: kind === 0 || one ? undefined : out(count, cols),
    };
    const { value, terms, scale, bias } = by.pairs(
      {
        anchors: numbers(rows, cols),
        positives: one ? undefined : numbers(rows, cols),
        others,
        // 0, 4, 0, 4 … of them each, and what is left over the last's
        offsets:
          kind === 2 && !one
            ? uints(rows + 1, (i) => (i === rows ? count : i % 2 === 0 ? 2 * i : 2 * i - 2))
            : undefined,
        geometry: distance
          ? (['euclidean', 'chord'] as const)[pick(2)]
          : (['dot', 'cosine'] as const)[pick(2)],
        scale: loss.kind === 'softmax' ? [0.1, 1, 20][pick(3)] / Math.sqrt(cols + 1) : 0.5 / (cols + 1),
        classes:
          one && !byList ? { items: keys(rows, 3, 11), others: others && keys(count, 1, 11) } : undefined,
        bothWays: !one && loss.kind !== 'sigmoid' && pick(2) === 1,
        masks,
        dropped:
          dropping === 0
            ? undefined
            : {
                offsets: uints(rows + 1, (i) => (dropping - 1) * 3 * i),
                ids: uints((dropping - 1) * 3 * rows, (e) => (e * 11) % (rows + count + 5)),
              },
        listed: byList
          ? {
              positives: { offsets: uints(rows + 1, (i) => i), ids: uints(rows, (i) => (i + 1) % rows) },
              negatives: one
                ? {
                    offsets: uints(rows + 1, (i) => wrong * i),
                    ids: uints(wrong * rows, (e) =>
                      e % wrong === 0 ? (e / wrong + 2) % rows : rows + (e % count),
                    ),
                  }
                : undefined,
            }
          : undefined,
        reduction: (['sum', 'mean', 'active'] as const)[pick(3)],
      },
      loss,
      gradients,
    );
    const { anchors, positives, others: third } = gradients;
    return [
      anchors.data,
      positives?.data ?? [],
      third?.data ?? [],
      terms,
      [value],
      [scale],
      loss.kind === 'sigmoid' ? [bias] : [],
    ];
  },
  topK: (by, { numbers, ints, uints, bits }, { rows, cols, others, pick }) => {
    const [classed, queried, allowed, listed] = [pick(2), pick(2), pick(3), pick(3)];
    const corpus = {
      rows: numbers(others, cols),
      ids: uints(others, (j) => ((j * 7919) % 10_007) * 3),
      classes: classed === 0 ? undefined : ints(others, (j) => j % 4),
    };
    const exclude = {
      queryClass: queried === 0 ? undefined : ints(rows, (q) => q % 5),
      // none, a bit for some ids, no bits at all
      allowed: [undefined, bits(2500, (b) => (b * 37) % 256), bits(0, () => 0)][allowed],
      perQuery:
        listed === 0
          ? undefined
          : {
              offsets: uints(rows + 1, (q) => (listed - 1) * 2 * q),
              ids: uints((listed - 1) * 2 * rows, (e) => ((e * 7919) % 10_007) * 3),
            },
    };
    const k = [0, 1, 7, 100, 300][pick(5)];
    const similarity = SIMILARITIES[pick(3)];
    const found = by.topK(numbers(rows, cols), corpus, k, {
      similarity,
      exclude: pick(3) === 0 ? undefined : exclude,
    });
    const best = Array.from(found.found, (count, q) => [q * k, q * k + count] as const);
    return [
      found.found,
      best.flatMap(([start, end]) => Array.from(found.rows.subarray(start, end))),
      best.flatMap(([start, end]) => Array.from(found.scores.subarray(start, end))),
    ];
  },
  hardest: (by, { numbers, ints }, { rows, cols, pick }) => {
    const labels = ints(rows, (i) => (i * 5) % 17);
    const { positives, negatives } = by.hardest(numbers(rows, cols), labels, SIMILARITIES[pick(3)]);
    return [positives, negatives];
  },
  resample: (by, { doubles }, { rows, cols, others, pick }) => [
    by.resample(doubles(rows * (cols + 1)), cols + 1, others, pick(3)),
  ],
  gather: (by, { numbers, uints, out }, { rows, cols, others }) => {
    const numbered = uints(others === 0 ? 0 : rows, (i) => (i * 5) % others);
    return [by.gather(numbers(others, cols), numbered, out(numbered.length, cols)).data];
  },
  weightedSums: (by, { numbers, uints, out }, { rows, cols, others, pick }) => {
    const table = numbers(others, cols);
    const size = others === 0 ? 0 : 7 * pick(12);
    const offsets = uints(rows + 1, (i) => Math.min(size, 3 * i));
    const ids = uints(size, (e) => (e * 5) % others);
    return [by.weightedSums({ offsets, ids, weights: numbers(1, size).data }, table, out(rows, cols)).data];
  },
  activation: (by, { numbers, out }, { rows, cols, pick }) => [
    by.activation(ACTIVATION_KINDS[pick(2)], numbers(rows, cols), out(rows, cols)).data,
  ],
  activationBackward: (by, { numbers, out }, { rows, cols, pick }) => {
    const [x, upstream] = [numbers(rows, cols), numbers(rows, cols)];
    return [by.activationBackward(ACTIVATION_KINDS[pick(2)], x, upstream, out(rows, cols)).data];
  },
  adamW: (by, { numbers, state, out, uints }, { rows, cols, pick }) => {
    const moments = { mean: out(rows, cols), square: out(rows, cols) };
    for (const { data } of [moments.mean, moments.square]) data.fill(0.01);
    const parameter = state(rows, cols);
    const step = { rate: 0.01, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, decay: 0.1, step: 1 + pick(3) };
    const some = Math.ceil(rows / 2);
    if (pick(2) === 0) by.adamW(parameter, numbers(rows, cols), moments, step);
    else
      by.adamW(
        parameter,
        numbers(some, cols),
        moments,
        step,
        uints(some, (i) => 2 * i),
      );
    return [parameter.data, moments.mean.data, moments.square.data];
  },
};

/**
 * Every size with a third of the others (with NEARMISS_FUZZ with all of them), and for each a third and options that differ from one to
 * the next.
 */
const situations: readonly Situation[] = SIZES.flatMap((rows, r) =>
  SIZES.map((cols, c) => ({
    rows,
    cols,
    others: SIZES[(r * 4 + c * 7 + 3) % SIZES.length],
    pick: random(rows, cols).below,
  })).filter((_, c) => (r + 2 * c) % 3 === 0 || process.env['NEARMISS_FUZZ'] !== undefined),
);

/** The same picks again, from the first. */
const again = (situation: Situation): Situation => ({
  ...situation,
  pick: random(situation.rows, situation.cols).below,
});

const kernels = native();
const addon = addonFrom(createRequire(import.meta.url));

/** Calls with the name of each instruction set this CPU has, in use. */
function onEachInstructionSet(claim: (name: string) => void): void {
  const widest = addon?.instructionSet() ?? '';
  try {
    for (const name of ['baseline', 'avx2', 'avx512', 'avx512bf16'])
      if (addon?.useInstructionSet(name)) claim(name);
  } finally {
    addon?.useInstructionSet(widest);
  }
}

/** What is off between two lists of numbers, as a share of the largest expected. */
function difference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  expect(actual.length).toBe(expected.length);
  let [most, farthest] = [1e-2, 0];
  for (let e = 0; e < expected.length; e++) {
    most = Math.max(most, Math.abs(expected[e]));
    const apart = Math.abs(actual[e] - expected[e]);
    // NaN counts as far
    farthest = apart <= farthest ? farthest : apart;
  }
  return farthest / most;
}

describe.skipIf(kernels === undefined)('odd input (skipped where no compiler built the kernels)', () => {
  const { name: _, later, ...functions } = kernels ?? plain;

  it('is tried on every kernel, those that promise too', () => {
    expect(Object.keys(CALLS).sort()).toEqual(Object.keys(functions).sort());
    for (const promised of Object.keys(later)) expect(Object.keys(functions)).toContain(promised);
  });

  describe.each(Object.entries(CALLS))('%s', (_name, call) => {
    it('is what the plain kernel says, at every size and off alignment, and writes nowhere else', () => {
      for (const [seed, situation] of situations.entries()) {
        const expected = call(plain, framed(seed, 'none'), again(situation));
        onEachInstructionSet((set) => {
          const frame = framed(seed, 'none');
          const actual = call(kernels ?? plain, frame, again(situation));
          const { rows, cols, others } = situation;
          const where = `${rows} × ${cols}, ${others}, by ${set}`;
          frame.expectUntouched();
          expect(actual.length, where).toBe(expected.length);
          for (const [part, numbers] of expected.entries())
            expect(difference(actual[part], numbers), `${where}, result ${part}`).toBeLessThan(5e-5);
        });
      }
    }, 60_000);

    it.each<Oddity>(['NaN', 'infinite', 'huge', 'tiny'])(
      'takes %s numbers without a fault, and writes nowhere else',
      (oddity) => {
        for (const [seed, situation] of situations.entries()) {
          // a fifth of them for each kind of numbers: all are tried with some kind
          if ((seed + oddity.length) % 4 !== 0) continue;
          onEachInstructionSet(() => {
            const frame = framed(seed, oddity);
            expect(() => call(kernels ?? plain, frame, again(situation))).not.toThrow();
            frame.expectUntouched();
          });
        }
      },
      60_000,
    );
  });
});

describe('the doors', () => {
  const sound = gaussian(6, 3, 1);
  const labels = Int32Array.of(0, 0, 1, 1, 2, 2);
  const ids = Uint32Array.of(3, 1, 4, 5, 9, 2);
  const views = (bad: Partial<Views>): Views => ({
    anchors: sound,
    positives: gaussian(6, 3, 2),
    negatives: gaussian(6, 3, 3),
    ids,
    ...bad,
  });
  const ofViews = (take: (given: Views) => unknown) =>
    (['anchors', 'positives', 'negatives'] as const).map(
      (name) => (bad: Matrix) => take(views({ [name]: bad })),
    );

  /** Everything public that takes numbers, from where they may be bad. */
  const DOORS: Readonly<Record<string, readonly ((bad: Matrix) => unknown)[]>> = {
    crossEntropy: [(logits) => crossEntropy()({ logits, labels })],
    dice: [(predictions) => dice()({ predictions, labels })],
    klDivergence: [(predictions) => klDivergence()({ predictions, targets: matrix(6, 3) })],
    multiLabelSoftMargin: [(predictions) => multiLabelSoftMargin()({ predictions, targets: matrix(6, 3) })],
    negativeLogLikelihood: [(logProbabilities) => negativeLogLikelihood()({ logProbabilities, labels })],
    poly1CrossEntropy: [(logits) => poly1CrossEntropy()({ logits, labels })],
    poly1Focal: [(logits) => poly1Focal()({ logits, labels })],
    sigmoidFocal: [(predictions) => sigmoidFocal()({ predictions, targets: matrix(6, 3) })],
    softmaxFocal: [(logits) => softmaxFocal()({ logits, labels })],
    infoNce: ofViews(infoNce()),
    supCon: [(embeddings) => supCon()({ embeddings, labels })],
    ntXent: [(embeddings) => ntXent()({ embeddings, labels })],
    decoupledContrastive: [(embeddings) => decoupledContrastive()({ embeddings, labels })],
    multiSimilarity: [(embeddings) => multiSimilarity()({ embeddings, labels })],
    circle: [(embeddings) => circle()({ embeddings, labels })],
    liftedStructure: [(embeddings) => liftedStructure()({ embeddings, labels })],
    contrastive: [(embeddings) => contrastive()({ embeddings, labels })],
    tripletRows: ofViews(tripletRows()),
    triplet: [(embeddings) => triplet()({ embeddings, labels })],
    batchHard: [(embeddings) => batchHard()({ embeddings, labels })],
    marginTriplets: [(embeddings) => marginTriplets()({ embeddings, labels })],
    nearMisses: ofViews(nearMisses(exact({ dim: 3 }))),
    'exact.add': [(rows) => exact({ dim: 3 }).add(rows, ids)],
    'exact.search': [(queries) => exact({ dim: 3 }).search(queries, 2)],
    'hnsw.add': [(rows) => hnsw({ dim: 3 }).add(rows, ids)],
    'hnsw.search': [(queries) => hnsw({ dim: 3 }).search(queries, 2)],
  };

  it.each(Object.entries(DOORS))('%s refuses what is not finite, in one sentence', async (name, doors) => {
    for (const door of doors) {
      for (const value of [NaN, Infinity, -Infinity]) {
        const bad = gaussian(6, 3, 7);
        bad.data[5 * 3 + 1] = value;
        const said = new RegExp(`^${name}: \\w+ row 5 must be finite, got ${value} in column 1$`);
        // some throw and some promise
        await expect((async () => door(bad))()).rejects.toThrow(said);
      }
    }
  });
});
