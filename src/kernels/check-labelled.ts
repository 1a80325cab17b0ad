import type { Labelled } from '../core/batches.ts';
import { checkEqual, refuse } from '../core/check.ts';
import { checkFiniteRows } from './check-rows.ts';

/** The checks that every loss of labelled rows shares. */
export function checkLabelled(where: string, batch: Labelled): void {
  const { embeddings, labels, ids, references } = batch;
  checkEqual(where, 'labels.length', labels.length, embeddings.rows);
  checkFiniteRows(where, 'embeddings', embeddings);
  if (ids !== undefined) checkEqual(where, 'ids.length', ids.length, embeddings.rows);
  if (references !== undefined) {
    const { rows, cols } = references.embeddings;
    checkEqual(where, 'references.embeddings.cols', cols, embeddings.cols);
    checkEqual(where, 'references.labels.length', references.labels.length, rows);
    checkFiniteRows(where, 'references.embeddings', references.embeddings);
    if (references.ids !== undefined) checkEqual(where, 'references.ids.length', references.ids.length, rows);
  }
  checkMined(where, batch);
}

/** Anchors are of the batch, and what they are paired with is another row of it or of the references. */
function checkMined(where: string, { embeddings, references, triplets, pairs }: Labelled): void {
  if (triplets !== undefined && pairs !== undefined) {
    refuse(where, 'pairs must be left out where there are triplets', 'both');
  }
  const { rows } = embeddings;
  const all = rows + (references?.embeddings.rows ?? 0);
  const check = (of: string, anchors: Uint32Array, name: string, others: Uint32Array): void => {
    checkEqual(where, `${of}.${name}.length`, others.length, anchors.length);
    checkRows(where, `${of}.anchors`, anchors, rows);
    checkRows(where, `${of}.${name}`, others, all);
    const t = others.findIndex((other, e) => other === anchors[e]);
    if (t >= 0) refuse(where, `${of}.${name}[${t}] must be another row than its anchor`, others[t]);
  };
  if (triplets !== undefined) {
    check('triplets', triplets.anchors, 'positives', triplets.positives);
    check('triplets', triplets.anchors, 'negatives', triplets.negatives);
  }
  for (const kind of ['positives', 'negatives'] as const) {
    if (pairs !== undefined) check(`pairs.${kind}`, pairs[kind].anchors, 'others', pairs[kind].others);
  }
}

function checkRows(where: string, name: string, numbers: Uint32Array, end: number): void {
  const t = numbers.findIndex((number) => number >= end);
  if (t >= 0) refuse(where, `${name}[${t}] must be a row in [0, ${end})`, numbers[t]);
}
