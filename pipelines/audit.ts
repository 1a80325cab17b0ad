import { join } from 'node:path';
import type { InferredOptionTypes } from 'yargs';
import { checkWhole, refuse } from '../src/core/check.ts';
import { readRecords } from '../src/formats/data-folder.ts';
import { shortest } from '../src/formats/shortest.ts';
import { openTexts } from '../src/formats/texts.ts';
import { wholeFile } from '../src/formats/whole-file.ts';
import { type DrawnRow, drawSample } from './auditing/drawn-sample.ts';
import { headerOf, judgedRate } from './auditing/judged-rate.ts';
import { keptFigures, strataEdges } from './auditing/kept-figures.ts';
import { checkOutFile, checkSeed } from './options.ts';
import { progress } from './progress.ts';
import { table } from './table.ts';

export const AUDIT_OPTIONS = {
  bins: { type: 'number', describe: 'of the histogram of margins', default: 10, requiresArg: true },
  'near-duplicate': {
    type: 'number',
    describe: 'cosine to its positive from which a kept negative counts as a near-duplicate of it',
    default: 0.95,
    requiresArg: true,
  },
  sample: {
    type: 'number',
    describe: 'kept negatives to draw at random into --out, to be judged by whoever can tell',
    requiresArg: true,
  },
  strata: {
    type: 'number',
    describe: 'parts of the kept, about equal and cut by margin, of which as many are drawn each; 1 for none',
    default: 5,
    requiresArg: true,
  },
  out: { type: 'string', describe: 'file for the sample', requiresArg: true },
  data: { type: 'string', describe: 'data folder whose texts stand in the sample', requiresArg: true },
  judged: {
    type: 'string',
    describe: 'the sample with true or false at each false_negative: gives their rate, with an interval',
    requiresArg: true,
  },
  seed: { type: 'number', describe: 'of the sample', default: 0, requiresArg: true },
  json: { type: 'boolean', describe: 'print one JSON object on one line', default: false },
} as const;

type AuditOptions = InferredOptionTypes<typeof AUDIT_OPTIONS>;

/** Says how mined negatives stand to their positives, and how many of them are none, by judgment of a sample. */
export async function audit(explained: string, options: AuditOptions, signal: AbortSignal): Promise<void> {
  await checkOptions(options);
  const { judged, json } = options;
  const { facts, lines } =
    judged === undefined ? await standing(explained, options, signal) : await judgment(explained, judged);
  console.log(json ? JSON.stringify(facts) : lines.join('\n'));
}

/** What there is to print, for scripts and for people. */
interface Report {
  readonly facts: object;
  readonly lines: readonly string[];
}

async function standing(explained: string, options: AuditOptions, signal: AbortSignal): Promise<Report> {
  const { bins, sample, strata, seed, out, data } = options;
  const threshold = options['near-duplicate'];
  const shown = progress(`reading ${explained}`);
  const { fine, ...figures } = await keptFigures(explained, { bins, nearDuplicate: threshold });
  shown.done();
  const { pairs, kept, candidates, above, outranked, nearDuplicates, margins } = figures;
  const lines = [
    `${kept} negatives kept for ${pairs} pairs`,
    `candidates above their positive: ${above} of ${candidates} listed (${percent(above, candidates)}), for ${outranked} of the pairs (${percent(outranked, pairs)})`,
    `near-duplicates of the positive among the kept, cosine ${threshold} or more: ${nearDuplicates} (${percent(nearDuplicates, kept)})`,
    table(
      ['score below the positive by', 'kept', ''],
      margins.map(({ from, to, count }) => [
        `${from.toFixed(4)} … ${to.toFixed(4)}`,
        String(count),
        percent(count, kept),
      ]),
    ),
  ];
  if (sample === undefined || out === undefined) return { facts: { ...figures, threshold }, lines };
  const design = { size: sample, edges: strataEdges(fine, strata), seed };
  const drawn = await drawSample(explained, design);
  const texts = data === undefined ? undefined : await textsOf(data, drawn.rows);
  const rows = [headerOf(design, drawn), ...drawn.rows.map((row) => toJudge(row, texts))];
  await wholeFile(out, (write) => write(rows.map((row) => `${JSON.stringify(row)}\n`).join('')), { signal });
  const drawnOf = `${drawn.rows.length} drawn from strata of ${drawn.populations.join(', ')}`;
  return {
    facts: { ...figures, threshold, drawn: drawn.rows.length, populations: drawn.populations, out },
    lines: [...lines, `${drawnOf} to be judged in ${out}: true at false_negative where one is right`],
  };
}

