import { once } from 'node:events';
import { join } from 'node:path';
import { concatMap, defer, tap } from 'rxjs';
import type { InferredOptionTypes } from 'yargs';
import { checkWhole, refuse } from '../src/core/check.ts';
import type { Matrix } from '../src/core/matrix.ts';
import { similarityAt } from '../src/distances/distance.ts';
import { openDataFolder, readCollection, readSplit } from '../src/formats/data-folder.ts';
import type { Collection } from '../src/formats/data-folder.ts';
import { openNpyRows } from '../src/formats/npy.ts';
import { gatherRows, type OpenRows } from '../src/formats/open-rows.ts';
import { runLines } from '../src/formats/trec-run.ts';
import { wholeFile } from '../src/formats/whole-file.ts';
import type { Searchable } from '../src/neighbors/flat.ts';
import { pull } from '../src/streams/pull.ts';
import { SHARD_ROWS_OPTION } from './cluster-options.ts';
import { corpusIndex } from './corpus-index.ts';
import { DISTANCES } from '../src/distances/by-name.ts';
import { run } from './interruption.ts';
import {
  checkIndex,
  checkOutFile,
  checkSeed,
  DATA_OPTIONS,
  DISTANCE_OPTION,
  EF_OPTION,
  INDEX_OPTION,
} from './options.ts';
import { progress } from './progress.ts';
import { written } from './written.ts';

export const SEARCH_OPTIONS = {
  ...DATA_OPTIONS,
  split: { ...DATA_OPTIONS.split, describe: "which qrels/SPLIT.tsv's queries are asked" },
  queries: {
    type: 'string',
    describe: 'a .npy file whose rows are asked instead of a split, by their numbers from 0 on',
    requiresArg: true,
  },
  depth: {
    type: 'number',
    describe: 'documents a query is given',
    defaultDescription: '1000, or all of fewer',
    requiresArg: true,
  },
  distance: DISTANCE_OPTION,
  index: { ...INDEX_OPTION, default: 'exact' },
  ef: EF_OPTION,
  'shard-rows': SHARD_ROWS_OPTION,
  tag: { type: 'string', describe: 'last field of every line', default: 'nearmiss', requiresArg: true },
  out: {
    type: 'string',
    describe: 'file to write the run to',
    defaultDescription: 'stdout',
    requiresArg: true,
  },
} as const;

type SearchOptions = InferredOptionTypes<typeof SEARCH_OPTIONS>;

/** What is asked: the rows of a file, in an order, each under a name. */
interface Asked {
  readonly corpus: Collection;
  readonly vectors: OpenRows;
  readonly rows: Uint32Array;
  nameOf(row: number): string;
}

/** Queries that are searched at a time. */
const STEP = 1024;

/** Ranks the corpus for each query and writes the rankings as a TREC run. */
export async function search(options: SearchOptions, signal: AbortSignal): Promise<void> {
  const { seed, out, ef, depth: deep } = options;
  checkSeed('search', seed);
  if (deep !== undefined) checkWhole('search', '--depth', deep, 1);
  checkWhole('search', '--ef', ef, 1);
  if (!/^\S+$/.test(options.tag)) refuse('search', '--tag must be a word', `'${options.tag}'`);
  await checkOutFile('search', '--out', out);
  checkWhole('search', '--shard-rows', options['shard-rows'], 1);
  await checkIndex(options.index);
  const asked = await askedOf(options);
  try {
    const { rows } = asked.corpus.vectors;
    if (deep !== undefined && deep > rows)
      refuse('search', `--depth must be at most ${rows}, the documents in ${options.data}`, deep);
    const depth = deep ?? Math.min(1000, rows);
    const write = (print: (lines: Uint8Array) => Promise<void>) => rank(asked, options, depth, print, signal);
    const lines = await (out === undefined
      ? write(toStdout)
      : written((print) => wholeFile(out, print, { signal }), write));
    const facts = {
      queries: asked.rows.length,
      lines,
      depth,
      distance: options.distance,
      index: options.index,
    };
    if (options.json && out !== undefined) console.log(JSON.stringify({ ...facts, out, seed }));
    else
      console.error(`${lines} lines for ${asked.rows.length} queries, ${depth} deep by ${options.distance}`);
  } finally {
    await asked.vectors.close();
  }
}

async function askedOf(options: SearchOptions): Promise<Asked> {
  const { data, queries } = options;
  const shown = progress(`reading ${data}`);
  const corpusVectors = options['corpus-vectors'] ?? join(data, 'corpus.npy');
  if (queries !== undefined) {
    const corpus = await readCollection(join(data, 'corpus.jsonl'), corpusVectors);
    const vectors = await openNpyRows(queries);
    shown.done();
    return {
      corpus,
      vectors,
      rows: Uint32Array.from({ length: vectors.rows }, (_, row) => row),
      nameOf: String,
    };
  }
  const folder = await openDataFolder(data, { corpusVectors, queryVectors: options['query-vectors'] });
  try {
    const split = await readSplit(folder, options.split);
    const { names } = folder.queries;
    shown.done();
    return {
      corpus: folder.corpus,
      vectors: folder.queryVectors,
      rows: split.queries,
      nameOf: (row) => names.nameOf(names.ofRow[row]),
    };
  } catch (error) {
    await folder.queryVectors.close();
    throw error;
  }
}

async function rank(
  { corpus, vectors, rows, nameOf }: Asked,
  options: SearchOptions,
  depth: number,
  print: (lines: Uint8Array) => Promise<void>,
  signal: AbortSignal,
): Promise<number> {
  const distance = DISTANCES[options.distance];
  const index = await corpusIndex(corpus, {
    ...options,
    distance,
    shardRows: options['shard-rows'],
    signal,
  });
  const linesOf = runLines(corpus.names, options.tag);
  const shown = progress('searching');
  let [done, lines] = [0, 0];
  async function* batches() {
    for (let start = 0; start < rows.length; start += STEP) {
      const some = rows.subarray(start, start + STEP);
      yield { step: start / STEP, some, queries: await gatherRows(vectors, some) };
    }
  }
  const turn = concatMap(({ some, queries }: { readonly some: Uint32Array; readonly queries: Matrix }) =>
    defer(async () => {
      const { ids, scores, found } = await scored(index, queries, depth);
      for (let q = 0; q < some.length; q++) {
        const [start, end] = [q * depth, q * depth + found[q]];
        const ranking = { ids: ids.subarray(start, end), scores: scores.subarray(start, end) };
        await print(linesOf(nameOf(some[q]), ranking));
        lines += end - start;
      }
      done += some.length;
    }),
  );
  await run(pull(batches(), turn).pipe(tap(() => shown.at(done / rows.length))), signal);
  shown.done(`${rows.length} queries`);
  return lines;
}

/** The nearest with their similarities: as they were compared, where the index says so. */
async function scored(index: Searchable, queries: Matrix, k: number) {
  if (index.searchBelow !== undefined) {
    const all = new Float64Array(queries.rows).fill(Infinity);
    const { ids, similarities, found } = await index.searchBelow(queries, k, all);
    return { ids, scores: similarities, found };
  }
  const { ids, distances, found } = await index.search(queries, k);
  const scores = Float64Array.from(distances, (far) => similarityAt(index.distance, far));
  return { ids, scores, found };
}

async function toStdout(lines: Uint8Array): Promise<void> {
  if (!process.stdout.write(lines)) await once(process.stdout, 'drain');
}
