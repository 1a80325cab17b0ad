import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { idLists, type IdLists } from '../../src/core/batches.ts';
import { matrix, type Matrix } from '../../src/core/matrix.ts';
import type {
  AnchorLoss,
  Kernels,
  PairGradients,
  PairLoss,
  PairResult,
  Pairs,
} from '../../src/kernels/kernels.ts';
import { addonFrom } from '../../src/kernels/native/addon.ts';
import { native } from '../../src/kernels/native/native.ts';
import { plain } from '../../src/kernels/plain/plain.ts';
import { gaussian, wholeNumbers } from '../matrices.ts';
import { difference } from './difference.ts';

const built = native();
const addon = addonFrom(createRequire(import.meta.url));

const ofTwoSets: readonly PairLoss[] = [
  { kind: 'softmax' },
  { kind: 'decoupled' },
  { kind: 'sigmoid', bias: -3 },
];
const ofOneSet: readonly PairLoss[] = [
  { kind: 'softmax' },
  { kind: 'decoupled' },
  { kind: 'ntXent' },
  { kind: 'sigmoid', bias: -3 },
  { kind: 'contrastive', positiveMargin: 0.3, negativeMargin: 0.9 },
  { kind: 'multiSimilarity', alpha: 2, beta: 50, base: 0.5 },
  { kind: 'circle', margin: 0.4, gamma: 80 },
  { kind: 'lifted', positiveMargin: 0.1, negativeMargin: 1 },
  { kind: 'generalizedLifted', positiveMargin: 0.1, negativeMargin: 1 },
  { kind: 'nca' },
];

/** With margins that are no whole numbers. */
function ofAnchors(rows: number): readonly AnchorLoss[] {
  const each = Float64Array.from({ length: rows }, (_, i) => (i % 5) + 0.3);
  return [
    { kind: 'tupletMargin', radians: 0.1, scale: 8 },
    { kind: 'margin', margin: 2.4, betas: each },
    {
      kind: 'signalToNoise',
      positiveMargin: 0.37,
      negativeMargin: 7.37,
      powers: each.map((power) => power - 0.3),
    },
    { kind: 'squaredHinges', positiveBound: 3.4, negativeBound: 2.4 },
    { kind: 'fastAp', bins: 7 },
    { kind: 'batchAll', margin: 2.4, soft: false },
    { kind: 'batchAll', margin: 2.4, soft: true },
    { kind: 'batchHard', margin: 2.4, soft: false, everyAnchor: true },
    { kind: 'batchHard', margin: 0, soft: true, everyAnchor: false },
    { kind: 'batchSemiHard', margin: 2.4, everyAnchor: true },
    { kind: 'batchSemiHard', margin: 0.4, everyAnchor: false },
  ];
}

function unit(m: Matrix): Matrix {
  return plain.normalize(m).unit;
}

interface Answer extends PairResult {
  readonly gradients: PairGradients;
}

/** One kernel's answer, into matrices that hold something else before. */
function answer(by: Kernels, input: Pairs, loss: PairLoss): Answer {
  const like = ({ rows, cols }: Matrix, seed: number): Matrix => gaussian(rows, cols, seed);
  const gradients = {
    anchors: like(input.anchors, 91),
    positives: input.positives && like(input.positives, 92),
    others: input.others && like(input.others, 93),
    pulls: Float64Array.from(like(matrix(input.anchors.rows, 3), 94).data),
  };
  return { ...by.pairs(input, loss, gradients), gradients };
}

/** The bytes of an answer. */
function bytes({ terms, value, scale, bias, gradients }: Answer): Buffer {
  const { anchors, positives = anchors, others = anchors, pulls = terms } = gradients;
  const arrays = [
    terms,
    Float64Array.of(value, scale, bias),
    anchors.data,
    positives.data,
    others.data,
    pulls,
  ];
  return Buffer.concat(arrays.map(({ buffer }) => Buffer.from(buffer)));
}

function expectSame(ours: Answer, theirs: Answer, size: number, tolerance: number): void {
  expect(difference(ours.terms, theirs.terms, 1)).toBeLessThan(tolerance);
  const apart = Math.abs(ours.value - theirs.value);
  expect(apart).toBeLessThanOrEqual(tolerance * Math.max(1, Math.abs(theirs.value)));
  for (const name of ['anchors', 'positives', 'others'] as const) {
    const [actual, expected] = [ours.gradients[name]?.data ?? [], theirs.gradients[name]?.data ?? []];
    expect(difference(actual, expected, size), name).toBeLessThan(tolerance);
  }
}

