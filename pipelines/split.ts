import { constants } from 'node:fs';
import { copyFile, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { InferredOptionTypes } from 'yargs';
import { refuse } from '../src/core/check.ts';
import { unionFind } from '../src/core/union-find.ts';
import {
  type NamedFolder,
  readListedSplit,
  readNamedFolder,
  type Records,
} from '../src/formats/data-folder.ts';
import { disjointSplit, type JudgedPairs, LARGE } from '../src/formats/disjoint-split.ts';
import { openTexts } from '../src/formats/texts.ts';
import { similarTexts } from '../src/metrics/similar-texts.ts';
import { checkNewFolder, wholeFolder } from './new-folder.ts';
import { checkSeed, DATA_OPTIONS } from './options.ts';
import { progress } from './progress.ts';

export const SPLIT_OPTIONS = {
  data: { ...DATA_OPTIONS.data, describe: 'BEIR folder; the judgments of all its splits are divided anew' },
  out: { type: 'string', describe: 'new folder', demandOption: true, requiresArg: true },
  shares: {
    type: 'string',
    describe: 'of the queries that go to train, dev and test',
    default: '0.8,0.1,0.1',
    requiresArg: true,
  },
  'text-threshold': {
    type: 'number',
    describe:
      'texts as near as this, by the Jaccard similarity of five-character shingles, are taken for the same',
    default: 0.8,
    requiresArg: true,
  },
  seed: DATA_OPTIONS.seed,
  json: DATA_OPTIONS.json,
} as const;

/** Training first; the last loses nothing. */
const NAMES = ['train', 'dev', 'test'] as const;

/** Divides the judgments of a folder into splits that share no query, no answer document and no near-duplicate text of either. */
export async function split(
  options: InferredOptionTypes<typeof SPLIT_OPTIONS>,
  signal: AbortSignal,
): Promise<void> {
  const { data: path, out, seed, 'text-threshold': threshold, json } = options;
  checkSeed('split', seed);
  const shares = sharesOf(options.shares);
  if (!(threshold > 0 && threshold <= 1))
    refuse('split', '--text-threshold must be a number in (0, 1]', threshold);
  await checkNewFolder('split', out);
  const folder = await readNamedFolder(path);
  const { corpus, queries } = folder;
  const pairs = await allJudgments(folder);
  signal.throwIfAborted();
  const shown = progress('looking for near-duplicates');
  const keyed: JudgedPairs = {
    queries: await withDuplicates(queries, pairs.queries, threshold),
    documents: await withDuplicates(corpus, pairs.documents, threshold),
    grades: pairs.grades,
  };
  shown.done();
  const { splits, components, largest } = disjointSplit(keyed, { shares, seed });

  const counts = NAMES.map((name, s) => {
    const rows = splits.reduce((sum, split) => sum + Number(split === s), 0);
    const asked = new Set(pairs.queries.filter((_, e) => splits[e] === s)).size;
    if (shares[s] > 0 && rows === 0)
      refuse('split', `${name} must get a judgment`, `none of ${splits.length}`);
    return { name, queries: asked, judgments: rows };
  });
  signal.throwIfAborted();
  await wholeFolder(out, async (folder) => {
    for (const file of await readdir(path, { withFileTypes: true })) {
      signal.throwIfAborted();
      if (file.isFile())
        await copyFile(join(path, file.name), join(folder, file.name), constants.COPYFILE_FICLONE);
    }
    await mkdir(join(folder, 'qrels'));
    for (const [s, name] of NAMES.entries()) {
      if (shares[s] === 0) continue;
      await writeFile(join(folder, 'qrels', `${name}.tsv`), qrelsOf(pairs, splits, s, corpus, queries));
    }
  });

  const dropped = splits.reduce((sum, split) => sum + Number(split < 0), 0);
  if (json) {
    const found = { components, largest, cut: largest > LARGE, dropped, splits: counts, seed, out };
    console.log(JSON.stringify(found));
    return;
  }
  console.log(
    counts
      .map(({ name, queries: asked, judgments }) => `${name}: ${asked} queries, ${judgments} judgments`)
      .join('\n'),
  );
  const share = `${components} groups of queries share no answer; the largest has ${(100 * largest).toFixed(1)} % of the queries`;
  console.log(
    largest > LARGE
      ? `${share}, over ${100 * LARGE} %, and was cut: ${dropped} judgments that bridged splits were dropped`
      : `${share}; none was cut`,
  );
}

function sharesOf(text: string): readonly number[] {
  const shares = text.split(',').map((share) => (share.trim() === '' ? NaN : Number(share)));
  const sum = shares.reduce((total, share) => total + share, 0);
  if (!(shares.length === NAMES.length && shares.every((share) => share >= 0) && Math.abs(sum - 1) < 1e-9))
    refuse('split', '--shares must be three numbers >= 0 that add up to 1, commas between', text);
  return shares;
}

/** The judgments of all splits, by row; a pair that stands in several counts once, as it stands in the first by name. */
async function allJudgments(folder: NamedFolder): Promise<JudgedPairs> {
  const files = await readdir(join(folder.path, 'qrels')).catch(() => []);
  const names = new Set(files.flatMap((file) => /^(.+)\.tsv(?:\.gz)?$/.exec(file)?.[1] ?? []));
  if (names.size === 0) refuse(join(folder.path, 'qrels'), 'must have a .tsv of judgments', 'none');
  const { rowOf } = folder.corpus.names;
  const seen = new Set<number>();
  const [queries, documents, grades]: [number[], number[], number[]] = [[], [], []];
  for (const name of [...names].sort()) {
    const listed = await readListedSplit(folder, name);
    listed.queries.forEach((query, q) => {
      for (let e = listed.documents.offsets[q]; e < listed.documents.offsets[q + 1]; e++) {
        const document = rowOf[listed.documents.ids[e]];
        const pair = query * rowOf.length + document;
        if (seen.has(pair)) continue;
        seen.add(pair);
        queries.push(query);
        documents.push(document);
        grades.push(listed.grades[e]);
      }
    });
  }
  return {
    queries: Uint32Array.from(queries),
    documents: Uint32Array.from(documents),
    grades: Int32Array.from(grades),
  };
}

/** The same rows, where those of near-duplicate texts or of one group have the same number. */
async function withDuplicates(
  { path, groups }: Records,
  rows: Uint32Array,
  threshold: number,
): Promise<Uint32Array> {
  const distinct = Uint32Array.from(new Set(rows)).sort();
  const same = unionFind(groups.length);
  const firstOf = new Map<number, number>();
  groups.forEach((group, row) => {
    const first = firstOf.get(group);
    if (first === undefined) firstOf.set(group, row);
    else same.unite(first, row);
  });
  const texts = await openTexts(path);
  try {
    const all = await texts.of(distinct);
    similarTexts(all, all, threshold, (i, j) => same.unite(distinct[i], distinct[j]));
  } finally {
    await texts.close();
  }
  return rows.map((row) => same.of(row));
}

function qrelsOf(
  { queries, documents, grades }: JudgedPairs,
  splits: Int8Array,
  split: number,
  corpus: Records,
  asked: Records,
): string {
  const lines = Array.from(splits.keys())
    .filter((e) => splits[e] === split)
    .map((e) => `${nameOf(asked, queries[e])}\t${nameOf(corpus, documents[e])}\t${grades[e]}\n`);
  return `query-id\tcorpus-id\tscore\n${lines.join('')}`;
}

function nameOf({ names }: Records, row: number): string {
  return names.names[names.ofRow[row]];
}
