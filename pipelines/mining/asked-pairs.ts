import { idLists } from '../../src/core/batches.ts';
import { relevant } from '../../src/core/judgments.ts';
import { gather, type Matrix } from '../../src/core/matrix.ts';
import type { OpenDataFolder, Split } from '../../src/formats/data-folder.ts';
import { gatherNpy, type OpenNpy } from '../../src/formats/npy.ts';
import type { PairBatch } from '../../src/streams/batches.ts';

/** Another model's vectors, of the same documents and queries. */
export interface GuideVectors {
  readonly corpus: Matrix;
  readonly queries: OpenNpy<Matrix>;
}

/** Queries a batch: what is searched at a time, and what is done again at most after a break. */
export const QUERIES = 2048;

/** How many batches a split has. */
export function countBatches({ queries }: Split): number {
  return Math.ceil(queries.length / QUERIES);
}

/**
 * The pairs of a split in its order, all of a query's in one batch, from batch `first` on. The queries' vectors are read as they are
 * wanted.
 */
export async function* askedPairs(
  { corpus, queries, queryVectors }: OpenDataFolder,
  split: Split,
  { first = 0, guide }: { readonly first?: number; readonly guide?: GuideVectors } = {},
): AsyncGenerator<PairBatch, void, undefined> {
  for (let step = first; step < countBatches(split); step++) {
    const [start, end] = [step * QUERIES, Math.min((step + 1) * QUERIES, split.queries.length)];
    const asked = Array.from({ length: end - start }, (_, q) => ({
      query: split.queries[start + q],
      place: q,
      right: relevant(split.judgments[start + q]),
    }));
    const pairs = asked.flatMap((each) => each.right.map((id) => ({ ...each, id })));
    const places = pairs.map(({ place }) => place);
    const documents = pairs.map(({ id }) => corpus.names.rowOf[id]);
    const rows = split.queries.subarray(start, end);
    const rowsOf = async (vectors: OpenNpy<Matrix>): Promise<Matrix> =>
      gather(await gatherNpy(vectors, rows), places);
    yield {
      step,
      features: {
        anchors: await rowsOf(queryVectors),
        positives: gather(corpus.vectors, documents),
        ids: Uint32Array.from(pairs, ({ id }) => id),
        labels: Int32Array.from(documents, (document) => corpus.groups[document]),
        known: idLists(pairs.map(({ right }) => right)),
        guide: guide && { anchors: await rowsOf(guide.queries), positives: gather(guide.corpus, documents) },
      },
      queryIds: Uint32Array.from(pairs, ({ query }) => queries.names.ofRow[query]),
    };
  }
}
