import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type {
  Labelled,
  LabelledGradients,
  MinedPairs,
  RowPairs,
  Triplets,
} from '../../../src/core/batches.ts';
import { fromRows, type Matrix, matrix, row, stack } from '../../../src/core/matrix.ts';
import { random, shuffled } from '../../../src/core/random.ts';
import { softplus } from '../../../src/core/softplus.ts';
import { chord } from '../../../src/distances/chord.ts';
import { cosine } from '../../../src/distances/cosine.ts';
import type { RowDistance } from '../../../src/distances/distance.ts';
import { angular } from '../../../src/losses/labelled/angular.ts';
import { batchAllTriplet } from '../../../src/losses/labelled/batch-all-triplet.ts';
import { batchHardTriplet } from '../../../src/losses/labelled/batch-hard-triplet.ts';
import { batchSemiHardTriplet } from '../../../src/losses/labelled/batch-semi-hard-triplet.ts';
import { circle } from '../../../src/losses/labelled/circle.ts';
import { contrastive } from '../../../src/losses/labelled/contrastive.ts';
import { decoupledContrastive } from '../../../src/losses/labelled/decoupled-contrastive.ts';
import { fastAp } from '../../../src/losses/labelled/fast-ap.ts';
import { generalizedLiftedStructure } from '../../../src/losses/labelled/generalized-lifted-structure.ts';
import { intraPairVariance } from '../../../src/losses/labelled/intra-pair-variance.ts';
import { liftedStructure } from '../../../src/losses/labelled/lifted-structure.ts';
import { marginLoss } from '../../../src/losses/labelled/margin-loss.ts';
import { multiSimilarity } from '../../../src/losses/labelled/multi-similarity.ts';
import { nPairs } from '../../../src/losses/labelled/n-pairs.ts';
import { nca } from '../../../src/losses/labelled/nca.ts';
import { ntXent } from '../../../src/losses/labelled/nt-xent.ts';
import { snrContrastive } from '../../../src/losses/labelled/snr-contrastive.ts';
import { supCon } from '../../../src/losses/labelled/sup-con.ts';
import { triplet } from '../../../src/losses/labelled/triplet.ts';
import { tupletMargin } from '../../../src/losses/labelled/tuplet-margin.ts';
import type { Loss } from '../../../src/losses/loss.ts';
import { batchHard } from '../../../src/miners/batch-hard.ts';
import { expectGradient, expectSignsMatter } from '../../gradient.ts';
import { expectClose, gaussian, noise } from '../../matrices.ts';
import { byHand } from './by-hand.ts';

type LabelledLoss = Loss<Labelled, LabelledGradients>;

/** The rows of a batch and its references in float64, and of each anchor who is which. */
interface Filtered {
  readonly rows: Matrix;
  /** by anchor */
  readonly positives: readonly (readonly number[])[];
  readonly negatives: readonly (readonly number[])[];
  readonly similarity: (i: number, j: number) => number;
  readonly distance: (i: number, j: number) => number;
}

/** A loss pair by pair, over the pairs there are and no others. */
type Slow = (batch: Filtered) => number;

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const mean = (values: readonly number[]): number => (values.length === 0 ? 0 : sum(values) / values.length);
const logSum = (logits: readonly number[]): number => Math.log(sum(logits.map(Math.exp)));

/** The terms of each anchor, in one list. */
function ofAnchors(
  { positives, negatives }: Filtered,
  termsOf: (i: number, positives: readonly number[], negatives: readonly number[]) => readonly number[],
): number[] {
  return positives.flatMap((right, i) => termsOf(i, right, negatives[i]));
}

const supConSlowly: Slow = (batch) =>
  mean(
    ofAnchors(batch, (i, right, wrong) => {
      const logit = (j: number): number => 2 * batch.similarity(i, j);
      return right.length === 0 ? [] : [logSum([...right, ...wrong].map(logit)) - mean(right.map(logit))];
    }),
  );

/** J of the pairs of each anchor, nothing where neither row has a negative. */
const liftedPairs = ({ positives, negatives, distance }: Filtered): number[][] =>
  positives.map((right, i) =>
    right.map((p) => {
      const far = [
        ...negatives[i].map((n) => 3 - distance(i, n)),
        ...(negatives[p] ?? []).map((n) => 3 - distance(p, n)),
      ];
      return far.length === 0 ? 0 : Math.max(0, logSum(far) + distance(i, p)) ** 2 / 2;
    }),
  );

