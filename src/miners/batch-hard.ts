import type { Labelled } from '../core/batches.ts';
import type { Matrix } from '../core/matrix.ts';
import { cosine } from '../distances/cosine.ts';
import type { RowDistance } from '../distances/distance.ts';
import { geometryOf, ofUnitRowsAs } from '../distances/geometry.ts';
import { kernels } from '../kernels/active.ts';
import { checkLabelled } from '../kernels/check-labelled.ts';
import type { Hardest, Similarity } from '../kernels/kernels.ts';
import type { TripletMiner, WithTriplets } from './batch-miner.ts';
import { farthest, nearest } from './nearest.ts';
import { tripletsWithin } from './within-batch.ts';

export interface BatchHardOptions {
  /** pytorch-metric-learning's is `chord`. @default cosine */
  readonly distance?: RowDistance;
}

/** That can also be had as a promise, which by a distance of the kernels and without references leaves the event loop free. */
export interface PromisedTripletMiner extends TripletMiner {
  later<Batch extends Labelled>(batch: Batch): Promise<WithTriplets<Batch>>;
}

/**
 * For each row the farthest of its class and the closest of another: one triplet an anchor, in the order of rows. Of
 * equally far or near ones, the first. A row without a positive or without a negative has no triplet.
 *
 * @throws RangeError if labels or references do not match the rows or an entry is not finite
 * @see Hermans et al., "In defense of the triplet loss for person re-identification", 2017, eq. 5
 */
export function batchHard({ distance = cosine }: BatchHardOptions = {}): PromisedTripletMiner {
  const now: TripletMiner = (batch) => {
    const searched = searchedBy(batch, distance);
    return searched === undefined ? oneByOne(batch, distance) : complete(batch, kernels.hardest(...searched));
  };
  const later = async <Batch extends Labelled>(batch: Batch): Promise<WithTriplets<Batch>> => {
    const searched = searchedBy(batch, distance);
    if (searched === undefined) return oneByOne(batch, distance);
    return complete(batch, await kernels.later.hardest(...searched));
  };
  return Object.assign(now, { later });
}

/** What the kernel that finds the hardest rows is asked; undefined where it does not know the distance, or has no place for references. */
function searchedBy(
  batch: Labelled,
  distance: RowDistance,
): readonly [Matrix, Int32Array, Similarity] | undefined {
  checkLabelled('batchHard', batch);
  const { embeddings, labels, references } = batch;
  const ofUnits = ofUnitRowsAs(distance);
  const geometry = geometryOf(ofUnits ?? distance);
  if (references !== undefined || geometry === undefined) return undefined;
  const rows = ofUnits === undefined ? embeddings : kernels.normalize(embeddings).unit;
  return [rows, labels, geometry === 'squaredEuclidean' ? 'euclidean' : geometry];
}

/** The triplets of anchors that have both. */
function complete<Batch extends Labelled>(
  batch: Batch,
  { positives, negatives }: Hardest,
): WithTriplets<Batch> {
  const anchors = Uint32Array.from(batch.labels.keys()).filter((i) => positives[i] >= 0 && negatives[i] >= 0);
  const triplets = {
    anchors,
    positives: anchors.map((i) => positives[i]),
    negatives: anchors.map((i) => negatives[i]),
  };
  return { ...batch, triplets, pairs: undefined };
}

function oneByOne<Batch extends Labelled>(batch: Batch, distance: RowDistance): WithTriplets<Batch> {
  return tripletsWithin('batchHard', batch, distance, ({ away, positives, negatives }, add) => {
    const [p, n] = [farthest(away, positives), nearest(away, negatives)];
    if (p !== undefined && n !== undefined) add(p, Uint32Array.of(n));
  });
}
