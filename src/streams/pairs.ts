import { checkWhole } from '../core/check.ts';
import { idLists } from '../core/batches.ts';
import { relevant } from '../core/judgments.ts';
import { gather } from '../core/matrix.ts';
import { random, shuffled } from '../core/random.ts';
import type { DataFolder, Split } from '../formats/data-folder.ts';
import type { PairBatch } from './batches.ts';

export interface PairOptions {
  /** Pairs a batch; the last of an epoch may have fewer. @default 512 */
  readonly rows?: number;
  /** Which pass over the data: each has an order of its own. @default none: the order of the split */
  readonly epoch?: number;
  /** @default 0 */
  readonly seed?: number;
}

/** A query and one of its relevant documents (grade above 0), as rows. */
interface Pair {
  readonly query: number;
  readonly document: number;
  /** position of the query in the split */
  readonly at: number;
}

/** One pass over a split: every query with each of its relevant documents. Labels are the documents' groups. */
export function* pairs(
  { corpus, queries }: DataFolder,
  split: Split,
  { rows = 512, epoch, seed = 0 }: PairOptions = {},
): Generator<PairBatch, void, undefined> {
  checkWhole('pairs', 'rows', rows, 1);
  const all = relevantPairs(split, corpus.names.rowOf);
  const order =
    epoch === undefined ? Uint32Array.from(all.keys()) : shuffled(all.length, random(seed, epoch));
  const first = (epoch ?? 0) * Math.ceil(all.length / rows);
  for (let start = 0; start < all.length; start += rows) {
    const batch = Array.from(order.subarray(start, start + rows), (at) => all[at]);
    const documents = batch.map(({ document }) => document);
    const ofQueries = batch.map(({ query }) => query);
    yield {
      step: first + start / rows,
      features: {
        anchors: gather(queries.vectors, ofQueries),
        positives: gather(corpus.vectors, documents),
        ids: Uint32Array.from(documents, (document) => corpus.names.ofRow[document]),
        labels: Int32Array.from(documents, (document) => corpus.groups[document]),
        known: idLists(batch.map(({ at }) => relevant(split.judgments[at]))),
      },
      queryIds: Uint32Array.from(ofQueries, (query) => queries.names.ofRow[query]),
      classes: queries.classes && Int32Array.from(ofQueries, (query) => queries.classes?.[query] ?? -1),
    };
  }
}

function relevantPairs(split: Split, rowOf: Uint32Array): Pair[] {
  return Array.from(split.queries).flatMap((query, at) =>
    relevant(split.judgments[at]).map((id) => ({ query, document: rowOf[id], at })),
  );
}

/** How many pairs such a pass has. */
export function countPairs({ judgments }: Split): number {
  return judgments.reduce((sum, judged) => sum + relevant(judged).length, 0);
}