const hinges = (values: readonly number[]): number[] => values.map((value) => Math.max(0, value));

/** d(a, p) - d(a, n) by cosine of every triplet of an anchor's pairs. */
const gaps = (batch: Filtered): number[] =>
  ofAnchors(batch, (i, right, wrong) =>
    right.flatMap((p) => wrong.map((n) => batch.similarity(i, n) - batch.similarity(i, p))),
  );

/** Those that take references too, none at a hinge whatever the rows, and what they are slowly. */
const ofPairs: readonly [string, LabelledLoss, Slow][] = [
  ['supCon', supCon({ temperature: 0.5 }), supConSlowly],
  [
    'supCon, per anchor',
    supCon({ temperature: 0.5, reduction: 'perAnchor' }),
    (batch) =>
      (supConSlowly(batch) * batch.positives.filter((right) => right.length > 0).length) /
      batch.positives.length,
  ],
  [
    'ntXent',
    ntXent({ temperature: 0.5 }),
    (batch) =>
      mean(
        ofAnchors(batch, (i, right, wrong) =>
          right.map((p) =>
            Math.log1p(
              sum(wrong.map((n) => Math.exp(2 * (batch.similarity(i, n) - batch.similarity(i, p))))),
            ),
          ),
        ),
      ),
  ],
  [
    'decoupledContrastive',
    decoupledContrastive({ temperature: 0.5 }),
    (batch) =>
      mean(
        ofAnchors(batch, (i, right, wrong) => {
          const logit = (j: number): number => 2 * batch.similarity(i, j);
          return right.length * wrong.length === 0 ? [] : [logSum(wrong.map(logit)) - mean(right.map(logit))];
        }),
      ),
  ],
  [
    'multiSimilarity',
    multiSimilarity({ alpha: 2, beta: 5 }),
    (batch) =>
      mean(
        ofAnchors(batch, (i, right, wrong) => [
          Math.log1p(sum(right.map((p) => Math.exp(-2 * (batch.similarity(i, p) - 0.5))))) / 2 +
            Math.log1p(sum(wrong.map((n) => Math.exp(5 * (batch.similarity(i, n) - 0.5))))) / 5,
        ]),
      ),
  ],
  [
    'contrastive',
    contrastive({ negativeMargin: 3, reduction: 'mean' }),
    (batch) =>
      mean(ofAnchors(batch, (i, right) => right.map((p) => batch.distance(i, p)))) +
      mean(ofAnchors(batch, (i, _, wrong) => wrong.map((n) => 3 - batch.distance(i, n)))),
  ],
  ['liftedStructure', liftedStructure({ negativeMargin: 3 }), (batch) => mean(liftedPairs(batch).flat())],
  [
    'liftedStructure, per anchor',
    liftedStructure({ negativeMargin: 3, reduction: 'perAnchor' }),
    (batch) => mean(liftedPairs(batch).map(mean)),
  ],
  [
    'generalizedLiftedStructure',
    generalizedLiftedStructure({ negativeMargin: 3 }),
    (batch) =>
      mean(
        ofAnchors(batch, (i, right, wrong) => {
          const near = right.length === 0 ? 0 : logSum(right.map((p) => batch.distance(i, p)));
          const far = wrong.length === 0 ? 0 : logSum(wrong.map((n) => 3 - batch.distance(i, n)));
          return [Math.max(0, near + far)];
        }),
      ),
  ],
  ['triplet', triplet({ margin: 100 }), (batch) => mean(gaps(batch).map((gap) => gap + 100))],
  [
    'triplet, soft',
    triplet({ margin: 0.3, softMargin: true }),
    (batch) => mean(gaps(batch).map((gap) => softplus(gap + 0.3))),
  ],
];

