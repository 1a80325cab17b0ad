import type { Matrix } from '../../src/core/matrix.ts';
import { relevant } from '../../src/core/judgments.ts';
import {
  type NamedFolder,
  readSplitIfThere,
  type Records,
  type Split,
  type StoredFolder,
} from '../../src/formats/data-folder.ts';
import { gatherRows } from '../../src/formats/open-rows.ts';
import { openTexts } from '../../src/formats/texts.ts';
import { type LeakOptions, leaks, type Leaks } from '../../src/metrics/leaks.ts';

/** Rows of queries or documents, by number in rising order. */
export type VectorsOf = (rows: Uint32Array) => Promise<Matrix>;

/** What a test split has in common with a training split. */
export interface SplitLeaks {
  readonly train: string;
  readonly test: string;
  readonly thresholds: Required<LeakOptions>;
  readonly queries: NamedLeaks;
  /** documents that are relevant to a query */
  readonly documents: NamedLeaks;
}

/** The same as `Leaks`, by name. */
export interface NamedLeaks {
  readonly inTrain: number;
  readonly inTest: number;
  readonly shared: readonly string[];
  readonly texts?: readonly NamedPair[];
  readonly vectors?: readonly NamedPair[];
}

export interface NamedPair {
  readonly test: string;
  readonly train: string;
  readonly similarity: number;
}

/** How near-duplicates are looked for: by text, and by vector where there are some. */
export interface NearOptions extends LeakOptions {
  readonly vectors?: { readonly corpus: VectorsOf; readonly queries: VectorsOf };
}

/** Looks for what two splits of a folder share; without `near` by id alone. */
export async function splitLeaks(
  folder: NamedFolder,
  { train, test }: { readonly train: Split; readonly test: Split },
  near?: NearOptions,
): Promise<SplitLeaks> {
  const { corpus, queries } = folder;
  const { threshold = 0.95, textThreshold = 0.8, vectors } = near ?? {};
  const thresholds = { threshold, textThreshold };
  const rowsOf = (side: Records, of: (split: Split) => Uint32Array, sideVectors?: VectorsOf) =>
    named(side, of(train), of(test), near && { ...thresholds, vectors: sideVectors });
  return {
    train: train.name,
    test: test.name,
    thresholds,
    queries: await rowsOf(queries, (split) => split.queries.toSorted(), vectors?.queries),
    documents: await rowsOf(corpus, (split) => answersOf(corpus, split), vectors?.corpus),
  };
}

/** Where a folder has a training split and another is evaluated, what the two share. */
export async function trainingLeaks(
  folder: StoredFolder,
  test: Split,
  near: boolean,
): Promise<SplitLeaks | undefined> {
  const train = test.name === 'train' ? undefined : await readSplitIfThere(folder, 'train');
  if (train === undefined) return undefined;
  const vectors = {
    corpus: (rows: Uint32Array) => gatherRows(folder.corpusVectors, rows),
    queries: (rows: Uint32Array) => gatherRows(folder.queryVectors, rows),
  };
  return splitLeaks(folder, { train, test }, near ? { vectors } : undefined);
}

function answersOf({ names }: Records, { judgments }: Split): Uint32Array {
  const rows = new Set(judgments.flatMap((judged) => relevant(judged).map((id) => names.rowOf[id])));
  return Uint32Array.from(rows).sort();
}

async function named(
  records: Records,
  train: Uint32Array,
  test: Uint32Array,
  near: (LeakOptions & { readonly vectors?: VectorsOf }) | undefined,
): Promise<NamedLeaks> {
  const { names } = records;
  const nameOf = (row: number): string => names.names[names.ofRow[row]];
  const texts = near && (await openTexts(records.path));
  let found: Leaks;
  try {
    const both = { train, test, texts: texts && ((rows: Uint32Array) => texts.of(rows)) };
    found = await leaks({ ...both, vectors: near?.vectors }, near);
  } finally {
    await texts?.close();
  }
  const pairs = (all: Leaks['texts']): readonly NamedPair[] | undefined =>
    all?.map((pair) => ({ test: nameOf(pair.test), train: nameOf(pair.train), similarity: pair.similarity }));
  return {
    inTrain: train.length,
    inTest: test.length,
    shared: Array.from(found.shared, nameOf),
    texts: pairs(found.texts),
    vectors: pairs(found.vectors),
  };
}

/** How many of each kind there are: two lines, and under them so many examples of each. */
export function leakWords({ train, test, thresholds, queries, documents }: SplitLeaks, examples = 0): string {
  const { threshold, textThreshold } = thresholds;
  const side = (what: string, { inTest, shared, texts, vectors }: NamedLeaks): string[] => {
    const byText = texts && `, ${texts.length} with a text as near as Jaccard ${textThreshold}`;
    const byVector = vectors && `, ${vectors.length} with a vector as near as cosine ${threshold}`;
    return [
      `${what} of ${test} (${inTest}): ${shared.length} in ${train}${byText ?? ''}${byVector ?? ''}`,
      ...listed(shared, examples, String),
      ...listed(texts ?? [], examples, (pair) => `${pairWords(pair)} by text`),
      ...listed(vectors ?? [], examples, (pair) => `${pairWords(pair)} by vector`),
    ];
  };
  return [...side('queries', queries), ...side('answer documents', documents)].join('\n');
}

/** The same counts for `--json`. */
export function leakCounts({ train, thresholds, queries, documents }: SplitLeaks) {
  return { train, thresholds, queries: countsOf(queries), documents: countsOf(documents) };
}

function countsOf({ inTest, shared, texts, vectors }: NamedLeaks) {
  return {
    of: inTest,
    shared: shared.length,
    ...(texts && { texts: texts.length }),
    ...(vectors && { vectors: vectors.length }),
  };
}

function pairWords({ test, train, similarity }: NamedPair): string {
  return `${test} ~ ${train} ${similarity.toFixed(3)}`;
}

function listed<Item>(items: readonly Item[], most: number, words: (item: Item) => string): string[] {
  const more = items.length > most && most > 0 ? [`    and ${items.length - most} more (--json)`] : [];
  return [...items.slice(0, most).map((item) => `    ${words(item)}`), ...more];
}
