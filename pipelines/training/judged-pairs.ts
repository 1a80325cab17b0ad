import { basename } from 'node:path';
import { refuse } from '../../src/core/check.ts';
import { idTable } from '../../src/core/ids.ts';
import type { Judgments } from '../../src/core/judgments.ts';
import type { Records } from '../../src/formats/data-folder.ts';
import type { Side } from '../../src/models/model-file.ts';
import type { PairFile } from './pair-files.ts';
import type { Judged } from './prepared.ts';

/**
 * A file of pairs as queries and documents: to each anchor its positives are right, and negatives are documents too.
 *
 * @throws RangeError if there is no pair, or one is wrong
 */
export async function judgedPairs<Part extends string | Float32Array, Input>(
  { path, read }: PairFile<Part>,
  collate: (parts: readonly Part[], side: Side) => Input | Promise<Input>,
): Promise<Judged<Input, Input>> {
  const [queries, documents] = [new Distinct<Part>(), new Distinct<Part>()];
  const right: Set<number>[] = [];
  for await (const { anchor, positive, negatives } of read()) {
    const query = queries.numberOf(anchor);
    (right[query] ??= new Set()).add(documents.numberOf(positive));
    for (const negative of negatives) documents.numberOf(negative);
  }
  if (right.length === 0) refuse(path, 'must have a pair', 'none');
  const [corpus, asked] = [recordsOf(path, documents.parts.length), recordsOf(path, queries.parts.length)];
  return {
    folder: { path, corpus, queries: asked },
    features: {
      queries: (rows) =>
        collate(
          Array.from(rows, (row) => queries.parts[row]),
          'query',
        ),
      documents: (rows) =>
        collate(
          Array.from(rows, (row) => documents.parts[row]),
          'document',
        ),
    },
    split: {
      name: basename(path),
      queries: Uint32Array.from(queries.parts.keys()),
      judgments: right.map(
        (rows): Judgments => new Map(Array.from(rows, (row) => [corpus.names.ofRow[row], 1])),
      ),
    },
  };
}

/** Texts or rows, each once, in the order they first came. */
class Distinct<Part extends string | Float32Array> {
  readonly parts: Part[] = [];
  readonly #numbers = new Map<string, number>();

  numberOf(part: Part): number {
    const key =
      typeof part === 'string'
        ? part
        : Buffer.from(part.buffer, part.byteOffset, part.byteLength).toString('latin1');
    const number = this.#numbers.get(key) ?? this.parts.push(part) - 1;
    this.#numbers.set(key, number);
    return number;
  }
}

/** Records that are known by their numbers. */
function recordsOf(path: string, count: number): Records {
  const digits = String(count).length;
  const names = Array.from({ length: count }, (_, i) => String(i).padStart(digits, '0'));
  return { path, names: idTable(names), groups: Int32Array.from(names.keys()), classCount: 0 };
}