/** Those of rows that stand against one another only. */
const ofRows: readonly [string, LabelledLoss, Slow][] = [
  [
    'tupletMargin',
    tupletMargin({ margin: 30, scale: 4 }),
    (batch) =>
      mean(
        ofAnchors(batch, (i, right, wrong) =>
          right.flatMap((p) => {
            const near = Math.cos(Math.acos(batch.similarity(i, p)) - Math.PI / 6);
            return wrong.length === 0
              ? []
              : [Math.log1p(sum(wrong.map((n) => Math.exp(4 * (batch.similarity(i, n) - near)))))];
          }),
        ),
      ),
  ],
  [
    'nca',
    nca(),
    (batch) =>
      mean(
        ofAnchors(batch, (i, right, wrong) => {
          const logit = (j: number): number => -(batch.distance(i, j) ** 2);
          return right.length === 0
            ? []
            : [logSum([...right, ...wrong].map(logit)) - logSum(right.map(logit))];
        }),
      ),
  ],
  [
    'snrContrastive',
    snrContrastive({ positiveMargin: -1, negativeMargin: 1e3 }),
    (batch) => {
      const ratio = (i: number, j: number): number => {
        const [x, y] = [i, j].map((each) => unit(row(batch.rows, each)));
        return variance(x.map((value, k) => value - y[k])) / variance(x);
      };
      return (
        mean(ofAnchors(batch, (i, right) => right.map((p) => ratio(i, p) + 1))) +
        mean(ofAnchors(batch, (i, _, wrong) => wrong.map((n) => 1e3 - ratio(i, n))))
      );
    },
  ],
  [
    'intraPairVariance',
    intraPairVariance({ positiveSlack: 0.1, negativeSlack: 0.2 }),
    (batch) => {
      const near = ofAnchors(batch, (i, right) => right.map((p) => batch.similarity(i, p)));
      const far = ofAnchors(batch, (i, _, wrong) => wrong.map((n) => batch.similarity(i, n)));
      return (
        mean(hinges(near.map((s) => 0.9 * mean(near) - s)).map((e) => e * e)) +
        mean(hinges(far.map((s) => s - 1.2 * mean(far))).map((e) => e * e))
      );
    },
  ],
  [
    'marginLoss',
    marginLoss({ margin: 100, reduction: 'mean' }),
    (batch) =>
      mean(
        ofAnchors(batch, (i, right, wrong) =>
          right.flatMap((p) => wrong.map((n) => batch.distance(i, p) - batch.distance(i, n) + 200)),
        ),
      ),
  ],
  [
    'batchAllTriplet',
    batchAllTriplet({ margin: 100, reduction: 'mean' }),
    (batch) => mean(gaps(batch).map((gap) => gap + 100)),
  ],
  [
    'batchHardTriplet',
    batchHardTriplet({ margin: 'soft' }),
    (batch) =>
      mean(
        ofAnchors(batch, (i, right, wrong) => {
          const [near, far] = [right, wrong].map((rows) => rows.map((j) => batch.similarity(i, j)));
          return right.length * wrong.length === 0 ? [] : [softplus(Math.max(...far) - Math.min(...near))];
        }),
      ),
  ],
  [
    'batchSemiHardTriplet',
    batchSemiHardTriplet({ margin: 100 }),
    (batch) =>
      mean(
        ofAnchors(batch, (i, right, wrong) =>
          right.flatMap((p) => {
            const far = wrong.map((n) => batch.similarity(i, n));
            const farther = far.filter((s) => s < batch.similarity(i, p));
            const chosen = farther.length > 0 ? Math.max(...farther) : Math.min(...far);
            return wrong.length === 0 ? [] : [chosen - batch.similarity(i, p) + 100];
          }),
        ),
      ),
  ],
  [
    'fastAp',
    fastAp({ bins: 1 }),
    (batch) =>
      mean(
        ofAnchors(batch, (i, right, wrong) => {
          // of two bins, at squared distances 0 and 4, the first holds what is left of a row
          const first = (rows: readonly number[]): number =>
            sum(rows.map((j) => 1 - batch.distance(i, j) ** 2 / 4));
          if (right.length === 0) return [];
          const [h, T] = [first(right), first(right) + first(wrong)];
          const last = ((right.length - h) * right.length) / (right.length + wrong.length);
          return [1 - ((h * h) / T + last) / right.length];
        }),
      ),
  ],
  [
    'angular',
    angular({ alpha: 45 }),
    (batch) => {
      const dot = (x: readonly number[], y: readonly number[]): number =>
        sum(x.map((value, k) => value * y[k]));
      const at = (i: number): number[] => unit(row(batch.rows, i));
      return mean(
        ofAnchors(batch, (i, right, wrong) =>
          right.flatMap((p) => {
            const both = at(i).map((value, k) => value + at(p)[k]);
            const logits = wrong.map((n) => 4 * dot(both, at(n)) - 4 * dot(at(i), at(p)));
            return wrong.length === 0 ? [] : [Math.log1p(sum(logits.map(Math.exp)))];
          }),
        ),
      );
    },
  ],
];

function unit(x: ArrayLike<number>): number[] {
  const values = Array.from(x);
  const length = Math.sqrt(sum(values.map((value) => value * value)));
  return values.map((value) => value / length);
}

