import type { Labelled } from '../core/batches.ts';
import { checkEqual } from '../core/check.ts';
import { checkFiniteRows } from './check-rows.ts';

/** The checks that every loss of labelled rows shares. */
export function checkLabelled(where: string, { embeddings, labels, ids, references }: Labelled): void {
  checkEqual(where, 'labels.length', labels.length, embeddings.rows);
  checkFiniteRows(where, 'embeddings', embeddings);
  if (ids !== undefined) checkEqual(where, 'ids.length', ids.length, embeddings.rows);
  if (references === undefined) return;
  const { rows, cols } = references.embeddings;
  checkEqual(where, 'references.embeddings.cols', cols, embeddings.cols);
  checkEqual(where, 'references.labels.length', references.labels.length, rows);
  checkFiniteRows(where, 'references.embeddings', references.embeddings);
  if (references.ids !== undefined) checkEqual(where, 'references.ids.length', references.ids.length, rows);
}
