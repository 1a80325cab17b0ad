import { once } from 'node:events';
import { concatMap, from, map, pipe, tap } from 'rxjs';
import type { InferredOptionTypes } from 'yargs';
import { checkWhole } from '../src/core/check.ts';
import { type Distance, similarityAt } from '../src/distances/distance.ts';
import type { DataFolder } from '../src/formats/data-folder.ts';
import { wholeFile } from '../src/formats/whole-file.ts';
import { nearMisses } from '../src/miners/near-misses.ts';
import { exact } from '../src/neighbors/exact.ts';
import { hnsw } from '../src/neighbors/hnsw.ts';
import { asStored } from '../src/streams/as-stored.ts';
import type { MinedBatch } from '../src/streams/batches.ts';
import { documents } from '../src/streams/documents.ts';
import { mine as mining } from '../src/streams/mine.ts';
import { countPairs, pairs } from '../src/streams/pairs.ts';
import { pull } from '../src/streams/pull.ts';
import { remember } from '../src/streams/remember.ts';
import { run } from './interruption.ts';
import {
  checkIndex,
  checkMining,
  checkSeed,
  DATA_OPTIONS,
  DISTANCE_OPTION,
  DISTANCES,
  INDEX_OPTION,
  LOOK_AT_OPTION,
  lookAtOf,
  readData,
  readPairs,
} from './options.ts';
import { progress } from './progress.ts';

export const MINE_OPTIONS = {
  ...DATA_OPTIONS,
  split: { ...DATA_OPTIONS.split, describe: 'which qrels/SPLIT.tsv names the pairs', default: 'train' },
  out: {
    type: 'string',
    describe:
      'file to write the lines to; with --json and without it, the object follows the lines on stdout',
    defaultDescription: 'stdout',
    requiresArg: true,
  },
  keep: { type: 'number', describe: 'negatives a pair is given at most', default: 4, requiresArg: true },
  'look-at': LOOK_AT_OPTION,
  below: {
    type: 'number',
    describe: "how near a negative may come, as a share of the positive's similarity; Infinity for no limit",
    default: 0.95,
    requiresArg: true,
  },
  distance: DISTANCE_OPTION,
  index: INDEX_OPTION,
} as const;

/** Finds for each query and its relevant document the documents the query is most easily confused with. */
export async function mine(
  options: InferredOptionTypes<typeof MINE_OPTIONS>,
  signal: AbortSignal,
): Promise<void> {
  const { seed, keep, below, out } = options;
  checkSeed('mine', seed);
  checkWhole('mine', '--keep', keep, 1);
  checkMining('mine', options);
  await checkIndex(options.index);
  const data = await readData(options);
  const split = await readPairs('mine', data, options.split);
  const lookAt = lookAtOf('mine', options['look-at'], data.corpus.vectors.rows);
  const [dim, distance] = [data.corpus.vectors.cols, DISTANCES[options.distance]];
  const index =
    options.index === 'hnsw' ? hnsw({ dim, distance, seed, ef: 2 * lookAt }) : exact({ dim, distance });
  const miner = nearMisses(index, { keep, lookAt, below });

  const indexing = progress('indexing');
  const fill = pull(documents(data.corpus), remember(index)).pipe(
    tap(() => indexing.at(index.size / data.corpus.vectors.rows)),
  );
  await run(fill, signal);
  indexing.done(`${index.size} documents`);

  const shown = progress('mining');
  const all = countPairs(split);
  let [mined, negatives, short] = [0, 0, 0];
  const write = async (print: (text: string) => Promise<void>): Promise<void> => {
    const lines = pull(
      pairs(data, split, { rows: 256 }),
      pipe(
        asStored(),
        mining(miner),
        tap(({ views }) => {
          mined += views.anchors.rows;
          negatives += views.negativeIds.length;
          short += views.owned.filter((owned) => owned < keep).length;
          shown.at(mined / all);
        }),
        map((batch) => linesOf(batch, data, distance)),
        concatMap((text) => from(print(text))),
      ),
    );
    await run(lines, signal);
  };
  await (out === undefined ? write(toStdout) : wholeFile(out, write, { signal }));
  shown.done(`${mined} pairs`);

  console.error(`${negatives} negatives for ${mined} pairs; ${short} pairs have fewer than ${keep}`);
  if (options.json)
    console.log(JSON.stringify({ pairs: mined, negatives, short, keep, out: out ?? null, seed }));
}

/** `{"query": …, "positive": …, "negatives": [{"id", "score", "rank"}, …]}`, one line a pair. */
function linesOf(
  { queryIds, features: { ids }, views }: MinedBatch,
  { corpus, queries }: DataFolder,
  distance: Distance,
): string {
  const { owned, negativeIds, negativeDistances, negativeRanks } = views;
  let next = 0;
  return Array.from(queryIds, (query, i) => {
    const negatives = Array.from({ length: owned[i] }, () => {
      const t = next++;
      const score = Number(similarityAt(distance, negativeDistances[t]).toPrecision(7));
      return { id: corpus.names.names[negativeIds[t]], score, rank: negativeRanks[t] };
    });
    const positive = corpus.names.names[ids[i]];
    return `${JSON.stringify({ query: queries.names.names[query], positive, negatives })}\n`;
  }).join('');
}

async function toStdout(text: string): Promise<void> {
  if (!process.stdout.write(text)) await once(process.stdout, 'drain');
}