function variance(values: readonly number[]): number {
  return mean(values.map((value) => (value - mean(values)) ** 2));
}

const losses = [...ofPairs, ...ofRows];

function filtered(rows: Matrix, lists: Pick<Filtered, 'positives' | 'negatives'>): Filtered {
  const between =
    ({ between: away }: RowDistance) =>
    (i: number, j: number) =>
      away(row(rows, i), row(rows, j));
  const apart = between(cosine);
  return { rows, ...lists, similarity: (i, j) => 1 - apart(i, j), distance: between(chord) };
}

/** Of each of some rows some of all for positives and others for negatives; of one none of either. */
function someOf(rows: number, all: number, seed: number): Pick<Filtered, 'positives' | 'negatives'> {
  const { below } = random(seed, rows, all);
  const kinds = Array.from({ length: rows }, (_, i) =>
    Array.from({ length: all }, (_, j) => (j === i || i === 1 ? 2 : below(3))),
  );
  // and of two rows one for certain
  kinds[0][2] = kinds[2][0] = 0;
  kinds[0][3] = kinds[2][3] = 1;
  const listed = (kind: number) => kinds.map((each) => [...each.keys()].filter((j) => each[j] === kind));
  return { positives: listed(0), negatives: listed(1) };
}

/** Lists as a miner may hand them out: in no order, and some of it twice. */
function asMined(
  { positives, negatives }: Pick<Filtered, 'positives' | 'negatives'>,
  seed: number,
): MinedPairs {
  const pairsOf = (lists: Filtered['positives']): RowPairs => {
    const all = lists.flatMap((list, i) => list.map((j) => [i, j] as const));
    const twice = [...all, ...all.filter((_, e) => e % 3 === 0)];
    const order = Array.from(shuffled(twice.length, random(seed)));
    return {
      anchors: Uint32Array.from(order, (e) => twice[e][0]),
      others: Uint32Array.from(order, (e) => twice[e][1]),
    };
  };
  return { positives: pairsOf(positives), negatives: pairsOf(negatives) };
}

const shapes = fc.record({
  rows: fc.integer({ min: 4, max: 7 }),
  dim: fc.integer({ min: 3, max: 5 }),
  seed: fc.nat(),
});

/** Labels that say something else than what is mined. */
const labelsOf = (rows: number): Int32Array => Int32Array.from({ length: rows }, (_, i) => i % 2);

describe('mined pairs', () => {
  it.each(losses)(
    'are all that %s is of, whatever the labels, with the slopes of what is filtered by hand',
    (_, loss, slow) => {
      fc.assert(
        fc.property(shapes, ({ rows, dim, seed }) => {
          const embeddings = gaussian(rows, dim, seed);
          const lists = someOf(rows, rows, seed);
          const batch = { embeddings, labels: labelsOf(rows), pairs: asMined(lists, seed) };
          const { value, gradients } = loss(batch);
          const expected = slow(filtered(embeddings, lists));
          expect(Math.abs(value - expected)).toBeLessThan(2e-5 * Math.max(1, Math.abs(expected)));
          const slopes = (moved: { embeddings: Matrix }) => ({
            value: slow(filtered(moved.embeddings, lists)),
            gradients,
          });
          expectGradient(slopes, { embeddings }, ['embeddings']);
        }),
        { numRuns: 8 },
      );
    },
  );

  it.each(losses)('would be told from the opposites of the slopes of %s', (_, loss) => {
    const batch = { embeddings: gaussian(6, 4, 21), labels: labelsOf(6), pairs: asMined(someOf(6, 6, 4), 4) };
    expectSignsMatter(loss, batch, ['embeddings']);
  });

  it.each(ofPairs)('of %s may name references, which have their slopes', (_, loss, slow) => {
    fc.assert(
      fc.property(shapes, fc.boolean(), ({ rows, dim, seed }, alone) => {
        const [embeddings, references] = [gaussian(rows, dim, seed, 1), gaussian(5, dim, seed, 2)];
        const lists = someOf(rows, rows + 5, seed);
        const into = { references: noise(5, dim) };
        const { value, gradients } = loss(
          {
            embeddings,
            labels: labelsOf(rows),
            // of one item with a reference: what is mined does not ask
            ids: new Uint32Array(rows),
            references: { embeddings: references, labels: labelsOf(5), ids: new Uint32Array(5), alone },
            pairs: asMined(lists, seed),
          },
          into,
        );
        const slowly = (given: { embeddings: Matrix; references: Matrix }) => ({
          value: slow(filtered(stack(given.embeddings, given.references), lists)),
          gradients: { embeddings: gradients.embeddings, ...into },
        });
        expect(value).toBeCloseTo(slowly({ embeddings, references }).value, 4);
        expectGradient(slowly, { embeddings, references }, ['embeddings', 'references']);
      }),
      { numRuns: 6 },
    );
  });

  it('of circle are those whose terms it has', () => {
    // its paces are constants of the gradient, which is that of the pairs by label
    const lists = someOf(6, 6, 3);
    const embeddings = gaussian(6, 4, 5);
    const { terms } = circle({ gamma: 4 })({ embeddings, labels: labelsOf(6), pairs: asMined(lists, 3) });
    const { similarity } = filtered(embeddings, lists);
    const expected = lists.positives.map((right, i) => {
      const near = sum(
        right.map((p) => Math.exp(-4 * Math.max(0, 1.4 - similarity(i, p)) * (similarity(i, p) - 0.6))),
      );
      const far = sum(
        lists.negatives[i].map((n) =>
          Math.exp(4 * Math.max(0, similarity(i, n) + 0.4) * (similarity(i, n) - 0.4)),
        ),
      );
      return Math.log1p(near * far);
    });
    expectClose(terms ?? [], expected, 1e-5);
  });

  it.each(ofPairs)('of %s may be in several tiles', (_, loss, slow) => {
    const rows = 300;
    const embeddings = gaussian(rows, 8, 1);
    const all = someOf(rows, rows, 2);
    const few = (each: Filtered['positives']) => each.map((list) => list.filter((_, e) => e % 11 === 0));
    const lists = { positives: few(all.positives), negatives: few(all.negatives) };
    const batch = { embeddings, labels: labelsOf(rows), pairs: asMined(lists, 2) };
    const expected = slow(filtered(embeddings, lists));
    expect(Math.abs(loss(batch).value / expected - 1)).toBeLessThan(1e-5);
  });
});

