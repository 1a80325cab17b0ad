import { NUMBERS, type TupleKind } from '../../src/catalog/input.ts';
import { refuse } from '../../src/core/check.ts';
import type { OpenArray } from '../../src/formats/open-rows.ts';

/** What rows a file of tuples may name: so many of the items, cut into batches of so many, and after them those of the references. */
export interface Named {
  readonly rows: number;
  readonly references: number;
  readonly step: number;
}

/** A file of tuples, each of which goes to the batch its rows are of. */
export interface Tuples {
  /** The tuples of the batch that ends before row `end`, its rows numbered from 0, and its references after them. */
  next(start: number, end: number): Promise<Uint32Array>;
}

/** Tuples looked at together. */
const BLOCK = 4096;

/**
 * Looks through a file whose tuples stand in the order of their batches, so that it can be read once along with the rows.
 *
 * @throws RangeError if a tuple names no row, rows of two batches, or rows of an earlier batch than the one before it
 */
export async function openTuples(
  file: OpenArray<Uint32Array>,
  kind: TupleKind,
  named: Named,
): Promise<Tuples> {
  const { each } = NUMBERS[kind];
  let before = 0;
  for (let at = 0; at < file.rows; at += BLOCK) {
    const block = await file.between(at, Math.min(at + BLOCK, file.rows));
    for (let e = 0; e < block.length; e += each) {
      const where = `${file.path} row ${at + e / each}`;
      checkTuple(where, block.subarray(e, e + NUMBERS[kind].rows), named, before);
      before = block[e];
    }
  }

  let past = 0;
  return {
    async next(start, end) {
      const inBatch = (row: number): number =>
        row < named.rows ? row - start : row - named.rows + (end - start);
      const found: number[] = [];
      for (let at = past; at < file.rows; at += BLOCK) {
        const block = await file.between(at, Math.min(at + BLOCK, file.rows));
        let e = 0;
        for (; e < block.length && block[e] < end; e += each) {
          for (let n = 0; n < each; n++) {
            found.push(n < NUMBERS[kind].rows ? inBatch(block[e + n]) : block[e + n]);
          }
        }
        if (e < block.length) break;
      }
      past += found.length / each;
      return Uint32Array.from(found);
    },
  };
}

/** @param before the anchor of the tuple before it */
function checkTuple(
  where: string,
  tuple: Uint32Array,
  { rows, references, step }: Named,
  before: number,
): void {
  const batchOf = (row: number): number => Math.floor(row / step);
  const [anchor, ...others] = tuple;
  if (anchor >= rows) refuse(where, `the anchor must be a row in [0, ${rows})`, anchor);
  if (batchOf(anchor) < batchOf(before)) {
    refuse(
      where,
      `anchors must stand in the order of their batches of ${step} rows`,
      `${anchor} after ${before}`,
    );
  }
  for (const other of others) {
    if (other >= rows + references) {
      const from = references === 0 ? '' : `, references from ${rows} on`;
      refuse(where, `rows must be in [0, ${rows + references})${from}`, other);
    }
    if (other < rows && batchOf(other) !== batchOf(anchor)) {
      refuse(where, `rows must be of one batch of --rows ${step}`, `${anchor} and ${other}`);
    }
  }
}
