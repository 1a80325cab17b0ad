import { join } from 'node:path';
import type { InferredOptionTypes } from 'yargs';
import { checkWhole, refuse } from '../src/core/check.ts';
import { relevant } from '../src/core/judgments.ts';
import { openStoredFolder, readSplit, type Split, type StoredFolder } from '../src/formats/data-folder.ts';
import { npyShape } from '../src/formats/npy.ts';
import { together, type Values } from '../src/streams/evaluate.ts';
import type { SearchJob } from '../src/cluster/remote-search.ts';
import { SHARD_ROWS_OPTION } from './cluster-options.ts';
import { DISTANCES } from '../src/distances/by-name.ts';
import type { EVALUATE_OPTIONS } from './evaluate-options.ts';
import { type Form, formsOf, ofForm } from './evaluating/forms.ts';
import { grade } from './evaluating/grade.ts';
import { type GraphOptions, recallOf, throughGraph } from './evaluating/graph.ts';
import { type Evaluation, evaluationJson, evaluationText } from './evaluating/printed.ts';
import { rankedElsewhere } from './evaluating/remote.ts';
import { runFile } from './evaluating/run-file.ts';
import { leakWords, trainingLeaks } from './leaking/split-leaks.ts';
import { type StoredOptions, storedVectors, zeroRowsOf } from './evaluating/stored.ts';
import type { System } from './evaluating/systems.ts';
import {
  checkIndex,
  checkOutFile,
  checkSeed,
  DATA_OPTIONS,
  DISTANCE_OPTION,
  EF_OPTION,
  SAMPLE,
} from './options.ts';
import { progress } from './progress.ts';
import { depthOf, type Figures, figures, headwords } from './retrieval.ts';
import { withSearchJob } from './search-job.ts';

type EvaluateOptions = InferredOptionTypes<typeof EVALUATE_OPTIONS>;

/** Ranks the whole corpus for each query of a split by the stored vectors, and in other ways beside it, and grades the rankings. */
export async function evaluate(options: EvaluateOptions, signal: AbortSignal): Promise<void> {
  const { seed = DATA_OPTIONS.seed.default, index = 'exact' } = options;
  checkSeed('evaluate', seed);
  for (const name of ['depth', 'chunk', 'ef', 'rescore', 'shard-rows'] as const) {
    const value = options[name];
    if (value !== undefined) checkWhole('evaluate', `--${name}`, value, 1);
  }
  await checkOutFile('evaluate', '--write-run', options['write-run']);
  // what is asked for seldom is loaded when it is
  if (options.report !== undefined)
    await (await import('./reporting/report.ts')).checkReport('evaluate', options.report);
  const { against } = options;
  if (against !== undefined)
    for (const name of ['corpus', 'queries']) await npyShape(join(against, `${name}.npy`));
  await checkIndex(index);
  const path = options.data ?? SAMPLE;
  const shown = progress(`reading ${path}`);
  const folder = await openStoredFolder(path, {
    corpusVectors: options['corpus-vectors'],
    queryVectors: options['query-vectors'],
  });
  try {
    shown.done();
    await evaluateFolder(folder, options, signal);
  } finally {
    await folder.corpusVectors.close();
    await folder.queryVectors.close();
  }
}

