import type { InferredOptionTypes } from 'yargs';
import { checkWhole } from '../src/core/check.ts';
import { relevant } from '../src/core/judgments.ts';
import { openStoredFolder, readSplit, type StoredFolder } from '../src/formats/data-folder.ts';
import { DISTANCES } from './distances.ts';
import type { EVALUATE_OPTIONS } from './evaluate-options.ts';
import { grade } from './evaluating/grade.ts';
import { storedVectors, zeroRowsOf } from './evaluating/stored.ts';
import { checkSeed, DATA_OPTIONS, DISTANCE_OPTION, SAMPLE } from './options.ts';
import { progress } from './progress.ts';
import { depthOf, figures, headwords } from './retrieval.ts';
import { intervals, means, table, withInterval } from './table.ts';

type EvaluateOptions = InferredOptionTypes<typeof EVALUATE_OPTIONS>;

/** Ranks the whole corpus for each query of a split by the stored vectors, and grades the rankings. */
export async function evaluate(options: EvaluateOptions, signal: AbortSignal): Promise<void> {
  const { seed = DATA_OPTIONS.seed.default, depth, chunk } = options;
  checkSeed('evaluate', seed);
  if (depth !== undefined) checkWhole('evaluate', '--depth', depth, 1);
  if (chunk !== undefined) checkWhole('evaluate', '--chunk', chunk, 1);
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
  const split = await readSplit(folder, name);
  const depth = depthOf(folder, options.depth);
  const distance = DISTANCES[options.distance ?? DISTANCE_OPTION.default];
  const stored = storedVectors(folder, { distance, depth, chunk, signal });
  const graded = await grade(folder, split, [stored], { depth, signal });
  const { result } = await figures({ result: graded.result.values }, headwords(folder, split), seed);

  const queries = split.queries.length;
  const unanswerable = split.judgments.filter((judged) => relevant(judged).length === 0).length;
  const zeroRows = { corpus: stored.zeroRows(), queries: await zeroRowsOf(folder.queryVectors.path) };
  if (options.json === true) {
    const facts = {
      queries,
      without_relevant: unanswerable,
      zero_rows: zeroRows,
      distance: distance.name,
      depth,
      seed,
    };
    console.log(JSON.stringify({ ...means(result), ...facts, intervals: intervals(result) }));
    return;
  }
  console.log(
    table(
      ['', `${name} [95 %]`],
      Object.entries(result).map(([name, figure]) => [name, withInterval(figure)]),
    ),
  );
  console.log(
    `${queries} queries, ${unanswerable} of them without a relevant document (they count as 0), ranked to depth ${depth} by ${distance.name}`,
  );
  console.log(`zero rows: ${zeroRows.corpus} in the corpus, ${zeroRows.queries} among the queries`);
}