/** Every loss of labelled rows. */
const everyLoss: readonly [string, LabelledLoss][] = [
  ...losses.map(([name, loss]): [string, LabelledLoss] => [name, loss]),
  ['circle', circle({ gamma: 4 })],
  ['nPairs', nPairs()],
  ['contrastive, active', contrastive({ reduction: 'active' })],
  ['contrastive, per anchor', contrastive({ reduction: 'perAnchor' })],
  ['triplet, swapped', triplet({ margin: 0.7, swap: true, distance: chord, reduction: 'active' })],
  ['marginLoss, active', marginLoss({ beta: 0.9 })],
  ['marginLoss, of cosines', marginLoss({ beta: 0.3, geometry: 'cosine', reduction: 'mean' })],
  ['batchAllTriplet, active', batchAllTriplet()],
  [
    'batchAllTriplet, per anchor, weighed',
    batchAllTriplet({ geometry: 'euclidean', reduction: 'perAnchor', classWeights: [1, 0, 3, 1, 0.5, 2, 1] }),
  ],
];

/** All pairs that labels make, in the order of rows. */
function allPairs(
  labels: ArrayLike<number>,
  others: readonly number[],
  meets = (i: number, j: number) => i !== j,
) {
  const pairsOf = (same: boolean): RowPairs => {
    const found = Array.from(labels, (label, i) =>
      [...others.keys()]
        .filter((j) => meets(i, j) && (others[j] === label) === same)
        .map((j) => [i, j] as const),
    ).flat();
    return { anchors: Uint32Array.from(found, ([i]) => i), others: Uint32Array.from(found, ([, j]) => j) };
  };
  return { positives: pairsOf(true), negatives: pairsOf(false) };
}

/** Every triplet of two pairs of one anchor. */
function allTriplets({ positives, negatives }: MinedPairs): Triplets {
  const found = Array.from(positives.anchors, (a, t) =>
    Array.from(negatives.anchors.keys())
      .filter((u) => negatives.anchors[u] === a)
      .map((u) => [a, positives.others[t], negatives.others[u]] as const),
  ).flat();
  const [anchors, right, wrong] = [0, 1, 2].map((role) => Uint32Array.from(found, (each) => each[role]));
  return { anchors, positives: right, negatives: wrong };
}

function expectSame(found: ReturnType<LabelledLoss>, expected: ReturnType<LabelledLoss>): void {
  expectClose([found.value], [expected.value], 1e-5);
  expect(found.active).toBe(expected.active);
  expectClose(found.gradients.embeddings.data, expected.gradients.embeddings.data, 1e-5);
}

