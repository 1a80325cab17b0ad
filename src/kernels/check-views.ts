import type { Views } from '../core/batches.ts';
import { checkEqual } from '../core/check.ts';
import { checkFiniteRows } from './check-rows.ts';

/** The checks that every loss and every miner of views shares. */
export function checkViews(where: string, views: Views): void {
  const { anchors, positives, negatives } = views;
  checkEqual(where, 'positives.rows', positives.rows, anchors.rows);
  checkEqual(where, 'positives.cols', positives.cols, anchors.cols);
  checkFiniteRows(where, 'anchors', anchors);
  checkFiniteRows(where, 'positives', positives);
  checkLength(where, 'ids.length', views.ids, anchors.rows);
  checkLength(where, 'labels.length', views.labels, anchors.rows);
  checkLength(where, 'owned.length', views.owned, anchors.rows);
  if (negatives !== undefined) {
    checkEqual(where, 'negatives.cols', negatives.cols, anchors.cols);
    checkFiniteRows(where, 'negatives', negatives);
  }
  checkLength(where, 'negativeIds.length', views.negativeIds, negatives?.rows ?? 0);
  checkLength(where, 'negativeLabels.length', views.negativeLabels, negatives?.rows ?? 0);
  if (views.known !== undefined) {
    const { offsets, ids } = views.known;
    checkEqual(where, 'known.offsets.length', offsets.length, anchors.rows + 1);
    checkEqual(where, 'known.ids.length', ids.length, offsets[anchors.rows]);
  }
  if (views.owned !== undefined) {
    const sum = views.owned.reduce((total, count) => total + count, 0);
    checkEqual(where, 'the sum of owned', sum, negatives?.rows ?? 0);
  }
}

function checkLength(
  where: string,
  name: string,
  values: ArrayLike<number> | undefined,
  expected: number,
): void {
  if (values !== undefined) checkEqual(where, name, values.length, expected);
}
