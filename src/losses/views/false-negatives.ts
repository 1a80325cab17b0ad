import type { IdLists, Views } from '../../core/batches.ts';
import { checkEqual, checkNonNegative, checkOneOf, checkShare, refuse } from '../../core/check.ts';
import { rowsBetween } from '../../core/matrix.ts';
import { kernels } from '../../kernels/active.ts';
import { checkFiniteRows } from '../../kernels/check-rows.ts';
import type { CandidateBlock } from './candidate-block.ts';
import { type Said, those } from './listed.ts';

export interface FalseNegativeOptions {
  /** How far below the positive's score a candidate is still a false negative. @default 0 */
  readonly margin?: number;
  /** The margin as a difference of scores, or as a share of the positive's. @default 'absolute' */
  readonly strategy?: 'absolute' | 'relative';
  /**
   * Whether a false negative is still a negative, of less `weight`, or a positive of the anchor, as much as its own. What ids, labels or
   * what is known leave out of the sum is neither. @default 'negatives'
   */
  readonly countAs?: 'negatives' | 'positives';
  /** What a false negative counts in the sum as a negative, in [0, 1): 0 drops it. @default 0 */
  readonly weight?: number;
}

/** Anchors taken at a time: memory is BLOCK × candidates, beside what is found. */
const BLOCK = 64;

/**
 * What the views' guide takes for false negatives, and what they count: candidates whose cosine to the anchor (or to its positive, where
 * that is what they stand against), by the guide, is above the anchor's to its own positive less the margin.
 */
export function falseNegatives(
  where: string,
  { margin = 0, strategy = 'absolute', countAs = 'negatives', weight }: FalseNegativeOptions,
): (
  views: Views,
  blocks: readonly CandidateBlock[],
  offsets?: Uint32Array,
) => Pick<Said, 'positives' | 'adjustments'> {
  checkNonNegative(where, 'falseNegatives.margin', margin);
  checkOneOf(where, 'falseNegatives.strategy', strategy, ['absolute', 'relative']);
  checkOneOf(where, 'falseNegatives.countAs', countAs, ['negatives', 'positives']);
  if (countAs === 'positives' && weight !== undefined) {
    refuse(where, 'falseNegatives.weight must be absent where they count as positives', weight);
  }
  checkShare(where, 'falseNegatives.weight', weight ?? 0);
  return (views, blocks, offsets) => {
    const found = those(
      aboveThePositive(where, views, blocks, offsets, (own) =>
        strategy === 'absolute' ? own - margin : own - Math.abs(own) * margin,
      ),
    );
    if (countAs === 'positives') return { positives: [found], adjustments: [] };
    const more = Math.log(weight ?? 0);
    return { positives: [], adjustments: [(i, add) => found(i, (candidate) => add(candidate, more))] };
  };
}

function aboveThePositive(
  where: string,
  views: Views,
  blocks: readonly CandidateBlock[],
  offsets: Uint32Array | undefined,
  thresholdAt: (own: number) => number,
): IdLists {
  const guide = guideOf(where, views);
  const { rows } = views.anchors;
  const listed: number[] = [];
  const starts = new Uint32Array(rows + 1);
  for (let first = 0; first < rows; first += BLOCK) {
    const end = Math.min(first + BLOCK, rows);
    const scored = blocks.flatMap((block) => {
      const candidates = guide[block.from];
      if (candidates === undefined) return [];
      return {
        block,
        scores: kernels.timesTransposed(rowsBetween(guide[block.faces], first, end), candidates),
      };
    });
    for (let i = first; i < end; i++) {
      const [{ scores: toPositives }] = scored;
      const threshold = thresholdAt(toPositives.data[(i - first) * rows + i]);
      for (const { block, scores } of scored) {
        const negative = block.from === 'negatives';
        const [from, to] =
          negative && offsets !== undefined ? [offsets[i], offsets[i + 1]] : [0, scores.cols];
        for (let j = from; j < to; j++) {
          // its own, whichever way round, is no false negative
          if (j === i && !negative) continue;
          if (scores.data[(i - first) * scores.cols + j] > threshold) listed.push(block.start + j);
        }
      }
      starts[i + 1] = listed.length;
    }
  }
  return { offsets: starts, ids: Uint32Array.from(listed) };
}

function guideOf(where: string, { guide, anchors, negatives }: Views) {
  if (guide === undefined)
    return refuse(where, 'views must have a guide where falseNegatives is given', 'none');
  for (const name of ['anchors', 'positives', 'negatives'] as const) {
    const part = guide[name];
    if (part === undefined) continue;
    checkEqual(
      where,
      `guide.${name}.rows`,
      part.rows,
      name === 'negatives' ? (negatives?.rows ?? 0) : anchors.rows,
    );
    checkEqual(where, `guide.${name}.cols`, part.cols, guide.anchors.cols);
    checkFiniteRows(where, `guide.${name}`, part);
  }
  return {
    anchors: kernels.normalize(guide.anchors).unit,
    positives: kernels.normalize(guide.positives).unit,
    negatives: guide.negatives && kernels.normalize(guide.negatives).unit,
  };
}
