import type { Labelled, MinedPairs, RowPairs } from '../core/batches.ts';
import { checkEqual, checkRowNumbers, refuse } from '../core/check.ts';
import { gather, stack } from '../core/matrix.ts';
import { firstColumn, relativesIn } from '../core/relatives.ts';
import { cosine } from '../distances/cosine.ts';
import type { RowDistance } from '../distances/distance.ts';
import { rowDistances } from '../distances/row-distances.ts';
import { checkLabelled } from '../kernels/check-labelled.ts';
import type { PairMiner } from './batch-miner.ts';
import { eachAnchor } from './each-anchor.ts';
import { shortlist, type Shortlist } from './shortlist.ts';

export interface HdcPairsOptions {
  /** Which share of the positive pairs is kept, and which of the negative ones, in (0, 1]; rounded up to whole pairs. @default 0.5 */
  readonly share?: number;
  /** pytorch-metric-learning's is `chord`. @default cosine */
  readonly distance?: RowDistance;
}

/** Mined pairs measured at a time. */
const CHUNK = 4096;

/**
 * The farthest share of all positive pairs of a batch and the nearest share of its negative ones, in the order of rows; of equally far ones
 * the first. Of a batch that carries mined pairs, the share of these, in their order: each level of a cascade is given what the one before
 * has left.
 *
 * @throws RangeError if share is not in (0, 1], labels or references do not match the rows, an entry is not finite, or a mined pair names no
 *   row
 * @see Yuan et al., "Hard-aware deeply cascaded embedding", 2017, section 3.2
 */
export function hdcPairs({ share = 0.5, distance = cosine }: HdcPairsOptions = {}): PairMiner {
  if (!(share > 0 && share <= 1)) refuse('hdcPairs', 'share must be a number in (0, 1]', share);
  return (batch) => {
    checkLabelled('hdcPairs', batch);
    const counted = batch.pairs === undefined ? countAll(batch) : countMined(batch.pairs);
    const positives = shortlist(Math.ceil(share * counted.positives), counted.positives);
    const negatives = shortlist(Math.ceil(share * counted.negatives), counted.negatives);
    if (batch.pairs === undefined) {
      showAll(batch, distance, positives, negatives);
    } else {
      showMined(batch, distance, 'positives', batch.pairs.positives, positives);
      showMined(batch, distance, 'negatives', batch.pairs.negatives, negatives);
    }
    return {
      ...batch,
      pairs: { positives: positives.pairs(), negatives: negatives.pairs() },
      triplets: undefined,
    };
  };
}

interface Counted {
  readonly positives: number;
  readonly negatives: number;
}

function countAll(batch: Labelled): Counted {
  const relativesOf = relativesIn(batch);
  let [positives, negatives] = [0, 0];
  for (let i = 0; i < batch.labels.length; i++) {
    const relatives = relativesOf(i);
    positives += relatives.positives.length;
    negatives += relatives.negatives.length;
  }
  return { positives, negatives };
}

function countMined({ positives, negatives }: MinedPairs): Counted {
  return { positives: positives.anchors.length, negatives: negatives.anchors.length };
}

function showAll(batch: Labelled, distance: RowDistance, positives: Shortlist, negatives: Shortlist): void {
  const first = firstColumn(batch);
  eachAnchor(batch, distance, (anchor) => {
    for (const p of anchor.positives) positives.show(anchor.row, first + p, -anchor.away[p]);
    for (const n of anchor.negatives) negatives.show(anchor.row, first + n, anchor.away[n]);
  });
}

function showMined(
  { embeddings, references }: Labelled,
  distance: RowDistance,
  role: 'positives' | 'negatives',
  { anchors, others }: RowPairs,
  list: Shortlist,
): void {
  const rows = references === undefined ? embeddings : stack(embeddings, references.embeddings);
  checkEqual('hdcPairs', `pairs.${role}.others.length`, others.length, anchors.length);
  checkRowNumbers('hdcPairs', `pairs.${role}.anchors`, anchors, embeddings.rows);
  checkRowNumbers('hdcPairs', `pairs.${role}.others`, others, rows.rows);
  const sign = role === 'positives' ? -1 : 1;
  for (let start = 0; start < anchors.length; start += CHUNK) {
    const [left, right] = [anchors, others].map((numbers) =>
      gather(rows, numbers.subarray(start, start + CHUNK)),
    );
    const { value } = rowDistances(distance, { left, right });
    value.forEach((away, t) => list.show(anchors[start + t], others[start + t], sign * away));
  }
}