const shape = fc.record({
  rows: fc.integer({ min: 1, max: 230 }),
  dim: fc.integer({ min: 1, max: 70 }),
  count: fc.integer({ min: 0, max: 300 }),
  seed: fc.nat(),
});

function keys(length: number, step: number, kinds: number): Int32Array {
  return Int32Array.from({ length }, (_, i) => (i * step) % kinds);
}

/** Of each anchor the candidates that may be listed and whose number falls among some kinds of kinds. */
function some(input: Pairs, seed: number, kinds: number, among: (kind: number) => boolean): IdLists {
  const { anchors, others, offsets, masks, dropped } = input;
  const { rows } = anchors;
  const keyOf = ({ items, others: more }: (typeof masks)[number], c: number) =>
    c < rows ? items[c] : more?.[c - rows];
  return idLists(
    Array.from({ length: rows }, (_, i) => {
      const out = new Set(dropped?.ids.subarray(dropped.offsets[i], dropped.offsets[i + 1]));
      const end = rows + (offsets === undefined ? (others?.rows ?? 0) : offsets[i + 1]);
      const listed = [];
      for (let c = 0; c < end; c++) {
        if (c === i || (offsets !== undefined && c >= rows && c < rows + offsets[i])) continue;
        if (out.has(c) || masks.some((mask) => keyOf(mask, c) === mask.items[i])) continue;
        if (among((i * 7 + c * 13 + seed) % kinds)) listed.push(c);
      }
      // in no order
      return listed.sort((a, b) => ((a * 29 + seed) % 31) - ((b * 29 + seed) % 31));
    }),
  );
}

/** The same of lists: few positives, and of one set a part of the others as negatives. */
function withLists(input: Pairs, seed = 1, kinds = 40): Pairs {
  return {
    ...input,
    listed: {
      positives: some(input, seed, kinds, (each) => each === 0),
      negatives:
        input.positives === undefined ? some(input, seed, kinds, (each) => each > 0 && each < 30) : undefined,
    },
  };
}