async function judgment(explained: string, path: string): Promise<Report> {
  const result = await judgedRate(explained, path);
  const { rate, interval, judged, falseNegatives, unjudged, outside, strata } = result;
  const [low, high] = interval;
  return {
    facts: result,
    lines: [
      `false negatives among the kept: ${percent(rate, 1)} [${percent(low, 1)}, ${percent(high, 1)}], 95 % interval, weighted by stratum`,
      `${falseNegatives} of ${judged} judged rows of the sample; ${unjudged} of it are not judged; ${outside} judged rows are not of it and left out`,
      table(
        ['stratum, nearest first', 'kept', 'judged', 'false'],
        strata.map(({ population, judged: seen, positive }, h) => [
          String(h),
          String(population),
          String(seen),
          String(positive),
        ]),
      ),
    ],
  };
}

/** A row of the sample; its last field is the judge's. */
function toJudge(row: DrawnRow, texts?: Texts): object {
  const { query, positive, candidate, stratum, score, positiveScore } = row;
  return {
    query,
    positive,
    candidate,
    ...(texts && {
      query_text: texts.query.get(query),
      positive_text: texts.document.get(positive),
      candidate_text: texts.document.get(candidate),
    }),
    stratum,
    score,
    positive_score: shortest(positiveScore),
    false_negative: null,
  };
}

interface Texts {
  readonly query: ReadonlyMap<string, string>;
  readonly document: ReadonlyMap<string, string>;
}

async function textsOf(data: string, rows: readonly DrawnRow[]): Promise<Texts> {
  return {
    query: await namedTexts(
      join(data, 'queries.jsonl'),
      rows.map(({ query }) => query),
    ),
    document: await namedTexts(
      join(data, 'corpus.jsonl'),
      rows.flatMap(({ positive, candidate }) => [positive, candidate]),
    ),
  };
}

async function namedTexts(jsonl: string, wanted: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const { path, names } = await readRecords(jsonl);
  const distinct = [...new Set(wanted)];
  const found = distinct.map(
    (name) => names.rowOf[names.idOf.get(name) ?? refuse(path, 'must have every name', `none '${name}'`)],
  );
  const texts = await openTexts(path);
  try {
    const read = await texts.of(found);
    return new Map(distinct.map((name, i) => [name, read[i]]));
  } finally {
    await texts.close();
  }
}

function percent(count: number, of: number): string {
  return of === 0 ? '-' : `${((100 * count) / of).toFixed(2)} %`;
}

async function checkOptions(options: AuditOptions): Promise<void> {
  const { sample, strata, out, judged, bins, seed } = options;
  checkSeed('audit', seed);
  checkWhole('audit', '--bins', bins, 1);
  checkWhole('audit', '--strata', strata, 1);
  const threshold = options['near-duplicate'];
  if (!(threshold >= -1 && threshold <= 1))
    refuse('audit', '--near-duplicate must be a number in [-1, 1]', threshold);
  if (sample !== undefined && !(Number.isInteger(sample) && sample >= strata))
    refuse('audit', `--sample must be a whole number of at least ${strata}, one a stratum`, sample);
  if ((sample === undefined) !== (out === undefined))
    refuse('audit', '--sample and --out must come together', 'one of them');
  if (judged !== undefined && sample !== undefined)
    refuse('audit', '--judged must come without --sample', 'both');
  await checkOutFile('audit', '--out', out);
}
