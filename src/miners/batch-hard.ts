import type { Labelled } from '../core/batches.ts';
import { checkEqual } from '../core/check.ts';
import { cosine } from '../distances/cosine.ts';
import type { Distance } from '../distances/distance.ts';
import { kernels } from '../kernels/active.ts';
import { checkFiniteRows } from '../kernels/check-rows.ts';
import type { Mined } from './miner.ts';

export interface BatchHardOptions {
  /** @default cosine */
  readonly distance?: Distance;
}

/**
 * For each row the farthest of its class and the closest of another: one triplet an anchor, in the order of rows. Of
 * equally far or near ones, the first. A row without a positive or without a negative has no triplet.
 *
 * @throws RangeError if labels do not match the rows or an entry is not finite
 * @see Hermans et al., "In defense of the triplet loss for person re-identification", 2017, eq. 5
 */
export function batchHard({ distance = cosine }: BatchHardOptions = {}): <Batch extends Labelled>(
  batch: Batch,
) => Batch & Pick<Mined<Labelled>, 'triplets'> {
  return (batch) => {
    const { embeddings, labels } = batch;
    checkEqual('batchHard', 'labels.length', labels.length, embeddings.rows);
    checkFiniteRows('batchHard', 'embeddings', embeddings);
    const { positives, negatives } = kernels.hardest(embeddings, labels, distance.similarity);
    const anchors = Uint32Array.from(labels.keys()).filter((i) => positives[i] >= 0 && negatives[i] >= 0);
    const triplets = {
      anchors,
      positives: anchors.map((i) => positives[i]),
      negatives: anchors.map((i) => negatives[i]),
    };
    return { ...batch, triplets };
  };
}