describe.skipIf(built === undefined)('native losses of pairs (skipped where no compiler built them)', () => {
  const kernels: Kernels = built ?? plain;

  it('of two sets are those of the plain kernels: any shape, one way and both, others shared, owned or none, with masks', () => {
    fc.assert(
      fc.property(
        shape,
        fc.constantFrom(...ofTwoSets),
        fc.constantFrom('none', 'shared', 'own'),
        fc.constantFrom(0.01, 0.05, 1, 100),
        fc.record({
          masks: fc.integer({ min: 0, max: 2 }),
          dropping: fc.boolean(),
          adding: fc.boolean(),
          hardness: fc.constantFrom(0, 0.4),
          turning: fc.boolean(),
          cosine: fc.boolean(),
          // none, few, half, and all of what may be
          listing: fc.constantFrom(0, 1, 5, 11),
          reduction: fc.constantFrom('sum', 'mean', 'active'),
        }),
        ({ rows, dim, count: most, seed }, loss, kind, temperature, chosen) => {
          const count = kind === 'own' ? 2 * rows : kind === 'none' ? 0 : most;
          const made = (length: number, key: number): Matrix =>
            chosen.cosine ? gaussian(length, dim, seed, key) : unit(gaussian(length, dim, seed, key));
          const bare: Pairs = {
            anchors: made(rows, 1),
            positives: made(rows, 2),
            others: kind === 'none' ? undefined : made(count, 3),
            offsets: kind === 'own' ? Uint32Array.from({ length: rows + 1 }, (_, i) => 2 * i) : undefined,
            geometry: chosen.cosine ? 'cosine' : 'dot',
            scale: 1 / temperature,
            bothWays: chosen.turning && loss.kind !== 'sigmoid',
            masks: [7, 5].slice(0, chosen.masks).map((step) => ({
              items: keys(rows, step, 23),
              others: kind === 'none' ? undefined : keys(count, step + 1, 23),
            })),
            dropped: chosen.dropping
              ? idLists(
                  Array.from({ length: rows }, (_, i) => [
                    ...new Set([i, (i * 3) % (rows + count), rows + 2 * i]),
                  ]),
                )
              : undefined,
            added:
              chosen.dropping && chosen.adding
                ? Float32Array.from({ length: 3 * rows }, (_, e) => [-1, -Infinity, 0.7, 0, -3][e % 5])
                : undefined,
            hardened:
              chosen.hardness > 0
                ? { share: chosen.hardness, below: rows + (seed % 2) * Math.floor(count / 2) }
                : undefined,
            reduction: chosen.reduction,
          };
          const positives = some(bare, seed, 11, (each) => each < chosen.listing);
          const input = chosen.listing === 0 ? bare : { ...bare, listed: { positives } };
          const [ours, theirs] = [answer(kernels, input, loss), answer(plain, input, loss)];
          // a gradient is a difference of weights that add up to as much as this
          const size = chosen.cosine ? 1 : 1 / temperature / (chosen.reduction === 'sum' ? 1 : rows);
          expectSame(ours, theirs, size, Math.max(1e-5, 2e-7 / temperature));
          for (const learned of ['scale', 'bias'] as const) {
            const apart = Math.abs(ours[learned] - theirs[learned]);
            const whole = chosen.reduction === 'sum' ? rows : 1;
            expect(apart, learned).toBeLessThanOrEqual(2e-5 * Math.max(whole, Math.abs(theirs[learned])));
          }
        },
      ),
      { numRuns: 40 },
    );
  }, 60_000);

  it('of two sets by distances are those of the plain kernels', () => {
    const distances = fc.constantFrom('chord', 'euclidean', 'squaredChord', 'squaredEuclidean');
    fc.assert(
      fc.property(shape, distances, fc.boolean(), fc.boolean(), (given, geometry, bothWays, listing) => {
        const { rows, dim, count, seed } = given;
        const bare: Pairs = {
          anchors: gaussian(rows, dim, seed, 1),
          positives: gaussian(rows, dim, seed, 2),
          others: gaussian(count, dim, seed, 3),
          geometry,
          scale: -0.5,
          bothWays,
          masks: [],
          reduction: 'sum',
        };
        const listed = listing ? { positives: some(bare, seed, 5, (each) => each < 1) } : undefined;
        const input = { ...bare, listed };
        const loss = { kind: 'softmax' } as const;
        expectSame(answer(kernels, input, loss), answer(plain, input, loss), 2, 2e-5);
      }),
      { numRuns: 40 },
    );
  }, 60_000);

  it('of one set are those of the plain kernels: any classes, against others too or alone, with masks and weights', () => {
    fc.assert(
      fc.property(
        shape,
        fc.constantFrom(...ofOneSet),
        fc.constantFrom(0.02, 0.1, 1),
        fc.constantFrom(1, 2, 7, 100),
        fc.record({
          against: fc.constantFrom('itself', 'others', 'others alone'),
          masked: fc.boolean(),
          dropping: fc.boolean(),
          weighted: fc.boolean(),
          geometry: fc.constantFrom('cosine', 'chord', 'euclidean', 'squaredChord'),
          reduction: fc.constantFrom('sum', 'mean', 'active', 'perAnchor'),
        }),
        ({ rows, dim: least, count: most, seed }, loss, temperature, kinds, chosen) => {
          // in one dimension or two rows come so near one another that a distance's slope is all rounding
          const dim = least + 2;
          const [more, count] = chosen.against === 'itself' ? [false, 0] : [true, most];
          const exponential = ['softmax', 'decoupled', 'ntXent'].includes(loss.kind);
          const distance = exponential || ['lifted', 'generalizedLifted', 'contrastive'].includes(loss.kind);
          // in one or two dimensions rows come so near one another that a distance's slope is all rounding
          const geometry = distance && dim > 2 ? chosen.geometry : 'cosine';
          const input: Pairs = {
            anchors: gaussian(rows, dim, seed, 1),
            others: more ? gaussian(count, dim, seed, 3) : undefined,
            alone: chosen.against === 'others alone',
            geometry,
            scale: exponential ? (geometry === 'cosine' ? 1 : -1) / temperature : 1,
            bothWays: false,
            classes: {
              items: keys(rows, 3, kinds),
              others: more ? keys(count, 5, kinds) : undefined,
            },
            masks: chosen.masked
              ? [{ items: keys(rows, 7, 29), others: more ? keys(count, 1, 29) : undefined }]
              : [],
            dropped:
              more && chosen.dropping
                ? idLists(Array.from({ length: rows }, (_, i) => (i % 3 < count ? [rows + (i % 3)] : [])))
                : undefined,
            reduction: chosen.reduction,
            weights: chosen.weighted ? Float32Array.from({ length: rows }, (_, i) => (i % 4) / 2) : undefined,
          };
          const [ours, theirs] = [answer(kernels, input, loss), answer(plain, input, loss)];
          // by the loss's steepness
          const tolerance = loss.kind === 'circle' || loss.kind === 'multiSimilarity' ? 1e-4 : 2e-5;
          expectSame(ours, theirs, 1, Math.max(tolerance, exponential ? 3e-6 / temperature : 0));
        },
      ),
      { numRuns: 60 },
    );
  }, 60_000);

  it('of one set by lists are those of the plain kernels: any of its pairs, either order for itself, others among them', () => {
    fc.assert(
      fc.property(
        shape,
        fc.constantFrom(...ofOneSet),
        fc.constantFrom(0.02, 0.1, 1),
        fc.record({
          more: fc.boolean(),
          masked: fc.boolean(),
          weighted: fc.boolean(),
          kinds: fc.constantFrom(2, 3, 40),
          geometry: fc.constantFrom('cosine', 'chord', 'euclidean', 'squaredChord'),
          reduction: fc.constantFrom('sum', 'mean', 'active', 'perAnchor'),
        }),
        ({ rows, dim: least, count, seed }, loss, temperature, chosen) => {
          const exponential = ['softmax', 'decoupled', 'ntXent'].includes(loss.kind);
          const distance = exponential || ['lifted', 'generalizedLifted', 'contrastive'].includes(loss.kind);
          const geometry = distance ? chosen.geometry : 'cosine';
          const dim = least + 2;
          const bare: Pairs = {
            anchors: gaussian(rows, dim, seed, 1),
            others: chosen.more ? gaussian(count, dim, seed, 3) : undefined,
            geometry,
            scale: exponential ? (geometry === 'cosine' ? 1 : -1) / temperature : 1,
            bothWays: false,
            masks: chosen.masked
              ? [{ items: keys(rows, 7, 29), others: chosen.more ? keys(count, 1, 29) : undefined }]
              : [],
            reduction: chosen.reduction,
            weights: chosen.weighted ? Float32Array.from({ length: rows }, (_, i) => (i % 4) / 2) : undefined,
          };
          const listed = {
            positives: some(bare, seed, chosen.kinds, (each) => each === 0),
            negatives: some(bare, seed, chosen.kinds, (each) => each === 1),
          };
          const input = { ...bare, listed };
          const [ours, theirs] = [answer(kernels, input, loss), answer(plain, input, loss)];
          const tolerance = loss.kind === 'circle' || loss.kind === 'multiSimilarity' ? 1e-4 : 2e-5;
          expectSame(ours, theirs, 1, Math.max(tolerance, exponential ? 2e-6 / temperature : 0));
        },
      ),
      { numRuns: 45 },
    );
  }, 60_000);

  it('that see anchors whole are those of the plain kernels, by class or by lists: rows of whole numbers, so that no choice hangs on a rounding', () => {
    const against = fc.constantFrom('itself', 'others', 'others alone');
    const geometries = fc.constantFrom('dot', 'squaredEuclidean', 'euclidean', 'cosine', 'chord');
    fc.assert(
      fc.property(
        shape,
        fc.nat({ max: 10 }),
        fc.constantFrom(1, 2, 7, 100),
        against,
        geometries,
        fc.constantFrom('sum', 'mean', 'active', 'perAnchor'),
        fc.record({
          masked: fc.boolean(),
          dropping: fc.boolean(),
          weighted: fc.boolean(),
          spread: fc.constantFrom(1, 3),
          listed: fc.boolean(),
        }),
        ({ rows, dim: most, count: others, seed }, which, kinds, where, geometry, reduction, chosen) => {
          const loss = ofAnchors(rows)[which];
          const dim = Math.min(most, 20);
          const [more, count] = where === 'itself' ? [false, 0] : [true, others];
          const bare: Pairs = {
            anchors: wholeNumbers(rows, dim, chosen.spread, seed),
            others: more ? wholeNumbers(count, dim, chosen.spread, seed + 1) : undefined,
            alone: where === 'others alone' && !chosen.listed,
            // unit rows of whole numbers are rounded, and choices among equals would hang on it
            geometry:
              loss.kind === 'tupletMargin'
                ? 'cosine'
                : geometry === 'cosine' || geometry === 'chord'
                  ? 'dot'
                  : geometry,
            scale: 1,
            bothWays: false,
            classes: chosen.listed
              ? undefined
              : { items: keys(rows, 3, kinds), others: more ? keys(count, 5, kinds) : undefined },
            masks: chosen.masked
              ? [{ items: keys(rows, 7, 29), others: more ? keys(count, 1, 29) : undefined }]
              : [],
            dropped:
              more && chosen.dropping
                ? idLists(Array.from({ length: rows }, (_, i) => (i % 3 < count ? [rows + (i % 3)] : [])))
                : undefined,
            reduction,
            weights: chosen.weighted ? Float32Array.from({ length: rows }, (_, i) => (i % 4) / 2) : undefined,
          };
          const input = chosen.listed ? withLists(bare, seed, Math.min(kinds + 1, 40)) : bare;
          const [ours, theirs] = [answer(kernels, input, loss), answer(plain, input, loss)];
          expectSame(ours, theirs, 1, 2e-5);
          expect(ours.active).toBe(theirs.active);
          const { pulls = new Float64Array() } = theirs.gradients;
          expect(difference(ours.gradients.pulls ?? [], pulls, 1)).toBeLessThan(2e-5);
          // slopes of triplets add up to nothing
          const size = pulls.reduce((sum, pull) => sum + Math.abs(pull), 1);
          for (const learned of ['scale', 'bias'] as const)
            expect(difference([ours[learned]], [theirs[learned]], size), learned).toBeLessThan(2e-5);
        },
      ),
      { numRuns: 45 },
    );
  }, 60_000);

  const twoSets: Pairs = {
    anchors: gaussian(430, 20, 1),
    positives: gaussian(430, 20, 2),
    others: gaussian(100, 20, 3),
    geometry: 'cosine',
    scale: 20,
    bothWays: true,
    masks: [{ items: keys(430, 1, 90) }],
    reduction: 'mean',
  };
  const larger: readonly [string, Pairs, PairLoss][] = [
    ['two sets both ways', twoSets, { kind: 'softmax' }],
    ['two sets both ways, more positives', withLists(twoSets), { kind: 'softmax' }],
    ...ofOneSet.map((loss): [string, Pairs, PairLoss] => [
      `one set, ${loss.kind}`,
      {
        anchors: gaussian(430, 20, 1),
        others: gaussian(100, 20, 3),
        geometry: loss.kind === 'lifted' ? 'chord' : 'cosine',
        scale: loss.kind === 'softmax' ? 60 : 1,
        bothWays: false,
        classes: { items: keys(430, 3, 50), others: keys(100, 1, 50) },
        masks: [],
        reduction: 'mean',
      },
      loss,
    ]),
    ...ofOneSet.map((loss): [string, Pairs, PairLoss] => [
      `one set by lists, ${loss.kind}`,
      withLists({
        anchors: gaussian(250, 20, 1),
        others: gaussian(100, 20, 3),
        geometry: loss.kind === 'lifted' ? 'chord' : 'cosine',
        scale: loss.kind === 'softmax' ? 60 : 1,
        bothWays: false,
        masks: [],
        reduction: 'mean',
      }),
      loss,
    ]),
    ...ofAnchors(430).map((loss): [string, Pairs, PairLoss] => [
      `one set, ${JSON.stringify({ ...loss, betas: undefined, powers: undefined })}`,
      {
        anchors: wholeNumbers(430, 20, 2, 1),
        others: wholeNumbers(100, 20, 2, 3),
        geometry: loss.kind === 'tupletMargin' ? 'cosine' : 'squaredEuclidean',
        scale: 1,
        bothWays: false,
        classes: { items: keys(430, 3, 50), others: keys(100, 1, 50) },
        masks: [],
        reduction: 'mean',
      },
      loss,
    ]),
    ...ofAnchors(250).map((loss): [string, Pairs, PairLoss] => [
      `one set by lists, ${JSON.stringify({ ...loss, betas: undefined, powers: undefined })}`,
      withLists({
        anchors: wholeNumbers(250, 20, 2, 1),
        others: wholeNumbers(100, 20, 2, 3),
        geometry: loss.kind === 'tupletMargin' ? 'cosine' : 'squaredEuclidean',
        scale: 1,
        bothWays: false,
        masks: [],
        reduction: 'mean',
      }),
      loss,
    ]),
  ];

  for (const [name, input, loss] of larger) {
    it(`give the same bits on one thread and on three, kept or computed again, on the least and the widest instruction set: ${name}`, () => {
      const [widest, all] = [addon?.instructionSet() ?? '', 96 * 2 ** 20];
      const run = (threads: number, budget: number): Buffer => {
        addon?.useThreads(threads);
        addon?.useBudget(budget);
        const ours = bytes(answer(kernels, input, loss));
        addon?.useBudget(all);
        addon?.useThreads(availableParallelism());
        return ours;
      };
      const theirs = answer(plain, input, loss);
      const every = process.env['NEARMISS_FUZZ'] !== undefined;
      const sets = (every ? ['baseline', 'avx2', 'avx512', 'avx512bf16'] : ['baseline', widest]).filter(
        (set) => addon?.useInstructionSet(set),
      );
      for (const set of sets) {
        addon?.useInstructionSet(set);
        const once = run(1, all);
        expect(run(3, all).equals(once), `${set}, three threads`).toBe(true);
        expect(run(2, 0).equals(once), `${set}, none kept`).toBe(true);
        expect(run(2, 192 * 800 * 4).equals(once), `${set}, one chunk kept`).toBe(true);
        expectSame(answer(kernels, input, loss), theirs, 1e-3, 1e-4);
      }
      addon?.useInstructionSet(widest);
      expect(sets).toContain('baseline');
    }, 30_000);
  }

  it('leave out tiles by no more than a rounding, at temperatures from 0.001 to 100', () => {
    const [rows, dim, clusters] = [2000, 32, 25];
    const centers = unit(gaussian(clusters, dim, 5));
    const near = (key: number): Matrix => {
      const noise = gaussian(rows, dim, key);
      const data = Float32Array.from(noise.data, (value, e) => {
        const i = Math.floor(e / dim);
        return centers.data[((i * 7) % clusters) * dim + (e % dim)] + 0.04 * value;
      });
      return unit(matrix(rows, dim, data));
    };
    const [anchors, positives] = [near(6), near(7)];
    // of a third of the rows one of their cluster, and one that is of none
    const twins = idLists(
      Array.from({ length: rows }, (_, i) => (i % 3 === 0 ? [(i + clusters) % rows, (i + 777) % rows] : [])),
    );
    let leftOut = 0;
    for (const temperature of [0.001, 0.003, 0.01, 0.02, 0.1, 1, 100]) {
      for (const [bothWays, listing] of [
        [false, false],
        [true, false],
        [false, true],
        [true, true],
      ]) {
        const input: Pairs = {
          anchors,
          positives,
          listed: listing ? { positives: twins } : undefined,
          geometry: 'dot',
          scale: 1 / temperature,
          bothWays,
          masks: [],
          reduction: 'mean',
        };
        const some = answer(kernels, input, { kind: 'softmax' });
        addon?.useSkipping(0);
        const every = answer(kernels, input, { kind: 'softmax' });
        addon?.useSkipping(1);
        leftOut += Number(!bytes(some).equals(bytes(every)));
        expect(difference([some.value], [every.value])).toBeLessThan(1e-6);
        for (const name of ['anchors', 'positives'] as const) {
          const [actual, expected] = [some.gradients[name]?.data ?? [], every.gradients[name]?.data ?? []];
          // the order of rows is another, and with it that of sums
          expect(difference(actual, expected, 1e-12), `${name} at ${temperature}`).toBeLessThan(2e-6);
        }
      }
    }
    expect(leftOut).toBeGreaterThan(0);
  }, 60_000);
});
