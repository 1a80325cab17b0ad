import fc from 'fast-check';
import { expect } from 'vitest';
import type { Guide, Views } from '../../../src/core/batches.ts';
import { matrix, row } from '../../../src/core/matrix.ts';
import { cosine } from '../../../src/distances/cosine.ts';
import { dot } from '../../../src/distances/dot.ts';
import type { Direction } from '../../../src/losses/views/candidates.ts';
import { infoNce, type InfoNceOptions } from '../../../src/losses/views/info-nce.ts';
import { expectGradient } from '../../gradient.ts';
import { expectClose, gaussian } from '../../matrices.ts';
import { ownedViews } from './random-views.ts';

export const names = ['anchors', 'positives', 'negatives'] as const;
export const directions = [
  'anchorToAnchor',
  'positiveToAnchor',
  'positiveToPositive',
  'positiveToNegative',
] as const satisfies readonly Direction[];

interface Shape {
  readonly rows: number;
  readonly dim: number;
  readonly seed: number;
}

export const shapes = fc.record({
  rows: fc.integer({ min: 2, max: 5 }),
  dim: fc.integer({ min: 3, max: 4 }),
  seed: fc.nat(),
});

/** Two negatives an anchor. */
export function randomViews({ rows, dim, seed }: Shape) {
  return ownedViews({ owned: Array<number>(rows).fill(2), dim, seed });
}

export function guideOf({ rows, seed }: Pick<Shape, 'rows' | 'seed'>): Guide {
  return {
    anchors: gaussian(rows, 3, seed, 4),
    positives: gaussian(rows, 3, seed, 5),
    negatives: gaussian(2 * rows, 3, seed, 6),
  };
}

/** Something of a pair, by the rows it is of: `faces` of item i, and row j of `from`. */
type OfPair<Value> = (i: number, from: keyof Guide, j: number, faces: 'anchors' | 'positives') => Value;

/** What becomes of pairs: what each counts in the sum, and whether it is a positive. */
export interface Roles {
  readonly weigh?: OfPair<number>;
  readonly right?: OfPair<boolean>;
}

/**
 * The mean of the terms with every logit written out, as sentence-transformers has them: queries to documents, and what is
 * joined. Hardness is of the similarities of `still`.
 */
export function writtenOut(
  { anchors, positives, negatives = matrix(0, anchors.cols) }: Views,
  options: InfoNceOptions,
  still: Views,
  { weigh = () => 1, right = () => false }: Roles = {},
): { value: number; terms: number[] } {
  const { scale = 20, similarity = 'cosine', negatives: visible = 'shared', joined = [], hardness } = options;
  const { score } = similarity === 'cosine' ? cosine : dot;
  const { negatives: stillNegatives = matrix(0, anchors.cols) } = still;
  const [stillOf, now] = [
    { anchors: still.anchors, positives: still.positives, negatives: stillNegatives },
    { anchors, positives, negatives },
  ];
  const logit = (i: number, from: keyof typeof now, j: number, faces: 'anchors' | 'positives'): number =>
    scale * score(row(now[faces], i), row(now[from], j));
  const termOf = (
    own: number,
    others: (add: (logit: number, weight: number, right: boolean) => void) => void,
  ) => {
    let sum = Math.exp(own);
    const logits = [own];
    others((each, weight, isRight) => {
      if (isRight) logits.push(each);
      sum += (isRight ? 1 : weight) * Math.exp(each);
    });
    return Math.log(sum) - logits.reduce((total, each) => total + each) / logits.length;
  };
  const terms = Array.from({ length: anchors.rows }, (_, i) => {
    const own = logit(i, 'positives', i, 'anchors');
    const there = termOf(own, (add) => {
      const meet = (from: keyof typeof now, j: number, faces: 'anchors' | 'positives', hard: boolean) => {
        const isRight = right(i, from, j, faces);
        const more =
          hard && !isRight
            ? (hardness?.strength ?? 0) * score(row(stillOf[faces], i), row(stillOf[from], j))
            : 0;
        add(logit(i, from, j, faces) + more, weigh(i, from, j, faces), isRight);
      };
      for (let j = 0; j < anchors.rows; j++) {
        if (j !== i) meet('positives', j, 'anchors', hardness?.of === 'inBatch' || hardness?.of === 'all');
        if (j !== i && joined.includes('anchorToAnchor')) meet('anchors', j, 'anchors', false);
        if (joined.includes('positiveToAnchor')) meet('anchors', j, 'positives', false);
        if (j !== i && joined.includes('positiveToPositive')) meet('positives', j, 'positives', false);
      }
      for (let t = 0; t < negatives.rows; t++) {
        const mine = Math.floor(t / 2) === i;
        if (mine || visible === 'shared') {
          const hard = hardness?.of === 'all' || hardness?.of === (mine ? 'own' : 'inBatch');
          meet('negatives', t, 'anchors', hard);
        }
        if (!mine && joined.includes('positiveToNegative')) meet('negatives', t, 'positives', false);
      }
    });
    if (options.symmetric !== true) return there;
    const back = termOf(own, (add) => {
      for (let k = 0; k < anchors.rows; k++) {
        if (k === i) continue;
        const pair = [k, 'positives', i, 'anchors'] as const;
        add(logit(...pair), weigh(...pair), right(...pair));
      }
    });
    return (there + back) / 2;
  });
  return { value: terms.reduce((sum, term) => sum + term, 0) / terms.length, terms };
}

/** Ours against what is written out: terms, and the gradient against its slopes. */
export function expectWrittenOut(views: Views, options: InfoNceOptions, roles?: Roles): void {
  const loss = infoNce(options);
  const expected = writtenOut(views, options, views, roles);
  const { value, terms = [] } = loss(views);
  expectClose(terms, expected.terms, 1e-5);
  expect(value).toBeCloseTo(expected.value, 4);
  const still = structuredClone(views);
  const { gradients } = loss(views);
  const slopes = (moved: Views) => ({ value: writtenOut(moved, options, still, roles).value, gradients });
  expectGradient(slopes, views, names);
}
