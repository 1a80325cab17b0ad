import type { InferredOptionTypes } from 'yargs';
import { checkWhole } from '../src/core/check.ts';
import { relevant } from '../src/core/judgments.ts';
import { readSplit } from '../src/formats/data-folder.ts';
import { checkSeed, DATA_OPTIONS, DISTANCE_OPTION, DISTANCES, readData } from './options.ts';
import { depthOf, figures, headwords, retrieval } from './retrieval.ts';
import { intervals, means, table, withInterval } from './table.ts';

export const EVALUATE_OPTIONS = {
  ...DATA_OPTIONS,
  distance: DISTANCE_OPTION,
  depth: {
    type: 'number',
    describe:
      'documents ranked for each query; MRR goes over these, and a figure at a greater cut sees no more',
    defaultDescription: '1000, or a smaller corpus',
    requiresArg: true,
  },
} as const;

/** Ranks the whole corpus for each query of a split by the stored vectors, and grades the rankings. */
export async function evaluate(
  options: InferredOptionTypes<typeof EVALUATE_OPTIONS>,
  signal: AbortSignal,
): Promise<void> {
  const { seed } = options;
  checkSeed('evaluate', seed);
  if (options.depth !== undefined) checkWhole('evaluate', '--depth', options.depth, 1);
  const data = await readData(options);
  const split = await readSplit(data, options.split);
  const depth = depthOf(data, options.depth);
  const distance = DISTANCES[options.distance];

  const values = await retrieval(data, split, { distance, depth, task: 'ranking', signal });
  const groups = headwords(data, split);
  const { result } = await figures({ result: values }, groups, seed);

  const queries = split.queries.length;
  const unanswerable = split.judgments.filter((judged) => relevant(judged).length === 0).length;
  const zeroRows = { corpus: data.corpus.zeroRows, queries: data.queries.zeroRows };
  if (options.json) {
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
      ['', `${options.split} [95 %]`],
      Object.entries(result).map(([name, figure]) => [name, withInterval(figure)]),
    ),
  );
  console.log(
    `${queries} queries, ${unanswerable} of them without a relevant document (they count as 0), ranked to depth ${depth} by ${distance.name}`,
  );
  console.log(`zero rows: ${zeroRows.corpus} in the corpus, ${zeroRows.queries} among the queries`);
}