async function evaluateFolder(
  folder: StoredFolder,
  options: EvaluateOptions,
  signal: AbortSignal,
): Promise<void> {
  const { split: name = DATA_OPTIONS.split.default, seed = DATA_OPTIONS.seed.default, chunk } = options;
  const { rescore, ef = EF_OPTION.default } = options;
  const forms = formsOf(folder.corpusVectors.cols, options.dims, options.precision);
  if (rescore !== undefined && forms.length === 0)
    refuse('evaluate', '--rescore must stand beside --dims or --precision', 'neither');
  if (rescore !== undefined && rescore > folder.corpus.names.size)
    refuse('evaluate', `--rescore must be at most ${folder.corpus.names.size}, the documents`, rescore);
  const split = await readSplit(folder, name);
  const depth = depthOf(folder, options.depth);
  const distance = DISTANCES[options.distance ?? DISTANCE_OPTION.default];
  const common = { distance, depth, chunk, signal };
  const leaks = await trainingLeaks(folder, split, options['near-duplicates'] === true);
  if (leaks !== undefined && options.json !== true) console.log(`${leakWords(leaks)}\n`);

  const seeking = {
    ...options,
    distance: options.distance ?? DISTANCE_OPTION.default,
    ef,
    seed,
    'shard-rows': options['shard-rows'] ?? SHARD_ROWS_OPTION.default,
  };
  const vectors = options['corpus-vectors'] ?? join(folder.path, 'corpus.npy');
  const { systems, graded, recalls, zeroRows } = await withSearchJob(
    'evaluate',
    { records: folder.corpus.path, vectors },
    seeking,
    (remote) => gradeSystems(folder, split, options, { ...common, ef, seed, forms, remote }),
  );

  const groups = headwords(folder, split);
  const measured: Record<string, Values> = Object.fromEntries(
    Object.entries(graded).map(([name, { values }]) => [name, values]),
  );
  const columns: Readonly<Record<string, Figures>> = await figures(measured, groups, seed);
  const recall = recalls.length > 0 ? (await figures({ of: together(recalls) }, groups, seed)).of : undefined;
  const evaluation: Evaluation = {
    split: name,
    queries: split.queries.length,
    unanswerable: split.judgments.filter((judged) => relevant(judged).length === 0).length,
    zeroRows: { corpus: zeroRows, queries: await zeroRowsOf(folder.queryVectors.path) },
    documents: folder.corpusVectors.rows,
    distance: distance.name,
    depth,
    seed,
    systems: systems.map(({ name, bytes }) => ({
      name,
      figures: columns[name],
      bytes,
      queriesPerSecond: graded[name].queriesPerSecond,
    })),
    rescored: rescore,
    leaks,
    index: recall && { kind: 'hnsw', ef: Math.max(ef, depth), recall },
  };
  if (options.report !== undefined) {
    const { reported } = await import('./evaluating/reported.ts');
    await reported(options.report, split, { ...options, data: folder.path, distance, depth, seed, signal });
  }
  console.log(options.json === true ? evaluationJson(evaluation) : evaluationText(evaluation));
}

interface Ways extends StoredOptions {
  readonly ef: number;
  readonly seed: number;
  readonly forms: readonly Form[];
  /** what has workers rank by the stored vectors and through graphs */
  readonly remote?: SearchJob;
}

/** Ranks in every way that was asked for, and grades the rankings. */
async function gradeSystems(
  folder: StoredFolder,
  split: Split,
  options: EvaluateOptions,
  { forms, remote, ...ways }: Ways,
) {
  const { depth, distance, signal } = ways;
  const { rescore, 'shard-rows': shardRows = SHARD_ROWS_OPTION.default } = options;
  const stored = remote ? await rankedElsewhere(folder, remote, 'exact', depth) : storedVectors(folder, ways);
  const systems: System[] = [stored];
  for (const form of forms) systems.push(await ofForm(folder, form, { ...ways, rescore }));
  const words =
    options.words === true ? await (await import('./evaluating/words.ts')).byWords(folder, ways) : undefined;
  const graph =
    options.index === 'hnsw' ? await graphSystem(folder, { ...ways, shardRows, remote }) : undefined;
  systems.push(...(words?.systems ?? []), ...(graph === undefined ? [] : [graph]));
  const recalls: Values[] = [];
  const graded = await runFile(options['write-run'], folder, signal, (write) =>
    grade(folder, split, systems, {
      depth,
      signal,
      async onRanked(asked, rankings) {
        const [exact, found] = [rankings.get(stored.name), rankings.get(graph?.name ?? '')];
        if (exact === undefined) return;
        if (found !== undefined) recalls.push(recallOf(found, exact, distance));
        await write(asked, exact);
      },
    }),
  );
  graph?.dispose?.();
  await words?.close();
  const zeroRows = stored.zeroRows?.() ?? (await zeroRowsOf(folder.corpusVectors.path));
  return { systems, graded, recalls, zeroRows };
}

function graphSystem(
  folder: StoredFolder,
  { remote, ...options }: GraphOptions & { readonly remote?: SearchJob },
) {
  return remote ? rankedElsewhere(folder, remote, 'hnsw', options.depth) : throughGraph(folder, options);
}
