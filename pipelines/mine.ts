import { once } from 'node:events';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { concatMap, defer, tap } from 'rxjs';
import { type OpenDataFolder, openDataFolder, readListedSplit } from '../src/formats/data-folder.ts';
import { checkWhole, refuse } from '../src/core/check.ts';
import { plainOrGz } from '../src/formats/lines.ts';
import { trainingRows } from '../src/formats/training-rows.ts';
import { type CandidateList, candidateLists } from '../src/miners/candidate-lists.ts';
import type { Searchable } from '../src/neighbors/flat.ts';
import type { PairBatch } from '../src/streams/batches.ts';
import { pull } from '../src/streams/pull.ts';
import { type Begun, begunAhead } from './begun-ahead.ts';
import { corpusIndex } from './corpus-index.ts';
import { DISTANCES } from '../src/distances/by-name.ts';
import { Interrupted } from './interrupted.ts';
import { run } from './interruption.ts';
import {
  type AskedQueries,
  askedPairs,
  askedQueries,
  countBatches,
  mostRight,
  QUERIES,
} from './mining/asked-pairs.ts';
import { added, type Counts, countsOf, type MinedBatch, NONE, readCounts } from './mining/counts.ts';
import { explainedLines, minedQueries, unmetLines } from './mining/mined-batch.ts';
import { checkFlags, filterOf, type MineOptions } from './mining/options.ts';
import { type Body, openShards } from './mining/shards.ts';
import { openSources, type Sources } from './mining/sources.ts';
import { withTexts } from './mining/with-texts.ts';
import { checkIndex, checkSeed } from './options.ts';
import { progress } from './progress.ts';
import { withSearchJob } from './search-job.ts';

/** Finds for each query and its relevant document the documents the query is most easily confused with. */
export async function mine(options: MineOptions, signal: AbortSignal): Promise<void> {
  checkSeed('mine', options.seed);
  await checkFlags(options);
  checkWhole('mine', '--shard-rows', options['shard-rows'], 1);
  await checkIndex(options.index);
  const shown = progress(`reading ${options.data}`);
  const data = await openDataFolder(options.data, {
    corpusVectors: options['corpus-vectors'],
    queryVectors: options['query-vectors'],
  });
  shown.done();
  try {
    const asked = askedQueries(await readListedSplit(data, options.split));
    if (asked.right.ids.length === 0)
      refuse('mine', `split ${options.split} must have a judgment above 0`, 'none');
    const sources = await openSources(data, options, signal);
    try {
      const job = { options, data, asked, sources, signal };
      report(options, await (options.out === undefined ? toStdout(job) : toFiles(job, options.out)));
    } finally {
      await sources.close();
    }
  } finally {
    await data.queryVectors.close();
  }
}

interface Job {
  readonly options: MineOptions;
  readonly data: OpenDataFolder;
  readonly asked: AskedQueries;
  readonly sources: Sources;
  readonly signal: AbortSignal;
}

/** Prints the rows as they come. */
async function toStdout(job: Job): Promise<Counts> {
  let counts = NONE;
  await eachBatch(job, 0, async (batch) => {
    let rows = 0;
    for await (const lines of rowsOf(job, batch)) {
      rows += lines.length;
      if (!process.stdout.write(lines.join(''))) await once(process.stdout, 'drain');
    }
    counts = added(counts, countsOf(batch, filterOf(job.options).negatives, rows));
  });
  return counts;
}

/** Writes the rows, and what else was asked for, by way of pieces that outlive an interruption. */
async function toFiles(job: Job, out: string): Promise<Counts> {
  const { options, data, asked, signal } = job;
  const { negatives } = filterOf(options);
  const pieces = countBatches(asked);
  const folder = `${out}.mining`;
  const shards = await openShards('mine', folder, await manifestOf(options, data, pieces));
  if (shards.done > 0) console.error(`mine: going on after ${shards.done} of ${pieces} pieces in ${folder}`);
  try {
    await eachBatch(job, shards.done, async (batch, index) => {
      let rows = 0;
      const files: Record<string, Body> = {
        async rows(write) {
          for await (const lines of rowsOf(job, batch)) {
            rows += lines.length;
            await write(lines.join(''));
          }
        },
        unmet: (write) => write(unmetLines(batch, data, negatives)),
      };
      if (options.explain !== undefined) {
        files.explained = (write) => inPieces(explainedLines(batch, data, index), write);
      }
      await shards.write(batch.pairs.step, files, () => countsOf(batch, negatives, rows));
    });
    let counts = NONE;
    for await (const summary of shards.summaries(pieces)) counts = added(counts, readCounts(summary));
    const outs = [
      ['unmet', options.unmet],
      ['explained', options.explain],
      ['rows', out],
    ] as const;
    for (const [name, path] of outs) {
      if (path !== undefined) await shards.assemble(name, pieces, path, signal);
    }
    await shards.remove();
    return counts;
  } catch (error) {
    // what the data are at fault for would be so again
    if (error instanceof RangeError) await shards.remove();
    if (error instanceof Interrupted)
      console.error(`mine: interrupted; the same command goes on from what is in ${folder}`);
    throw error;
  }
}

/** Batches that workers search at a time. */
const AHEAD = 6;