describe('all pairs handed in', () => {
  const labels = Int32Array.from({ length: 40 }, (_, i) => (i * i) % 7);
  const batch = { embeddings: gaussian(40, 6, 9), labels };

  it.each(everyLoss)('are none handed in, to %s', (_, loss) => {
    const pairs = allPairs(labels, Array.from(labels));
    expectSame(loss({ ...batch, pairs }), loss(batch));
    expectClose(loss({ ...batch, pairs }).terms ?? [], loss(batch).terms ?? [], 1e-5);
  });

  it.each(everyLoss)('and all triplets too, to %s', (_, loss) => {
    // a pair loss has no pair of an anchor that is in no triplet
    const triplets = allTriplets(allPairs(labels, Array.from(labels)));
    expectSame(loss({ ...batch, triplets }), loss(batch));
  });

  const beside = everyLoss.filter(([name], e) => e < ofPairs.length || /^(nca|tuplet|fast|batch)/.test(name));
  it.each(beside)('with references, beside the batch or alone, to %s', (_, loss) => {
    for (const alone of [false, true]) {
      const ids = Uint32Array.from({ length: 40 }, (_, i) => i);
      const references = {
        embeddings: gaussian(9, 6, 10),
        labels: Int32Array.from({ length: 9 }, (_, r) => r % 5),
        ids: Uint32Array.from({ length: 9 }, (_, r) => 3 * r),
        alone,
      };
      const meets = (i: number, j: number): boolean =>
        j < 40 ? !alone && i !== j : references.ids[j - 40] !== i;
      const pairs = allPairs(labels, [...labels, ...references.labels], meets);
      const [listed, all] = [{ references: noise(9, 6) }, { references: noise(9, 6) }];
      expectSame(
        loss({ ...batch, ids, references, pairs }, listed),
        loss({ ...batch, ids, references }, all),
      );
      expectClose(listed.references.data, all.references.data, 1e-5);
    }
  });
});

describe('mined triplets', () => {
  const batch = { embeddings: gaussian(9, 4, 3), labels: Int32Array.of(0, 1, 2, 0, 1, 2, 0, 1, 5) };

  it.each(losses.filter(([name]) => !/triplet|margin/i.test(name) || name === 'tupletMargin'))(
    'are to %s the pairs in them, each once',
    (_, loss) => {
      const triplets = {
        anchors: Uint32Array.of(3, 0, 0, 0, 4),
        positives: Uint32Array.of(0, 3, 3, 6, 1),
        negatives: Uint32Array.of(1, 1, 2, 1, 8),
      };
      const pairs = {
        positives: { anchors: Uint32Array.of(0, 0, 3, 4), others: Uint32Array.of(3, 6, 0, 1) },
        negatives: { anchors: Uint32Array.of(0, 0, 3, 4), others: Uint32Array.of(1, 2, 1, 8) },
      };
      expect(loss({ ...batch, triplets })).toEqual(loss({ ...batch, pairs }));
    },
  );

  it.each([
    ['batchAllTriplet', batchAllTriplet({ reduction: 'mean' })],
    ['triplet', triplet()],
  ])('are to %s these and no others, each as often as it is listed: by hand', (_, loss) => {
    // cosine distances 0.4 (rows 0, 1), 1 (0, 2), 0.2 (0, 3), 0.2 (1, 2); the third is listed twice
    const triplets = {
      anchors: Uint32Array.of(0, 0, 1, 1),
      positives: Uint32Array.of(1, 1, 0, 0),
      negatives: Uint32Array.of(2, 3, 2, 2),
    };
    const { value, active } = loss({ ...byHand, triplets });
    expect(value).toBeCloseTo((0 + 0.4 + 0.4 + 0.4) / 4, 6);
    expect(active).toBe(3);
  });

  it('are to marginLoss these and no others: by hand', () => {
    // chords √0.8 (rows 0, 1), √2 (0, 2), √0.4 (0, 3)
    const triplets = {
      anchors: Uint32Array.of(0, 0),
      positives: Uint32Array.of(1, 1),
      negatives: Uint32Array.of(2, 3),
    };
    const given = { ...byHand, labels: Int32Array.of(1, 1, 0, 0), triplets };
    const hinge = Math.sqrt(0.8) - 0.8 + 0.2;
    const { value, terms, active } = marginLoss({ beta: 0.8 })(given);
    expectClose(terms ?? [], [2 * hinge + (1 - Math.sqrt(0.4)), 0, 0, 0], 1e-6);
    expect(active).toBe(3);
    expect(value).toBeCloseTo((2 * hinge + 1 - Math.sqrt(0.4)) / 3, 6);
    const beta = fromRows([[7], [0.8]]);
    const learned = marginLoss({ nu: 0.5 })({ ...given, beta });
    // two hinges fall with it, one rises, and each triplet costs its anchor's
    expectClose(learned.gradients.beta?.data ?? [], [0, (-2 + 1 + 0.5 * 2) / 3], 1e-6);
  });

  it('of a miner are what its loss finds by itself', () => {
    const embeddings = gaussian(30, 5, 4);
    const labels = Int32Array.from({ length: 30 }, (_, i) => i % 7);
    const mined = batchHard()({ embeddings, labels });
    const options = { margin: 0.3 } as const;
    expectSame(
      batchAllTriplet({ ...options, reduction: 'mean' })(mined),
      batchHardTriplet(options)({ embeddings, labels }),
    );
    // of the pairs in them there is one positive and one negative an anchor, and nothing to choose
    expectSame(batchHardTriplet(options)(mined), batchHardTriplet(options)({ embeddings, labels }));
  });
});

