import { gaussian } from '../../matrices.ts';

/** Views and `extra` negatives of nobody's own. */
export function randomViews({
  rows,
  dim,
  extra,
  seed,
}: {
  rows: number;
  dim: number;
  extra: number;
  seed: number;
}) {
  return {
    anchors: gaussian(rows, dim, seed, 1),
    positives: gaussian(rows, dim, seed, 2),
    negatives: gaussian(extra, dim, seed, 3),
  };
}

/** Each anchor with the number of negatives it owns. */
export function ownedViews({ owned, dim, seed }: { owned: readonly number[]; dim: number; seed: number }) {
  const extra = owned.reduce((sum, count) => sum + count, 0);
  return { ...randomViews({ rows: owned.length, dim, extra, seed }), owned: Uint32Array.from(owned) };
}
