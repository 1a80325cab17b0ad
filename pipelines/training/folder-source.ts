import { cosine } from '../../src/distances/cosine.ts';
import type { NamedFolder, Split } from '../../src/formats/data-folder.ts';
import { mean } from '../../src/metrics/mean.ts';
import { ndcg } from '../../src/metrics/ndcg.ts';
import type { Sides } from '../../src/models/sides.ts';
import type { PairBatch } from '../../src/streams/batches.ts';
import { embeddedDocuments, type EmbedRows } from '../../src/streams/documents.ts';
import { embeddedQueries } from '../../src/streams/queries.ts';
import { countPairs, type FolderFeatures, pairsOf } from '../../src/streams/pairs.ts';
import { documentsOf } from '../features.ts';
import { graded } from '../retrieval.ts';
import type { PairSource } from './contrast.ts';
import type { Dev } from './job.ts';
import type { JobOptions } from './options.ts';

/** A folder, and what encoders take of its texts or vectors. */
export interface FeaturedFolder<Query, Document> {
  readonly folder: NamedFolder;
  readonly features: FolderFeatures<Query, Document>;
}

/** The pairs of a split, pass after pass, each in an order of its own. */
export function folderSource<Query, Document>(
  { folder, features }: FeaturedFolder<Query, Document>,
  training: Split,
  sides: Sides<Query, Document>,
  { batch: rows, seed, epochs, steps: most }: Pick<JobOptions, 'batch' | 'seed' | 'epochs' | 'steps'>,
): PairSource<Query, Document> {
  const { corpus, queries } = folder;
  const perEpoch = Math.ceil(countPairs(training) / rows);
  const steps = most ?? epochs * perEpoch;
  const only = documentsOf(training, folder);

  async function* batches(from: number): AsyncGenerator<PairBatch<Query, Document>, void, undefined> {
    for (let step = from; step < steps; step = (Math.floor(step / perEpoch) + 1) * perEpoch) {
      const epoch = Math.floor(step / perEpoch);
      for await (const batch of pairsOf(folder, training, features, {
        rows,
        seed,
        epoch,
        skip: step % perEpoch,
      })) {
        if (batch.step === steps) return;
        yield batch;
      }
    }
  }
  return {
    steps,
    batches,
    classes: queries.classCount,
    documents: (ids) => features.documents(ids.map((id) => corpus.names.rowOf[id])),
    collection: {
      every: perEpoch,
      rows: () => embeddedDocuments(corpus, documentRows(sides, features), { only }),
    },
  };
}

/** nDCG@10 of a split over the whole corpus, ranked exactly by cosine. */
export function folderDev<Query, Document>(
  { folder, features }: FeaturedFolder<Query, Document>,
  held: Split,
  sides: Sides<Query, Document>,
  dim: number,
  signal: AbortSignal,
): Dev {
  return {
    name: `nDCG@10 of ${held.name}`,
    async measure() {
      const metrics = { ndcg: ndcg(10) };
      const { ndcg: values } = await graded(
        embeddedDocuments(folder.corpus, documentRows(sides, features)),
        embeddedQueries(held, async (rows) => sides.queries.forward(await features.queries(rows)).output),
        { dim, distance: cosine, depth: 10, metrics, signal },
      );
      return mean(values);
    },
  };
}

/** Documents as they are embedded now. */
function documentRows<Query, Document>(
  { documents }: Sides<Query, Document>,
  features: FolderFeatures<Query, Document>,
): EmbedRows {
  return async (rows) => documents.forward(await features.documents(rows)).output;
}
