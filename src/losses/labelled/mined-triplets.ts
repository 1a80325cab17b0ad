import type { Labelled, LabelledGradients, Triplets } from '../../core/batches.ts';
import { matrix } from '../../core/matrix.ts';
import type { PairReduction } from '../../kernels/kernels.ts';
import { listedTriplets } from '../listed-triplets.ts';
import { type LossResult, shareOf } from '../loss.ts';
import type { Steps } from '../promised.ts';
import type { TripletRule } from '../triplet-rule.ts';

/** The mined triplets of a batch, each as often as it is listed. `terms` are in their order, of 'perAnchor' over how many their anchor has. */
export function* minedTriplets(
  { embeddings, references }: Labelled,
  triplets: Triplets,
  { rule, reduction }: { readonly rule: TripletRule; readonly reduction: PairReduction },
  into: Partial<LabelledGradients>,
): Steps<LossResult<LabelledGradients> & { readonly terms: Float32Array }> {
  const gradients = {
    embeddings: into.embeddings ?? matrix(embeddings.rows, embeddings.cols),
    ...(references !== undefined && into.references !== undefined ? { references: into.references } : {}),
  };
  const rows = references === undefined ? [embeddings] : [embeddings, references.embeddings];
  const slopes = rows.map((each, m) =>
    m === 0 ? gradients.embeddings : (gradients.references ?? matrix(each.rows, each.cols)),
  );
  if (reduction === 'mean' || reduction === 'sum') {
    const upstream = shareOf(reduction, triplets.anchors.length);
    return { ...(yield* listedTriplets({ rows, triplets, rule, upstream }, slopes)), gradients };
  }
  if (reduction === 'perAnchor') {
    const countOf = new Float64Array(embeddings.rows);
    for (const a of triplets.anchors) countOf[a]++;
    const weightOf = (a: number): number => (rule.weightOf?.(a) ?? 1) / countOf[a];
    const listed = {
      rows,
      triplets,
      rule: { ...rule, weightOf },
      upstream: shareOf('mean', embeddings.rows),
    };
    return { ...(yield* listedTriplets(listed, slopes)), gradients };
  }
  const found = yield* listedTriplets({ rows, triplets, rule, upstream: 1 }, slopes);
  const share = shareOf('mean', found.active);
  for (const { data } of slopes) data.forEach((slope, e) => (data[e] = share * slope));
  return { ...found, value: share * found.value, gradients };
}

/** Terms of triplets, summed by anchor. */
export function sumByAnchor({ anchors }: Triplets, terms: Float32Array, rows: number): Float32Array {
  const sums = new Float32Array(rows);
  anchors.forEach((a, t) => (sums[a] += terms[t]));
  return sums;
}
