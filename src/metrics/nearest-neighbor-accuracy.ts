import { checkEqual } from '../core/check.ts';
import type { Matrix } from '../core/matrix.ts';
import { cosine } from '../distances/cosine.ts';
import type { Distance } from '../distances/distance.ts';
import { exact } from '../neighbors/exact.ts';

export interface NearestNeighborAccuracyOptions {
  /** @default cosine */
  readonly distance?: Distance;
}

/**
 * 1 where the nearest reference of a row has the row's label, 0 elsewhere; the mean is the accuracy of a classifier by one nearest neighbor,
 * which knows the references alone.
 *
 * Equally near references go by row. Unlike precisionAt1 of `retrievalByLabel`, which is not defined there, it is 0 of a label that no
 * reference has, and of all rows where there are no references.
 *
 * @throws RangeError if the shapes do not fit or an entry is not finite
 * @see Cover and Hart, "Nearest neighbor pattern classification", 1967
 */
export async function nearestNeighborAccuracy(
  embeddings: Matrix,
  labels: ArrayLike<number>,
  references: { readonly embeddings: Matrix; readonly labels: ArrayLike<number> },
  { distance = cosine }: NearestNeighborAccuracyOptions = {},
): Promise<Float64Array> {
  const where = 'nearestNeighborAccuracy';
  checkEqual(where, 'labels.length', labels.length, embeddings.rows);
  checkEqual(where, 'references.labels.length', references.labels.length, references.embeddings.rows);
  const index = exact({ dim: embeddings.cols, distance });
  try {
    await index.add(
      references.embeddings,
      Uint32Array.from({ length: references.embeddings.rows }, (_, i) => i),
    );
    const { ids, found } = await index.search(embeddings, 1);
    return Float64Array.from(found, (count, i) =>
      Number(count > 0 && references.labels[ids[i]] === labels[i]),
    );
  } finally {
    index.dispose();
  }
}
