import type { Views } from '../../core/batches.ts';
import { row } from '../../core/matrix.ts';
import { offsetsOf } from '../../core/views.ts';
import { cosine } from '../../distances/cosine.ts';
import { dot } from '../../distances/dot.ts';
import type { Hardened } from '../../kernels/kernels.ts';
import type { Adjustment } from './listed.ts';

export interface Hardness {
  /** What is multiplied by a negative's similarity and added to its logit, as a constant. */
  readonly strength: number;
  /**
   * Negatives of its own anchor, all others (other positives and others' negatives), or both. Whose they are `owned` says, as it does
   * for own negatives; of all it need not be known.
   */
  readonly of: 'own' | 'inBatch' | 'all';
}

/** How the pair kernel is told: what is hardened throughout, and what is added to the logits of an anchor's own negatives. */
export function hardenedBy(
  where: string,
  { strength, of }: Hardness,
  views: Views,
  similarity: 'cosine' | 'dot',
  visible: 'shared' | 'own',
  scale: number,
): { readonly hardened?: Hardened; readonly own: readonly Adjustment[] } {
  const { anchors, negatives } = views;
  const { rows } = anchors;
  const share = strength / scale;
  const count = negatives?.rows ?? 0;
  if (of === 'all' || (of === 'inBatch' && count === 0)) {
    return { hardened: { share, below: rows + count }, own: [] };
  }
  if (of === 'inBatch' && visible === 'own') return { hardened: { share, below: rows }, own: [] };
  if (negatives === undefined) return { own: [] };
  const offsets = offsetsOf(where, views);
  const { score } = similarity === 'cosine' ? cosine : dot;
  const sign = of === 'own' ? 1 : -1;
  const own: Adjustment = (i, add) => {
    for (let t = offsets[i]; t < offsets[i + 1]; t++) {
      add(rows + t, sign * strength * score(row(anchors, i), row(negatives, t)));
    }
  };
  return { hardened: of === 'own' ? undefined : { share, below: rows + count }, own: [own] };
}
