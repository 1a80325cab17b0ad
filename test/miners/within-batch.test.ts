import { describe, expect, it } from 'vitest';
import type { Labelled } from '../../src/core/batches.ts';
import { gather, matrix, type Matrix } from '../../src/core/matrix.ts';
import { random, shuffled } from '../../src/core/random.ts';
import { angularTriplets } from '../../src/miners/angular-triplets.ts';
import { batchEasyHard } from '../../src/miners/batch-easy-hard.ts';
import { batchHard } from '../../src/miners/batch-hard.ts';
import type { PairMiner, TripletMiner } from '../../src/miners/batch-miner.ts';
import { distanceWeightedTriplets } from '../../src/miners/distance-weighted-triplets.ts';
import type { Stepped } from '../../src/miners/draws.ts';
import { hdcPairs } from '../../src/miners/hdc-pairs.ts';
import { marginPairs } from '../../src/miners/margin-pairs.ts';
import { marginTriplets } from '../../src/miners/margin-triplets.ts';
import { multiSimilarityPairs } from '../../src/miners/multi-similarity-pairs.ts';
import { semiHardTriplets } from '../../src/miners/semi-hard-triplets.ts';
import { uniformHistogramPairs } from '../../src/miners/uniform-histogram-pairs.ts';
import { uniformTriplets } from '../../src/miners/uniform-triplets.ts';
import { gaussian } from '../matrices.ts';
import { bothListed, listed } from './by-definition.ts';

const TRIPLET_MINERS: Readonly<Record<string, TripletMiner>> = {
  batchHard: batchHard(),
  semiHardTriplets: semiHardTriplets(),
  'semiHardTriplets, otherwise the farthest': semiHardTriplets({ otherwise: 'farthest' }),
  marginTriplets: marginTriplets({ margin: 0.5 }),
  'marginTriplets, easy': marginTriplets({ kind: 'easy' }),
  angularTriplets: angularTriplets({ angle: 40 }),
};

const PAIR_MINERS: Readonly<Record<string, PairMiner>> = {
  batchEasyHard: batchEasyHard(),
  'batchEasyHard, all and hard': batchEasyHard({ positives: 'all', negatives: 'hard' }),
  'batchEasyHard, semi-hard and easy': batchEasyHard({ positives: 'semihard', negatives: 'easy' }),
  marginPairs: marginPairs(),
  multiSimilarityPairs: multiSimilarityPairs(),
  hdcPairs: hdcPairs({ share: 0.3 }),
};

/** What these find depends on the numbers of rows. */
const DRAWING_MINERS = {
  distanceWeightedTriplets: distanceWeightedTriplets(),
  uniformTriplets: uniformTriplets({ tuplesPerAnchor: 3 }),
  uniformHistogramPairs: uniformHistogramPairs({ bins: 5 }),
};

const MINERS = Object.entries({ ...TRIPLET_MINERS, ...PAIR_MINERS, ...DRAWING_MINERS });

/** All tuples that a miner finds, of pairs the positive ones first. */
function tuplesOf(mined: Labelled): readonly (readonly number[])[] {
  if (mined.triplets !== undefined) return listed(mined.triplets);
  return mined.pairs === undefined ? [] : bothListed(mined.pairs).flat();
}

function labelled(embeddings: Matrix, classes: number): Labelled {
  const { below } = random(classes);
  return { embeddings, labels: Int32Array.from({ length: embeddings.rows }, () => below(classes)) };
}

/** More rows than are taken at a time. */
const ROWS = 140;
const batch = labelled(gaussian(ROWS, 5, 4), 50);