describe('nPairs of mined pairs', () => {
  it('takes the first positive one of each label, whatever the negatives: by hand', () => {
    const pairs = {
      positives: { anchors: Uint32Array.of(3, 1, 2, 0), others: Uint32Array.of(2, 0, 3, 1) },
      negatives: { anchors: Uint32Array.of(0), others: Uint32Array.of(3) },
    };
    // (3, 2) and (1, 0): inner products 0.6 each; of 3 with 0 and of 1 with 2 both 0.8
    const { value, terms } = nPairs()({ ...byHand, pairs });
    expectClose(terms ?? [], [Math.log1p(Math.exp(0.2)), Math.log1p(Math.exp(0.2))], 1e-6);
    expect(value).toBeCloseTo(Math.log1p(Math.exp(0.2)), 6);
  });

  it('has the gradient of its value where two of them have a row in common', () => {
    const pairs = {
      positives: { anchors: Uint32Array.of(0, 2, 4), others: Uint32Array.of(1, 1, 2) },
      negatives: { anchors: new Uint32Array(), others: new Uint32Array() },
    };
    const batch = { embeddings: gaussian(5, 3, 1), labels: Int32Array.of(0, 0, 1, 1, 2), pairs };
    expectGradient(nPairs(), batch, ['embeddings']);
    expectSignsMatter(nPairs(), batch, ['embeddings']);
  });
});

describe('liftedStructure, per anchor', () => {
  it('is the mean over each anchor’s positive pairs and then over all anchors: by hand', () => {
    // on a line; of row 3 there is no positive. J = log Σ exp(1 - d) + d, the sum over the negatives of both rows
    const batch = { embeddings: fromRows([[0], [1], [3], [7]]), labels: Int32Array.of(4, 4, 4, 5) };
    const log = (...exponents: number[]): number => Math.log(sum(exponents.map(Math.exp)));
    const term = (d: number, ...negatives: number[]): number =>
      Math.max(0, log(...negatives.map((n) => 1 - n)) + d) ** 2 / 2;
    const [near, far, middle] = [term(1, 7, 6), term(3, 7, 4), term(2, 6, 4)];
    const { value, terms } = liftedStructure({ geometry: 'euclidean', reduction: 'perAnchor' })(batch);
    const means = [(near + far) / 2, (near + middle) / 2, (far + middle) / 2, 0];
    expect(value).toBeCloseTo(mean(means), 6);
    expectClose(terms ?? [], means, 1e-6);
  });

  it('has the gradient of its value where anchors have unequally many, of mined pairs, references and weights', () => {
    const batch = { embeddings: gaussian(8, 4, 6), labels: Int32Array.of(0, 0, 0, 0, 1, 1, 2, 1) };
    const classWeights = [1, 0.5, 3];
    const loss = liftedStructure({ negativeMargin: 3, reduction: 'perAnchor', classWeights });
    expectGradient(loss, batch, ['embeddings']);
    expectSignsMatter(loss, batch, ['embeddings']);
    const ids = Uint32Array.of(0, 1, 2, 3, 4, 5, 6, 7);
    const references = {
      embeddings: gaussian(3, 4, 7),
      labels: Int32Array.of(0, 0, 1),
      ids: Uint32Array.of(0, 9, 4),
    };
    expectGradient(loss, { ...batch, ids, references }, ['embeddings']);
    expectGradient(loss, { ...batch, pairs: asMined(someOf(8, 8, 1), 1) }, ['embeddings']);
  });
});

