import type { Proxied, ProxiedGradients } from '../../core/batches.ts';
import { checkEqual, checkLabels, refuse } from '../../core/check.ts';
import { matrix, type Matrix } from '../../core/matrix.ts';
import { checkFiniteRows } from '../../kernels/check-rows.ts';
import { ask, type Steps } from '../promised.ts';

/** The checks that every loss of proxies shares; returns how many classes there are. */
export function checkProxied(where: string, { embeddings, labels, proxies }: Proxied, centers = 1): number {
  checkEqual(where, 'proxies.cols', proxies.cols, embeddings.cols);
  if (proxies.rows % centers !== 0) {
    refuse(where, `proxies.rows must be ${centers} for each class`, proxies.rows);
  }
  checkFiniteRows(where, 'embeddings', embeddings);
  checkFiniteRows(where, 'proxies', proxies);
  const classes = proxies.rows / centers;
  checkEqual(where, 'labels.length', labels.length, embeddings.rows);
  checkLabels(where, 'labels', labels, classes);
  return classes;
}

/** A fresh or handed-in matrix for each gradient. */
export function proxiedGradients(
  { embeddings, proxies }: Proxied,
  into: Partial<ProxiedGradients>,
): ProxiedGradients {
  return {
    embeddings: into.embeddings ?? matrix(embeddings.rows, embeddings.cols),
    proxies: into.proxies ?? matrix(proxies.rows, proxies.cols),
  };
}

/** Each row times its factor: a copy. */
export function* scaledRows(m: Matrix, factors: Float64Array): Steps<Matrix> {
  return yield* ask((by) => by.blendRows(m, m, factors, new Float64Array(m.rows)));
}