describe.each(MINERS)('%s', (name, mine: (batch: Labelled) => Labelled) => {
  it('finds tuples of a row, rows of its label and rows of others', () => {
    const mined = mine(batch);
    expect(tuplesOf(mined).length).toBeGreaterThan(20);
    const { labels } = batch;
    const [positives, negatives] = mined.pairs ? bothListed(mined.pairs) : [[], []];
    const triplets = mined.triplets ? listed(mined.triplets) : [];
    const unlike = [...triplets, ...positives].filter(([a, p]) => a === p || labels[a] !== labels[p]);
    const alike = [...triplets.map(([a, , n]) => [a, n]), ...negatives].filter(
      ([a, n]) => labels[a] === labels[n],
    );
    expect([unlike, alike]).toEqual([[], []]);
  });

  it('finds nothing where there is nothing to find', () => {
    const empty = { embeddings: matrix(0, 5), labels: new Int32Array(0) };
    expect(tuplesOf(mine(empty))).toEqual([]);
    expect(tuplesOf(mine({ embeddings: gaussian(1, 5, 1), labels: Int32Array.of(3) }))).toEqual([]);
    const none = { embeddings: matrix(0, 5), labels: new Int32Array(0), alone: true };
    expect(tuplesOf(mine({ ...batch, references: none }))).toEqual([]);
  });

  it('finds no negative in one class, and no positive where each row has its own', () => {
    const one = mine({ ...batch, labels: new Int32Array(ROWS) });
    expect([one.triplets?.anchors.length ?? 0, one.pairs?.negatives.anchors.length ?? 0]).toEqual([0, 0]);
    const own = mine({ ...batch, labels: Int32Array.from(batch.labels.keys()) });
    expect([own.triplets?.anchors.length ?? 0, own.pairs?.positives.anchors.length ?? 0]).toEqual([0, 0]);
  });

  it('has an answer of rows without columns, zero rows, rows that are one and rows of the largest numbers', () => {
    const rows = [matrix(20, 0), matrix(20, 3), matrix(20, 3, new Float32Array(60).fill(0.3))];
    const large = gaussian(20, 3, 2);
    large.data.forEach((value, e) => (large.data[e] = Math.sign(value) * 3e38));
    for (const embeddings of [...rows, large]) {
      for (const [a, b] of tuplesOf(mine(labelled(embeddings, 3)))) {
        expect([a, b].every((row) => row < 20 && a !== b)).toBe(true);
      }
    }
  });

  it('numbers references after the rows of the batch, which stand against them and not, alone, against themselves', () => {
    const references = { ...labelled(gaussian(40, 5, 6), 50), alone: true };
    const alone = tuplesOf(mine({ ...batch, references }));
    expect(alone.length).toBeGreaterThan(20);
    expect(alone.every(([a]) => a < ROWS)).toBe(true);
    expect(alone.every(([, ...others]) => others.every((other) => other >= ROWS && other < ROWS + 40))).toBe(
      true,
    );
    const both = tuplesOf(mine({ ...batch, references: { ...references, alone: false } }));
    expect(new Set(both.flatMap(([, ...others]) => others.map((other) => other >= ROWS)))).toEqual(
      new Set([false, true]),
    );
  });

  it('never sets a row against a reference of its id', () => {
    const references = { ...batch, ids: Uint32Array.from(batch.labels.keys()), alone: true };
    const mined = tuplesOf(mine({ ...batch, ids: references.ids, references }));
    expect(mined.length).toBeGreaterThan(20);
    expect(mined.some(([a, ...others]) => others.includes(ROWS + a))).toBe(false);
    // as against the batch itself, by other numbers
    const itself = tuplesOf(mine(batch));
    expect(mined.map(([a, ...others]) => [a, ...others.map((other) => other - ROWS)])).toEqual(itself);
  });

  it('leaves the tuples of another miner behind, and keeps what else a batch has', () => {
    const none = new Uint32Array(0);
    const before = { triplets: { anchors: none, positives: none, negatives: none }, step: 3, note: 'kept' };
    const mined = mine({ ...batch, ...before });
    expect(mined).toMatchObject({ step: 3, note: 'kept', embeddings: batch.embeddings });
    expect([mined.triplets, mined.pairs].filter((each) => each !== undefined)).toHaveLength(1);
    expect(tuplesOf(mined).length).toBeGreaterThan(20);
    expect(batch).not.toHaveProperty('triplets');
  });

  it('gives the same for the same batch, whatever it was given before', () => {
    const [once, ...others] = [batch, labelled(gaussian(30, 2, 1), 3), batch].map((each) =>
      tuplesOf(mine(each)),
    );
    expect(others[1]).toEqual(once);
  });

  it('refuses, by its name, what is no batch', () => {
    const where = name.split(',')[0];
    const embeddings = gaussian(4, 2, 1);
    embeddings.data[5] = NaN;
    expect(() => mine({ embeddings, labels: new Int32Array(4) })).toThrow(
      new RangeError(`${where}: embeddings row 2 must be finite, got NaN in column 1`),
    );
    expect(() => mine({ ...batch, labels: new Int32Array(7) })).toThrow(
      new RangeError(`${where}: labels.length must be 140, got 7`),
    );
    const references = { embeddings: gaussian(2, 3, 1), labels: new Int32Array(2) };
    expect(() => mine({ ...batch, references })).toThrow(
      new RangeError(`${where}: references.embeddings.cols must be 5, got 3`),
    );
  });
});

describe.each(Object.entries({ ...TRIPLET_MINERS, ...PAIR_MINERS }))(
  '%s',
  (name, mine: (batch: Labelled) => Labelled) => {
    it('finds the same tuples whatever the order of the rows', () => {
      const order = shuffled(ROWS, random(9));
      const moved = mine({
        embeddings: gather(batch.embeddings, order),
        labels: Int32Array.from(order, (i) => batch.labels[i]),
      });
      // of (i, j) and (j, i), which are equally far, hdcPairs takes the first by row
      const named = (tuple: readonly number[]) =>
        String(name === 'hdcPairs' ? [...tuple].sort((i, j) => i - j) : tuple);
      const found = tuplesOf(moved).map((tuple) => named(tuple.map((i) => order[i])));
      expect(found.sort()).toEqual(tuplesOf(mine(batch)).map(named).sort());
    });
  },
);

describe.each(Object.entries(DRAWING_MINERS))('%s', (_, mine: (batch: Stepped) => Labelled) => {
  it('draws anew at each step', () => {
    const [first, second, again] = [0, 1, 0].map((step) => tuplesOf(mine({ ...batch, step })));
    expect(second).not.toEqual(first);
    expect(again).toEqual(first);
    expect(tuplesOf(mine(batch))).toEqual(first);
  });
});
