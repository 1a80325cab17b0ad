import type { TopK } from '../kernels/kernels.ts';

/** The k best of two searches of one corpus that met different rows, ties by id. */
export function mergedTopK(first: TopK, second: TopK, k: number, ids: Uint32Array): TopK {
  const queries = first.found.length;
  const merged: TopK = {
    rows: new Uint32Array(queries * k),
    scores: new Float32Array(queries * k),
    found: new Uint32Array(queries),
  };
  const [firstK, secondK] = [first, second].map(({ rows }) => rows.length / queries);
  for (let q = 0; q < queries; q++) {
    let [e, f] = [q * firstK, q * secondK];
    const [eEnd, fEnd] = [e + first.found[q], f + second.found[q]];
    let at = q * k;
    for (; at < (q + 1) * k && (e < eEnd || f < fEnd); at++) {
      const one = f >= fEnd || (e < eEnd && ahead(first, e, second, f, ids));
      const [from, place] = one ? [first, e++] : [second, f++];
      merged.rows[at] = from.rows[place];
      merged.scores[at] = from.scores[place];
    }
    merged.found[q] = at - q * k;
  }
  return merged;
}

function ahead(a: TopK, e: number, b: TopK, f: number, ids: Uint32Array): boolean {
  return a.scores[e] > b.scores[f] || (a.scores[e] === b.scores[f] && ids[a.rows[e]] < ids[b.rows[f]]);
}
