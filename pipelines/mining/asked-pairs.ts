import { type IdLists, idLists } from '../../src/core/batches.ts';
import { gather, type Matrix } from '../../src/core/matrix.ts';
import type { ListedSplit, OpenDataFolder } from '../../src/formats/data-folder.ts';
import { gatherRows, type OpenRows } from '../../src/formats/open-rows.ts';
import type { PairBatch } from '../../src/streams/batches.ts';

/** Another model's vectors, of the same documents and queries. */
export interface GuideVectors {
  readonly corpus: Matrix;
  readonly queries: OpenRows;
}

/** Queries a batch: what is searched at a time, and what is done again at most after a break. */
export const QUERIES = 2048;

/** What a split says, in as little memory: it may have more queries than fit in any other way. */
export interface AskedQueries {
  /** rows of the queries, in the split's order */
  readonly queries: Uint32Array;
  /** for each the ids of what is right for it */
  readonly right: IdLists;
}

export function askedQueries({ queries, documents: { offsets, ids }, grades }: ListedSplit): AskedQueries {
  const right = new Uint32Array(queries.length + 1);
  queries.forEach((_, q) => {
    right[q + 1] = right[q];
    for (let e = offsets[q]; e < offsets[q + 1]; e++) if (grades[e] > 0) right[q + 1]++;
  });
  return { queries, right: { offsets: right, ids: ids.filter((_, e) => grades[e] > 0) } };
}

/** How many batches they are. */
export function countBatches({ queries }: AskedQueries): number {
  return Math.ceil(queries.length / QUERIES);
}

/** The most that is right for any of them. */
export function mostRight({ right: { offsets } }: AskedQueries): number {
  return offsets.reduce((most, end, q) => Math.max(most, q === 0 ? 0 : end - offsets[q - 1]), 0);
}

/** Their pairs in order, all of a query's in one batch, from batch `first` on. The queries' vectors are read as they are wanted. */
export async function* askedPairs(
  { corpus, queries, queryVectors }: OpenDataFolder,
  all: AskedQueries,
  { first = 0, guide }: { readonly first?: number; readonly guide?: GuideVectors } = {},
): AsyncGenerator<PairBatch, void, undefined> {
  const { offsets, ids } = all.right;
  for (let step = first; step < countBatches(all); step++) {
    const [start, end] = [step * QUERIES, Math.min((step + 1) * QUERIES, all.queries.length)];
    const rows = all.queries.subarray(start, end);
    const own = ids.slice(offsets[start], offsets[end]);
    const documents = own.map((id) => corpus.names.rowOf[id]);
    const places = new Uint32Array(own.length);
    const known: number[][] = [];
    for (let q = start, pair = 0; q < end; q++) {
      const right = Array.from(ids.subarray(offsets[q], offsets[q + 1]));
      for (; pair < offsets[q + 1] - offsets[start]; pair++) {
        places[pair] = q - start;
        known.push(right);
      }
    }
    const asked = places.map((place) => rows[place]);
    yield {
      step,
      features: {
        anchors: await gatherRows(queryVectors, asked),
        positives: gather(corpus.vectors, documents),
        ids: own,
        labels: Int32Array.from(documents, (document) => corpus.groups[document]),
        known: idLists(known),
        guide: guide && {
          anchors: await gatherRows(guide.queries, asked),
          positives: gather(guide.corpus, documents),
        },
      },
      queryIds: asked.map((row) => queries.names.ofRow[row]),
    };
  }
}
