import type { Labelled, LabelledGradients } from '../../core/batches.ts';
import { checkEqual } from '../../core/check.ts';
import { checkFiniteRows } from '../../kernels/check-rows.ts';
import type { PairReduction } from '../../kernels/kernels.ts';
import { shareOf, type Loss } from '../loss.ts';
import { overAnchors, type Anchor, type AnchorGeometry } from './anchor-rows.ts';

/** What one anchor's terms come to. */
export interface AnchorTerms {
  readonly sum: number;
  /** how many there are */
  readonly counted: number;
  /** how many are above zero */
  readonly active: number;
}

export const NO_TERMS: AnchorTerms = { sum: 0, counted: 0, active: 0 };

/** Of an anchor that has one term. */
export function oneTerm(term: number): AnchorTerms {
  return { sum: term, counted: 1, active: term > 0 ? 1 : 0 };
}

interface AnchorLoss {
  readonly geometry: AnchorGeometry;
  readonly reduction: PairReduction;
  /** The terms of an anchor, whose slopes it writes. */
  readonly termsOf: (anchor: Anchor) => AnchorTerms;
}

/** A loss each of whose terms is of one anchor and what stands between it and the other rows. Its result's terms are summed by anchor. */
export function anchorLoss(
  where: string,
  { geometry, reduction, termsOf }: AnchorLoss,
): Loss<Labelled, LabelledGradients> {
  return (batch, into = {}) => {
    checkLabelled(where, batch);
    const terms = new Float32Array(batch.embeddings.rows);
    let [sum, counted, active] = [0, 0, 0];
    const gradient = overAnchors(batch, geometry, (anchor) => {
      const found = termsOf(anchor);
      terms[anchor.row] = found.sum;
      sum += found.sum;
      counted += found.counted;
      active += found.active;
    });
    const share = pairShare(reduction, counted, active);
    return { value: share * sum, terms, active, gradients: { embeddings: gradient(share, into.embeddings) } };
  };
}

export function checkLabelled(where: string, { embeddings, labels }: Labelled): void {
  checkEqual(where, 'labels.length', labels.length, embeddings.rows);
  checkFiniteRows(where, 'embeddings', embeddings);
}

/** What each term is multiplied by. */
export function pairShare(reduction: PairReduction, counted: number, active: number): number {
  return reduction === 'active' ? shareOf('mean', active) : shareOf(reduction, counted);
}
