import { type IdLists, idLists } from '../core/batches.ts';
import { checkWhole } from '../core/check.ts';
import { relevant } from '../core/judgments.ts';
import { unwrittenPair } from '../core/matrix.ts';
import { random, shuffled } from '../core/random.ts';
import type { DataFolder, NamedFolder, Split } from '../formats/data-folder.ts';
import { kernels } from '../kernels/active.ts';
import type { PairBatch, Step } from './batches.ts';

export interface PairOptions {
  /** Pairs a batch; the last of an epoch may have fewer. @default 512 */
  readonly rows?: number;
  /** Which pass over the data: each has an order of its own. @default none: the order of the split */
  readonly epoch?: number;
  /** Batches of the pass that are left out at its beginning: to go on where another was ended. @default 0 */
  readonly skip?: number;
  /** @default 0 */
  readonly seed?: number;
}

/** Pairs by the numbers of their rows in a folder, and what is known of them. */
export interface PairRows extends Step {
  readonly queries: Uint32Array;
  readonly documents: Uint32Array;
  readonly queryIds: Uint32Array;
  /** of the documents */
  readonly ids: Uint32Array;
  /** the documents' groups */
  readonly labels: Int32Array;
  readonly known: IdLists;
  readonly classes?: Int32Array;
}

/** What encoders take of a folder's queries and documents, by the numbers of their rows. */
export interface FolderFeatures<Query, Document> {
  queries(rows: Uint32Array): Query | Promise<Query>;
  documents(rows: Uint32Array): Document | Promise<Document>;
}

/** A query and one of its relevant documents (grade above 0), as rows. */
interface Pair {
  readonly query: number;
  readonly document: number;
  /** position of the query in the split */
  readonly at: number;
}

/** One pass over a split: every query with each of its relevant documents, by their stored vectors. Labels are the documents' groups. */
export function* pairs(
  data: DataFolder,
  split: Split,
  options: PairOptions = {},
): Generator<PairBatch, void, undefined> {
  const { corpus, queries } = data;
  for (const rows of pairRows(data, split, options)) {
    // in one memory, so that an encoder of both takes them at once
    const [anchors, positives] = unwrittenPair(
      rows.queries.length,
      rows.documents.length,
      queries.vectors.cols,
    );
    yield featured(
      rows,
      kernels.gather(queries.vectors, rows.queries, anchors),
      kernels.gather(corpus.vectors, rows.documents, positives),
    );
  }
}

/** The same by whatever encoders take: texts, say. */
export async function* pairsOf<Query, Document>(
  folder: NamedFolder,
  split: Split,
  features: FolderFeatures<Query, Document>,
  options: PairOptions = {},
): AsyncGenerator<PairBatch<Query, Document>, void, undefined> {
  for (const rows of pairRows(folder, split, options)) {
    const both = [features.queries(rows.queries), features.documents(rows.documents)] as const;
    yield featured(rows, ...(await Promise.all(both)));
  }
}

function featured<Query, Document>(
  { step, ids, labels, known, queryIds, classes }: PairRows,
  anchors: Query,
  positives: Document,
): PairBatch<Query, Document> {
  return { step, features: { anchors, positives, ids, labels, known }, queryIds, classes };
}

/** Such a pass by numbers alone. */
export function* pairRows(
  { corpus, queries }: NamedFolder,
  split: Split,
  { rows = 512, epoch, skip = 0, seed = 0 }: PairOptions = {},
): Generator<PairRows, void, undefined> {
  checkWhole('pairs', 'rows', rows, 1);
  checkWhole('pairs', 'skip', skip);
  const all = relevantPairs(split, corpus.names.rowOf);
  const order =
    epoch === undefined ? Uint32Array.from(all.keys()) : shuffled(all.length, random(seed, epoch));
  const first = (epoch ?? 0) * Math.ceil(all.length / rows);
  for (let start = skip * rows; start < all.length; start += rows) {
    const batch = Array.from(order.subarray(start, start + rows), (at) => all[at]);
    const documents = Uint32Array.from(batch, ({ document }) => document);
    const ofQueries = Uint32Array.from(batch, ({ query }) => query);
    yield {
      step: first + start / rows,
      queries: ofQueries,
      documents,
      queryIds: ofQueries.map((query) => queries.names.ofRow[query]),
      ids: documents.map((document) => corpus.names.ofRow[document]),
      labels: Int32Array.from(documents, (document) => corpus.groups[document]),
      known: idLists(batch.map(({ at }) => relevant(split.judgments[at]))),
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
