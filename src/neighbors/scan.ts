import { type Matrix, rowsBetween } from '../core/matrix.ts';
import { kernels } from '../kernels/active.ts';
import type { TopK, TopKOptions } from '../kernels/kernels.ts';
import { packedRows } from './packed-rows.ts';
import type { LoggedRows } from './row-log.ts';

/** Looks at every row of a log from a number on; with `kept`, their packed form is kept for the next search. */
export function scanFrom(first: number, { kept }: { readonly kept: boolean }) {
  const packed = kept ? packedRows() : undefined;
  return async (
    { rows, ids, classes, dead }: LoggedRows,
    queries: Matrix,
    k: number,
    options: TopKOptions,
  ): Promise<TopK> => {
    const corpus = {
      rows: rowsBetween(rows, first, rows.rows),
      ids: ids.subarray(first),
      classes: classes?.subarray(first),
      dead: dead && bitsFrom(dead, first, rows.rows),
      packed: await packed?.of(rowsBetween(rows, first, rows.rows)),
    };
    const found = await kernels.later.topK(queries, corpus, k, options);
    if (first > 0) for (let e = 0; e < found.rows.length; e++) found.rows[e] += first;
    return found;
  };
}

/** Bits `first` … `end` - 1, from the lowest on. */
function bitsFrom(bits: Uint8Array, first: number, end: number): Uint8Array {
  if (first === 0) return bits;
  const from = new Uint8Array(Math.ceil((end - first) / 8));
  const [byte, shift] = [first >>> 3, first & 7];
  for (let i = 0; i < from.length; i++) {
    from[i] = (bits[byte + i] >>> shift) | ((bits[byte + i + 1] ?? 0) << (8 - shift));
  }
  return from;
}
