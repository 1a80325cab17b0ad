import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fromRows, type Matrix } from '../../src/core/matrix.ts';
import { random } from '../../src/core/random.ts';
import { writeNpy } from '../../src/formats/npy.ts';

export interface Tiny {
  /** a record each: name, vector, and what else the line holds */
  readonly corpus: readonly Item[];
  readonly queries: readonly Item[];
  /** by split: query, document, grade */
  readonly qrels: Readonly<Record<string, readonly Judgment[]>>;
}

export type Judgment = readonly [query: string, document: string, grade: number];

export interface Item {
  readonly id: string;
  readonly vector: readonly number[];
  /** @default `text ID` */
  readonly text?: string;
  readonly metadata?: Readonly<Record<string, string | number>>;
}

/** Writes a data folder into a new temporary folder. */
export async function tinyFolder({ corpus, queries, qrels }: Tiny): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'nearmiss-'));
  await mkdir(join(folder, 'qrels'));
  for (const [name, items] of Object.entries({ corpus, queries })) {
    const lines = items.map(({ id, text = `text ${id}`, metadata }) =>
      JSON.stringify({ _id: id, text, metadata }),
    );
    await writeFile(join(folder, `${name}.jsonl`), `${lines.join('\n')}\n`);
    const rows: Matrix = fromRows(items.map(({ vector }) => vector));
    await writeNpy(join(folder, `${name}.npy`), [rows], rows);
  }
  for (const [split, judgments] of Object.entries(qrels)) {
    const lines = ['query-id\tcorpus-id\tscore', ...judgments.map((judgment) => judgment.join('\t'))];
    await writeFile(join(folder, 'qrels', `${split}.tsv`), `${lines.join('\n')}\n`);
  }
  return folder;
}

/**
 * Documents at random and a query for each that shares the first half of its columns, somewhat blurred, while the second
 * half is loud noise in both: what a projection can learn to leave out. Even ones are for training, odd ones for the test.
 */
export function noisy(count: number, dim: number): Tiny {
  const { normal } = random(count, dim);
  const loud = 3;
  const documents = Array.from({ length: count }, () =>
    Array.from({ length: dim }, (_, k) => (k < dim / 2 ? 1 : loud) * normal()),
  );
  const corpus = documents.map((vector, i) => ({ id: `d${i}`, vector }));
  const queries = documents.map((values, i) => ({
    id: `q${i}`,
    vector: values.map((value, k) => (k < dim / 2 ? value + 0.2 * normal() : loud * normal())),
    metadata: { class: i % 3 },
  }));
  const judged = (remainder: number) =>
    documents.flatMap((_, i): [string, string, number][] =>
      i % 2 === remainder ? [[`q${i}`, `d${i}`, 1]] : [],
    );
  return { corpus, queries, qrels: { train: judged(0), test: judged(1) } };
}
