import fc from 'fast-check';
import type { Labelled, MinedPairs, RowPairs, Triplets } from '../../src/core/batches.ts';
import { fromRows, matrix, row, stack } from '../../src/core/matrix.ts';
import type { RowDistance } from '../../src/distances/distance.ts';
import { wholeNumbers } from '../matrices.ts';

/** On a line at 0, 1, 4, 6, 11 and 19. */
export const line = {
  embeddings: fromRows([[0], [1], [4], [6], [11], [19]]),
  labels: Int32Array.of(0, 0, 1, 0, 1, 1),
};

/** Batches of whole numbers, with ties and rows that are the same, and perhaps references, alone or not, some of a row's own id. */
export const batches: fc.Arbitrary<Labelled> = fc
  .record({
    rows: fc.integer({ min: 0, max: 24 }),
    others: fc.constantFrom(undefined, 0, 1, 9),
    alone: fc.boolean(),
    ids: fc.boolean(),
    classes: fc.integer({ min: 1, max: 5 }),
    seed: fc.nat(1e6),
  })
  .map(({ rows, others, alone, ids, classes, seed }) => {
    const labelsOf = (count: number): Int32Array =>
      Int32Array.from({ length: count }, (_, i) => (i * i + seed) % classes);
    const batch = {
      embeddings: wholeNumbers(rows, 3, 4, seed),
      labels: labelsOf(rows),
      ids: ids ? Uint32Array.from({ length: rows }, (_, i) => i) : undefined,
    };
    if (others === undefined) return batch;
    return {
      ...batch,
      references: {
        embeddings: others === 0 ? matrix(0, 3) : wholeNumbers(others, 3, 4, seed, 1),
        labels: labelsOf(others),
        ids: ids ? Uint32Array.from({ length: others }, (_, r) => (2 * r) % 7) : undefined,
        alone,
      },
    };
  });

/** A row's number, and how far it is from the anchor. */
export interface Relative {
  readonly number: number;
  readonly away: number;
}

export interface SlowAnchor {
  readonly row: number;
  readonly positives: readonly Relative[];
  readonly negatives: readonly Relative[];
}

/** Each row with what it stands against, a pair at a time in float64. */
export function slowly(batch: Labelled, distance: RowDistance): SlowAnchor[] {
  const { embeddings, labels, ids, references } = batch;
  const all = references === undefined ? embeddings : stack(embeddings, references.embeddings);
  return [...labels.keys()].map((a) => {
    const found = Array.from({ length: all.rows }, (_, j) => {
      const r = j - labels.length;
      return {
        number: j,
        away: distance.between(row(embeddings, a), row(all, j)),
        label: r < 0 ? labels[j] : references?.labels[r],
        meets:
          r < 0
            ? j !== a && references?.alone !== true
            : ids === undefined || references?.ids === undefined || references.ids[r] !== ids[a],
      };
    }).filter(({ meets }) => meets);
    return {
      row: a,
      positives: found.filter(({ label }) => label === labels[a]),
      negatives: found.filter(({ label }) => label !== labels[a]),
    };
  });
}

export type Triple = readonly [anchor: number, positive: number, negative: number];
export type Pair = readonly [anchor: number, other: number];

export function listed({ anchors, positives, negatives }: Triplets): Triple[] {
  return Array.from(anchors, (a, t) => [a, positives[t], negatives[t]]);
}

export function listedPairs({ anchors, others }: RowPairs): Pair[] {
  return Array.from(anchors, (a, t) => [a, others[t]]);
}

export function bothListed({
  positives,
  negatives,
}: MinedPairs): readonly [positives: Pair[], negatives: Pair[]] {
  return [listedPairs(positives), listedPairs(negatives)];
}

/** Every triplet of each row for which a rule holds. */
export function tripletsWhere(
  anchors: readonly SlowAnchor[],
  rule: (positive: Relative, negative: Relative, anchor: SlowAnchor) => boolean,
): Triple[] {
  return anchors.flatMap((anchor) =>
    anchor.positives.flatMap((p) =>
      anchor.negatives.filter((n) => rule(p, n, anchor)).map((n): Triple => [anchor.row, p.number, n.number]),
    ),
  );
}

/** The relative of the least key, of several the first; none where there is none. */
export function least(relatives: readonly Relative[], keyOf: (away: number) => number): Relative[] {
  const smallest = Math.min(...relatives.map(({ away }) => keyOf(away)));
  return relatives.filter(({ away }) => keyOf(away) === smallest).slice(0, 1);
}