describe('what is mined', () => {
  const none: RowPairs = { anchors: new Uint32Array(), others: new Uint32Array() };
  const batch = { embeddings: gaussian(4, 3, 1), labels: Int32Array.of(0, 0, 1, 1) };
  const pair = (anchor: number, other: number): RowPairs => ({
    anchors: Uint32Array.of(anchor),
    others: Uint32Array.of(other),
  });

  it.each(everyLoss)('may be nothing at all, or of one kind only, to %s', (_, loss) => {
    const given: MinedPairs[] = [
      { positives: none, negatives: none },
      { positives: pair(0, 1), negatives: none },
      { positives: none, negatives: pair(0, 1) },
    ];
    for (const pairs of given) {
      for (const embeddings of [batch.embeddings, matrix(4, 3)]) {
        const { value, active, gradients } = loss({ ...batch, embeddings, pairs });
        expect(value).toSatisfy(Number.isFinite);
        expect(gradients.embeddings.data.every(Number.isFinite)).toBe(true);
        if (pairs === given[0]) expect([value, active]).toEqual([0, 0]);
      }
    }
    const empty = { anchors: none.anchors, positives: none.anchors, negatives: none.anchors };
    expect(loss({ ...batch, triplets: empty })).toMatchObject({ value: 0, active: 0 });
  });

  it('without a negative leaves supCon no terms where they are needed', () => {
    const pairs = { positives: pair(0, 1), negatives: none };
    expect(supCon({ needsNegatives: true })({ ...batch, pairs })).toMatchObject({ value: 0, active: 0 });
    expect(
      supCon({ needsNegatives: true })({ ...batch, pairs: { ...pairs, negatives: pair(0, 2) } }).value,
    ).toBe(supCon()({ ...batch, pairs: { ...pairs, negatives: pair(0, 2) } }).value);
  });

  it.each(everyLoss)('is refused in one sentence where it names no row or no pair, by %s', (name, loss) => {
    const where = name.split(',')[0];
    const good = { positives: pair(0, 1), negatives: pair(0, 2) };
    const triplets = {
      anchors: Uint32Array.of(0),
      positives: Uint32Array.of(1),
      negatives: Uint32Array.of(2),
    };
    const refused: readonly [Partial<Labelled>, string][] = [
      [{ pairs: good, triplets }, 'pairs must be left out where there are triplets, got both'],
      [
        { pairs: { ...good, negatives: pair(0, 4) } },
        'pairs.negatives.others[0] must be a row in [0, 4), got 4',
      ],
      [
        { pairs: { ...good, positives: pair(4, 1) } },
        'pairs.positives.anchors[0] must be a row in [0, 4), got 4',
      ],
      [
        { pairs: { ...good, positives: { ...pair(0, 1), others: Uint32Array.of(1, 2) } } },
        'pairs.positives.others.length must be 1, got 2',
      ],
      [
        { pairs: { ...good, negatives: pair(3, 3) } },
        'pairs.negatives.others[0] must be another row than its anchor, got 3',
      ],
      [
        { triplets: { ...triplets, positives: Uint32Array.of() } },
        'triplets.positives.length must be 1, got 0',
      ],
      [
        { triplets: { ...triplets, negatives: Uint32Array.of(9) } },
        'triplets.negatives[0] must be a row in [0, 4), got 9',
      ],
      [
        { triplets: { ...triplets, positives: Uint32Array.of(0) } },
        'triplets.positives[0] must be another row than its anchor, got 0',
      ],
    ];
    for (const [mined, sentence] of refused) {
      expect(() => loss({ ...batch, ...mined })).toThrow(new RangeError(`${where}: ${sentence}`));
    }
  });

  it('is refused where a pair is both positive and negative', () => {
    const pairs = {
      positives: { anchors: Uint32Array.of(0, 2), others: Uint32Array.of(1, 3) },
      negatives: { anchors: Uint32Array.of(2, 2), others: Uint32Array.of(0, 3) },
    };
    for (const [name, loss] of everyLoss) {
      if (name === 'nPairs') continue;
      expect(() => loss({ ...batch, pairs })).toThrow(
        new RangeError(
          `${name.split(',')[0]}: a mined pair must be positive or negative, got rows 2 and 3 as both`,
        ),
      );
    }
  });
});
