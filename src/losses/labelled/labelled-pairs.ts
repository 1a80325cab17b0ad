import { idLists, type IdLists, type Labelled, type LabelledGradients } from '../../core/batches.ts';
import { checkLabels, refuse } from '../../core/check.ts';
import { matrix } from '../../core/matrix.ts';
import { checkLabelled } from '../../kernels/check-labelled.ts';
import type { PairGeometry, PairKeys, PairLoss, PairReduction, Pairs } from '../../kernels/kernels.ts';
import { farther } from '../../kernels/pair-geometry.ts';
import { checkedWeights } from '../classification/classes.ts';
import { type PairCall, promised, type PromisedLoss } from '../promised.ts';
import { minedRelatives } from './mined.ts';

export const PAIR_REDUCTIONS = [
  'mean',
  'sum',
  'active',
  'perAnchor',
] as const satisfies readonly PairReduction[];

export const GEOMETRIES = [
  'chord',
  'euclidean',
  'cosine',
  'dot',
  'squaredChord',
  'squaredEuclidean',
] as const satisfies readonly PairGeometry[];

export interface ClassWeighted {
  /**
   * What an anchor's terms are multiplied by, by its label: one finite number >= 0 a class, labels being in [0, classes). What the
   * sum is divided by does not depend on it. @default 1 for all
   */
  readonly classWeights?: ArrayLike<number>;
}

interface LabelledPairs extends ClassWeighted {
  readonly loss: PairLoss;
  readonly geometry: PairGeometry;
  /** what a similarity, or minus a distance, is divided by; without it x is the similarity or the distance itself */
  readonly temperature?: number;
  readonly reduction: PairReduction;
  /** whether there are terms only where two rows are of two labels */
  readonly needsNegatives?: boolean;
}

/**
 * A loss of all pairs of a batch and of a batch with its references: two rows of one label are positives, two of two are
 * negatives, and no row meets itself nor a reference of its id. Of mined pairs it is of these, as they are.
 */
export function labelledPairs(
  where: string,
  options: LabelledPairs,
): PromisedLoss<Labelled, LabelledGradients> {
  return promised(labelledCall(where, options));
}

/** What such a loss calls the kernel with. */
export function labelledCall(
  where: string,
  { loss, geometry, temperature, reduction, classWeights, needsNegatives = false }: LabelledPairs,
): (batch: Labelled, into: Partial<LabelledGradients>) => PairCall<LabelledGradients> {
  const weights = classWeights && checkedWeights(where, 'classWeights', classWeights);
  return (batch, into) => {
    checkLabelled(where, batch);
    const { embeddings, labels, references } = batch;
    const related = pairsOf(where, batch, { geometry, reduction });
    if (weights !== undefined) checkLabels(where, 'labels', labels, weights.length);
    const gradients = {
      embeddings: into.embeddings ?? matrix(embeddings.rows, embeddings.cols),
      references: references && into.references,
    };
    return {
      pairs: [
        {
          ...related,
          scale: temperature === undefined ? 1 : -farther(geometry) / temperature,
          ...(needsNegatives ? orNothing(related, batch) : {}),
          weights: weights && Float32Array.from(labels, (label) => weights[label]),
        },
        loss,
        { anchors: gradients.embeddings, others: gradients.references },
      ],
      result: ({ value, terms, active }) => ({ value, terms, active, gradients }),
    };
  };
}

/** What the pair kernel needs to know of a batch: of labels, or of what was mined and nothing else. */
export function pairsOf(
  where: string,
  batch: Labelled,
  { geometry, reduction }: Pick<Pairs, 'geometry' | 'reduction'>,
): Pairs {
  const { embeddings, labels, references } = batch;
  const common = { geometry, reduction, scale: 1, masks: [], bothWays: false };
  const rows = { anchors: embeddings, others: references?.embeddings };
  const listed = minedRelatives(where, batch);
  if (listed !== undefined) return { ...rows, listed, ...common };
  return {
    ...rows,
    alone: references?.alone,
    classes: { items: labels, others: references?.labels },
    dropped: olderCopies(batch),
    ...common,
  };
}

/** The checks of losses whose rows stand against one another only. */
export function checkLabelledAlone(where: string, batch: Labelled): void {
  checkLabelled(where, batch);
  if (batch.references !== undefined)
    refuse(where, 'references must be left out: its rows stand against one another only', 'some');
}

/** Leaves all pairs out where none is negative. */
function orNothing({ listed }: Pairs, batch: Labelled): Pick<Pairs, 'listed' | 'masks'> {
  if (listed === undefined) return { masks: ofOneLabel(batch) ? [everyPair(batch)] : [] };
  const { negatives } = listed;
  return { listed: negatives?.ids.length === 0 ? { positives: negatives, negatives } : listed, masks: [] };
}

function ofOneLabel({ labels, references }: Labelled): boolean {
  const first = labels[0];
  return (
    labels.every((label) => label === first) && (references?.labels.every((label) => label === first) ?? true)
  );
}

/** A mask that all pairs fall under. */
function everyPair({ labels, references }: Labelled): PairKeys {
  return {
    items: new Int32Array(labels.length),
    others: references && new Int32Array(references.labels.length),
  };
}

/** For each row the references of its id, which are numbered after the rows. */
function olderCopies({ ids, references }: Labelled): IdLists | undefined {
  if (ids === undefined || references?.ids === undefined) return undefined;
  const lists = Array.from(ids, (): number[] => []);
  const listsOf = new Map<number, number[][]>();
  ids.forEach((id, i) => listsOf.set(id, [...(listsOf.get(id) ?? []), lists[i]]));
  references.ids.forEach((id, r) => listsOf.get(id)?.forEach((list) => list.push(ids.length + r)));
  return idLists(lists);
}