/** Mines batch after batch, from one on, and hands each over, with the index it was mined from. */
async function eachBatch(
  job: Job,
  first: number,
  take: (batch: MinedBatch, index: Searchable) => Promise<void>,
): Promise<void> {
  const { options, data, asked, sources, signal } = job;
  const pieces = countBatches(asked);
  if (first >= pieces) return;
  const vectors = options['corpus-vectors'] ?? join(data.path, 'corpus.npy');
  await withSearchJob('mine', { records: data.corpus.path, vectors }, options, async (remote) => {
    const index = await corpusIndex(data.corpus, {
      ...options,
      distance: DISTANCES[options.distance],
      shardRows: options['shard-rows'],
      signal,
      remote,
    });
    const listsOf = candidateLists('mine', index, {
      ...filterOf(options),
      ...sources.options,
      mostPositives: Math.max(1, mostRight(asked)),
    });
    const shown = progress('mining');
    let done = first;
    let taken = Promise.resolve();
    const turn = concatMap(({ batch: pairs, made }: Begun<PairBatch, readonly CandidateList[]>) =>
      defer(async () => {
        const lists = await made;
        signal.throwIfAborted();
        taken = take({ pairs, lists }, index);
        await taken;
        done++;
      }),
    );
    const batches = begunAhead(
      askedPairs(data, asked, { first, guide: sources.guide }),
      ({ features, queryIds }) => listsOf(features, { queryIds }, options.explain !== undefined),
      remote === undefined ? 1 : AHEAD,
    );
    const told = tap(() => shown.at((done - first) / (pieces - first), remote?.job.workers()));
    try {
      await run(pull(batches, turn).pipe(told), signal);
    } finally {
      // a piece that is being written when an interruption comes is written whole
      await taken.catch(() => {});
    }
    shown.done([`${asked.right.ids.length} pairs`, remote?.job.workers()].filter(Boolean).join('; '));
  });
}

/** Queries whose rows are made at a time. */
const TOGETHER = 64;

/** The rows of a batch as lines of JSON, those of some queries at a time. */
async function* rowsOf(
  { options, data, sources: { corpusTexts, queryTexts } }: Job,
  batch: MinedBatch,
): AsyncGenerator<readonly string[], void, undefined> {
  const rows = {
    negatives: filterOf(options).negatives,
    scores: options['output-scores'],
    onceAQuery: options.compat !== undefined,
  };
  for (const named of minedQueries(batch, data, TOGETHER)) {
    const mined =
      options.texts && corpusTexts && queryTexts
        ? await withTexts(named, data, corpusTexts, queryTexts)
        : named;
    yield mined.flatMap((query) =>
      trainingRows(options['output-format'], query, rows).map((row) => `${JSON.stringify(row)}\n`),
    );
  }
}

/** Some kilobytes at a time. */
async function inPieces(lines: Iterable<string>, write: (text: string) => Promise<void>): Promise<void> {
  let piece = '';
  for (const line of lines) {
    piece += line;
    if (piece.length < 2 ** 16) continue;
    await write(piece);
    piece = '';
  }
  await write(piece);
}

/** What rows follow from: a run that differs in any of it is another one. */
async function manifestOf(options: MineOptions, { corpus, queries, path }: OpenDataFolder, pieces: number) {
  const { out: _, json: __, explain, unmet: ___, nats: ____, storage: _____, ...settings } = options;
  const files = [
    corpus.path,
    queries.path,
    options['corpus-vectors'] ?? join(path, 'corpus.npy'),
    options['query-vectors'] ?? join(path, 'queries.npy'),
    await plainOrGz(join(path, 'qrels', `${options.split}.tsv`)),
    options['guide-corpus-vectors'],
    options['guide-query-vectors'],
  ].filter((file) => file !== undefined);
  const inputs = await Promise.all(
    files.map(async (file) => {
      const { size, mtimeMs } = await stat(file);
      return { file, size, modified: mtimeMs };
    }),
  );
  return { ...camelOnly(settings), explain: explain !== undefined, inputs, pieces, queries: QUERIES };
}

/** yargs holds each option twice: as it is written, and in one word. */
function camelOnly(settings: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const entries = Object.entries(settings).filter(([name]) => /^[a-z][a-zA-Z]*$/.test(name));
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function report(options: MineOptions, counts: Counts): void {
  const { negatives } = filterOf(options);
  const { pairs, unmet, rows, turnedDown } = counts;
  console.error(`${counts.negatives} negatives for ${pairs} pairs, ${rows} rows`);
  for (const [filter, count] of Object.entries(turnedDown)) console.error(`turned down, ${filter}: ${count}`);
  if (unmet > 0) {
    const share = ((100 * unmet) / pairs).toFixed(2);
    const listed =
      options.unmet === undefined ? '; --unmet FILE lists them' : ` and stand in ${options.unmet}`;
    console.error(`${unmet} pairs (${share} %) have fewer than ${negatives}${listed}`);
  }
  if (!options.json) return;
  const { out = null, seed } = options;
  console.log(
    JSON.stringify({
      pairs,
      negatives: counts.negatives,
      unmet,
      rows,
      asked: negatives,
      turnedDown,
      out,
      seed,
    }),
  );
}
