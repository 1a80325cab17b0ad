import type { Labelled, LabelledGradients } from '../../core/batches.ts';
import { refuse } from '../../core/check.ts';
import { checkLabelled } from '../../kernels/check-labelled.ts';
import type { PairGeometry } from '../../kernels/kernels.ts';
import { shareOf, type Loss } from '../loss.ts';
import { overAnchors, type Anchor } from './anchor-rows.ts';
import { minedRelatives, tripletsByAnchor } from './mined.ts';

/** 'mean' divides by how many terms there are, 'active' by how many are above zero, 'sum' by nothing. */
export type AnchorReduction = (typeof ANCHOR_REDUCTIONS)[number];

export const ANCHOR_REDUCTIONS = ['mean', 'sum', 'active'] as const;

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
  readonly geometry: PairGeometry;
  readonly reduction: AnchorReduction;
  /** The terms of an anchor, whose slopes it writes. */
  readonly termsOf: (anchor: Anchor) => AnchorTerms;
  /** The same of an anchor whose positives and negatives are those of its mined triplets, in their order; without it they are as pairs. */
  readonly termsOfTriplets?: (anchor: Anchor) => AnchorTerms;
}

/** A loss each of whose terms is of one anchor and what stands between it and the other rows. Its result's terms are summed by anchor. */
export function anchorLoss(
  where: string,
  { geometry, reduction, termsOf, termsOfTriplets }: AnchorLoss,
): Loss<Labelled, LabelledGradients> {
  return (batch, into = {}) => {
    checkLabelledAlone(where, batch);
    const terms = new Float32Array(batch.embeddings.rows);
    let [sum, counted, active] = [0, 0, 0];
    const { triplets, embeddings } = batch;
    const byTriplet = triplets !== undefined && termsOfTriplets !== undefined;
    const mined = byTriplet ? tripletsByAnchor(triplets, embeddings.rows) : minedRelatives(where, batch);
    const gradient = overAnchors({ ...batch, mined }, geometry, (anchor) => {
      const found = byTriplet ? termsOfTriplets(anchor) : termsOf(anchor);
      terms[anchor.row] = found.sum;
      sum += found.sum;
      counted += found.counted;
      active += found.active;
    });
    const share = pairShare(reduction, counted, active);
    return { value: share * sum, terms, active, gradients: { embeddings: gradient(share, into.embeddings) } };
  };
}

/** The checks of losses whose rows stand against one another only. */
export function checkLabelledAlone(where: string, batch: Labelled): void {
  checkLabelled(where, batch);
  if (batch.references !== undefined)
    refuse(where, 'references must be left out: its rows stand against one another only', 'some');
}

/** What each term is multiplied by. */
export function pairShare(reduction: AnchorReduction, counted: number, active: number): number {
  return reduction === 'active' ? shareOf('mean', active) : shareOf(reduction, counted);
}
