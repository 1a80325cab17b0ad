import { once } from 'node:events';
import { gzipSync } from 'node:zlib';
import type { InferredOptionTypes } from 'yargs';
import { checkNonNegative, checkWhole, refuse } from '../src/core/check.ts';
import { idTable } from '../src/core/ids.ts';
import { Interned } from '../src/core/interned.ts';
import { type Run, readRun } from '../src/formats/trec.ts';
import { runLines } from '../src/formats/trec-run.ts';
import { wholeFile } from '../src/formats/whole-file.ts';
import { fusedScores } from '../src/core/fused-scores.ts';
import { byName, has, ranking } from '../src/metrics/trec/ranked-entries.ts';
import { checkOutFile } from './options.ts';

export const FUSE_OPTIONS = {
  run: {
    type: 'string',
    array: true,
    demandOption: true,
    describe: 'a run: TREC or JSON, plain or gzip; again for each',
    requiresArg: true,
  },
  k: {
    type: 'number',
    describe: 'a document gets 1 / (k + its rank) of each run',
    default: 60,
    requiresArg: true,
  },
  depth: {
    type: 'number',
    describe: 'documents a query keeps',
    defaultDescription: 'all',
    requiresArg: true,
  },
  tag: { type: 'string', describe: 'last field of every line', default: 'rrf', requiresArg: true },
  out: {
    type: 'string',
    describe: 'file to write the run to, packed if its name ends in .gz',
    defaultDescription: 'stdout',
    requiresArg: true,
  },
} as const;

/** Characters that are written at a time, at least. */
const PIECE = 1 << 18;

/** Fuses runs by reciprocal ranks, each ranked as trec_eval ranks it, and writes the TREC run. */
export async function fuse(
  { run: paths, k, depth = Infinity, tag, out }: InferredOptionTypes<typeof FUSE_OPTIONS>,
  signal: AbortSignal,
): Promise<void> {
  if (paths.length < 2) refuse('fuse', '--run must be given twice or more', 'once');
  for (const [name, value] of Object.entries({ k, depth, tag, out })) {
    if (Array.isArray(value)) refuse('fuse', `--${name} must be given once`, `${value.length} times`);
  }
  checkNonNegative('fuse', '--k', k);
  if (depth !== Infinity) checkWhole('fuse', '--depth', depth, 1);
  await checkOutFile('fuse', '--out', out);

  const names = new Interned();
  const runs: Run[] = [];
  for (const path of paths) {
    signal.throwIfAborted();
    runs.push(await readRun(path, names));
  }
  const queries = byName(names, (q) => runs.some((run) => has(run, q)));
  const write = async (print: (text: string) => Promise<void>): Promise<void> => {
    let lines = '';
    for (const q of queries) {
      signal.throwIfAborted();
      lines += fusedLines(names.name(q), q, runs, { k, depth, tag });
      if (lines.length < PIECE) continue;
      await print(lines);
      lines = '';
    }
    if (lines !== '') await print(lines);
  };
  if (out === undefined) await write(toStdout);
  else {
    // gzip files one after the other are one gzip file
    const packed = (text: string): Uint8Array | string => (out.endsWith('.gz') ? gzipSync(text) : text);
    await wholeFile(out, (print) => write((text) => print(packed(text))), { signal });
  }
}

function fusedLines(
  query: string,
  q: number,
  runs: readonly Run[],
  { k, depth, tag }: { readonly k: number; readonly depth: number; readonly tag: string },
): string {
  const rankings = runs.map((run) => Array.from(ranking(run, q), (e) => run.documents.text(e)));
  const fused = fusedScores(rankings, { k });
  const table = idTable([...fused.keys()]);
  const scores = table.names.map((document) => fused.get(document) ?? 0);
  const best = Array.from(scores, (_, id) => id)
    .sort((a, b) => scores[b] - scores[a] || a - b)
    .slice(0, depth);
  return runLines(table, tag)(query, { ids: best, scores: best.map((id) => scores[id]) }).toString();
}

async function toStdout(text: string): Promise<void> {
  if (!process.stdout.write(text)) await once(process.stdout, 'drain');
}
