import type { InferredOptionTypes } from 'yargs';
import { checkWhole } from '../src/core/check.ts';
import { relevant } from '../src/core/judgments.ts';
import { readSplit } from '../src/formats/data-folder.ts';
import { DISTANCES } from './distances.ts';
import { leakCounts, leakWords, trainingLeaks } from './leaking/split-leaks.ts';
import { checkSeed, DATA_OPTIONS, DISTANCE_OPTION, readData, SAMPLE } from './options.ts';
import type { EVALUATE_OPTIONS } from './evaluate-options.ts';
import { compared } from './reporting/compared.ts';
import { evaluated } from './reporting/evaluated.ts';
import { checkReport, writeReport } from './reporting/report.ts';
import { depthOf, figures, headwords, retrieval } from './retrieval.ts';
import { intervals, means, table, withInterval } from './table.ts';

/** Ranks the whole corpus for each query of a split by the stored vectors, and grades the rankings. */
export async function evaluate(
  options: InferredOptionTypes<typeof EVALUATE_OPTIONS>,
  signal: AbortSignal,
): Promise<void> {
  const {
    data: folder = SAMPLE,
    split: name = DATA_OPTIONS.split.default,
    seed = DATA_OPTIONS.seed.default,
    report,
  } = options;
  checkSeed('evaluate', seed);
  if (options.depth !== undefined) checkWhole('evaluate', '--depth', options.depth, 1);
  await checkReport('evaluate', report);
  const data = await readData({ ...options, data: folder });
  const split = await readSplit(data, name);
  const depth = depthOf(data, options.depth);
  const distance = DISTANCES[options.distance ?? DISTANCE_OPTION.default];
  const leaks = await trainingLeaks(data, split, options['near-duplicates'] === true);
  if (leaks !== undefined && options.json !== true) console.log(`${leakWords(leaks)}\n`);

  const ranking = { distance, depth, seed, signal };
  const comparison =
    report === undefined
      ? undefined
      : await compared(data, split, {
          ...ranking,
          corpusVectors: options['corpus-vectors'],
          against: options.against,
        });
  const values = comparison?.stored.values ?? (await retrieval(data, split, { ...ranking, task: 'ranking' }));
  const groups = headwords(data, split);
  const { result } = await figures({ result: values }, groups, seed);

  if (report !== undefined && comparison !== undefined) {
    const { systems } = comparison;
    await writeReport(
      'evaluate',
      report,
      await evaluated(systems, { ...comparison, ...ranking, split }),
      signal,
    );
  }

  const queries = split.queries.length;
  const unanswerable = split.judgments.filter((judged) => relevant(judged).length === 0).length;
  const zeroRows = { corpus: data.corpus.zeroRows, queries: data.queries.zeroRows };
  if (options.json === true) {
    const facts = {
      queries,
      without_relevant: unanswerable,
      zero_rows: zeroRows,
      distance: distance.name,
      depth,
      seed,
      leaks: leaks && leakCounts(leaks),
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
