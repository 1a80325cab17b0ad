import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fromRows, type Matrix } from '../../src/core/matrix.ts';
import { readDataFolder, readSplit } from '../../src/formats/data-folder.ts';
import { writeNpy } from '../../src/formats/npy.ts';

let top = '';
beforeAll(async () => {
  top = await mkdtemp(join(tmpdir(), 'nearmiss-data-'));
});
afterAll(() => rm(top, { recursive: true }));

interface Parts {
  readonly corpus?: readonly object[];
  readonly queries?: readonly object[];
  readonly corpusVectors?: Matrix;
  readonly queryVectors?: Matrix;
  readonly qrels?: string;
}

const HEADER = 'query-id\tcorpus-id\tscore\n';
let made = 0;

/** A folder of three documents and two queries, but for the parts that are given. */
async function folderOf({
  corpus = [{ _id: 'd1' }, { _id: 'd3' }, { _id: 'd2' }],
  queries = [{ _id: 'q1' }, { _id: 'q2' }],
  corpusVectors = fromRows([
    [1, 2],
    [0, 0],
    [5, 6],
  ]),
  queryVectors = fromRows([
    [7, 8],
    [9, 10],
  ]),
  qrels = `${HEADER}q2\td1\t2\nq2\td3\t0\nq1\td2\t1\n`,
}: Parts = {}): Promise<string> {
  const path = join(top, `folder-${made++}`);
  await mkdir(join(path, 'qrels'), { recursive: true });
  await writeFile(join(path, 'corpus.jsonl'), jsonl(corpus));
  await writeFile(join(path, 'queries.jsonl.gz'), gzipSync(jsonl(queries)));
  await writeNpy(join(path, 'corpus.npy'), [corpusVectors], corpusVectors);
  await writeNpy(join(path, 'queries.npy'), [queryVectors], queryVectors);
  await writeFile(join(path, 'qrels', 'test.tsv'), qrels);
  return path;
}

function jsonl(records: readonly object[]): string {
  return records.map((record) => `${JSON.stringify(record)}\n`).join('');
}

describe('readDataFolder', () => {
  it('reads records, plain or packed, and their vectors row by row', async () => {
    const folder = await folderOf();
    const { path, corpus, queries } = await readDataFolder(folder);
    expect(path).toBe(folder);
    // ids descend by name: d3, d2, d1
    expect(corpus.names.names).toEqual(['d3', 'd2', 'd1']);
    expect([...corpus.names.ofRow]).toEqual([2, 0, 1]);
    expect(corpus.vectors).toEqual(
      fromRows([
        [1, 2],
        [0, 0],
        [5, 6],
      ]),
    );
    expect(corpus.zeroRows).toBe(1);
    expect(queries.names.names).toEqual(['q2', 'q1']);
    expect(queries.vectors).toEqual(
      fromRows([
        [7, 8],
        [9, 10],
      ]),
    );
    expect(queries.zeroRows).toBe(0);
  });

  it('takes vectors from elsewhere when told', async () => {
    const path = await folderOf();
    const corpusVectors = join(path, 'other.npy');
    const queryVectors = join(path, 'others.npy');
    await writeNpy(corpusVectors, [fromRows([[1], [2], [3]])], { rows: 3, cols: 1 });
    await writeNpy(queryVectors, [fromRows([[4], [5]])], { rows: 2, cols: 1, dtype: 'float16' });
    const { corpus, queries } = await readDataFolder(path, { corpusVectors, queryVectors });
    expect([...corpus.vectors.data, ...queries.vectors.data]).toEqual([1, 2, 3, 4, 5]);
  });

  it('numbers groups in the order they come, a record without one being a group of its own', async () => {
    const corpus = ['b', undefined, 'a', 'b', null, 'a'].map((group, i) => ({
      _id: `d${i}`,
      metadata: { group },
    }));
    const corpusVectors = fromRows(corpus.map((_, i) => [i, 1]));
    const read = await readDataFolder(await folderOf({ corpus, corpusVectors }));
    expect([...read.corpus.groups]).toEqual([0, 1, 2, 0, 3, 2]);
    expect([...read.queries.groups]).toEqual([0, 1]);
  });

  it('does not take a group named like a record for the group of that record', async () => {
    const corpus = [{ _id: 'x' }, { _id: 'y', metadata: { group: 'x' } }, { _id: 'constructor' }];
    const read = await readDataFolder(await folderOf({ corpus }));
    expect([...read.corpus.groups]).toEqual([0, 1, 2]);
    expect(read.corpus.names.idOf.get('constructor')).toBe(2);
  });

  it('numbers classes in the order they come, -1 where there is none', async () => {
    const corpus = [
      { class: 'noun' },
      {},
      { class: 'verb' },
      { class: 'noun' },
      { class: null },
      { class: 7 },
    ].map((metadata, i) => ({ _id: `d${i}`, metadata }));
    const corpusVectors = fromRows(corpus.map((_, i) => [i, 1]));
    const read = await readDataFolder(await folderOf({ corpus, corpusVectors }));
    expect(read.corpus.classes).toEqual(Int32Array.of(0, -1, 1, 0, -1, 2));
    expect(read.corpus.classCount).toBe(3);
    expect([read.queries.classes, read.queries.classCount]).toEqual([undefined, 0]);
  });

  const refusals: readonly [what: string, parts: Parts, sentence: (path: string) => string][] = [
    [
      'a name twice',
      { corpus: [{ _id: 'd1' }, { _id: 'd2' }, { _id: 'd1' }] },
      (path) => `${path}/corpus.jsonl: ids must be distinct, got 'd1' in records 1 and 3`,
    ],
    [
      'fewer vectors than records',
      {
        corpusVectors: fromRows([
          [1, 2],
          [3, 4],
        ]),
      },
      (path) =>
        `${path}/corpus.npy: rows must be 3, one a record of ${path}/corpus.jsonl, got 2, none for 'd2'`,
    ],
    [
      'more vectors than queries',
      {
        queryVectors: fromRows([
          [1, 2],
          [3, 4],
          [5, 6],
        ]),
      },
      (path) => `${path}/queries.npy: rows must be 2, one a record of ${path}/queries.jsonl.gz, got 3`,
    ],
    [
      'queries of another width',
      {
        queryVectors: fromRows([
          [1, 2, 3],
          [4, 5, 6],
        ]),
      },
      (path) => `${path}/queries.npy: cols must be 2, as in ${path}/corpus.npy, got 3`,
    ],
    [
      'a record without a name',
      { queries: [{ _id: 'q1' }, { id: 'q2' }] },
      (path) => `${path}/queries.jsonl.gz line 2: _id must be a string that is not empty, got undefined`,
    ],
  ];
  it.each(refusals)('refuses %s', async (_, parts, sentence) => {
    const path = await folderOf(parts);
    await expect(readDataFolder(path)).rejects.toThrow(new RangeError(sentence(path)));
  });

  it('refuses a vector that is not finite, by its row', async () => {
    const path = await folderOf();
    // a NaN of float16 in the second of three rows of two
    const npy = join(path, 'corpus.npy');
    await writeNpy(
      npy,
      [
        fromRows([
          [1, 2],
          [3, 4],
          [5, 6],
        ]),
      ],
      { rows: 3, cols: 2, dtype: 'float16' },
    );
    const { buffer, length } = await bytesOf(npy);
    new DataView(buffer).setUint16(length - 6, 0x7e00, true);
    await writeFile(npy, new Uint8Array(buffer));
    await expect(readDataFolder(path)).rejects.toThrow(
      new RangeError(`${npy}: data row 1 must be finite, got NaN in column 1`),
    );
  });

  it('refuses a folder that lacks a file', async () => {
    const path = await folderOf();
    await rm(join(path, 'queries.jsonl.gz'));
    await expect(readDataFolder(path)).rejects.toThrow(
      new RangeError(`${path}/queries.jsonl: must be a file (or the same with .gz), got none`),
    );
    await rm(join(path, 'corpus.npy'));
    await expect(readDataFolder(path)).rejects.toThrow(
      `${path}/corpus.npy: must be a file that can be read, got ENOENT`,
    );
  });
});

async function bytesOf(path: string): Promise<{ buffer: ArrayBuffer; length: number }> {
  const bytes = Uint8Array.from(await readFile(path));
  return { buffer: bytes.buffer, length: bytes.length };
}

describe('readSplit', () => {
  it('gives the judged queries in the order of the qrels, with the ids and grades of their documents', async () => {
    const data = await readDataFolder(await folderOf());
    const { name, queries, judgments } = await readSplit(data, 'test');
    expect(name).toBe('test');
    // rows: q2 is row 1, q1 row 0; ids: d1 is 2, d3 is 0, d2 is 1
    expect([...queries]).toEqual([1, 0]);
    expect(judgments).toEqual([
      new Map([
        [2, 2],
        [0, 0],
      ]),
      new Map([[1, 1]]),
    ]);
  });

  it('reads a packed split without a header', async () => {
    const path = await folderOf();
    await writeFile(join(path, 'qrels', 'dev.tsv.gz'), gzipSync('q1\td1\t1\n'));
    const { queries, judgments } = await readSplit(await readDataFolder(path), 'dev');
    expect([...queries]).toEqual([0]);
    expect(judgments).toEqual([new Map([[2, 1]])]);
  });

  it.each([
    [
      'a query that is not there',
      `${HEADER}q9\td1\t1\n`,
      " line 2: query-id must be in queries.jsonl, got 'q9'",
    ],
    [
      'a document that is not there',
      `${HEADER}q1\td1\t1\nq1\td9\t1\n`,
      " line 3: corpus-id must be in corpus.jsonl, got 'd9'",
    ],
    [
      'a name that only objects know',
      `q1\ttoString\t1\n`,
      " line 1: corpus-id must be in corpus.jsonl, got 'toString'",
    ],
    [
      'a pair that comes twice',
      `q1\td1\t1\nq2\td1\t1\nq1\td1\t0\n`,
      " line 3: a pair must be judged once, got 'q1' and 'd1' again",
    ],
    ['a split with a header and nothing else', HEADER, ': must have at least one judgment, got none'],
    ['an empty file', '', ': must have at least one judgment, got none'],
    [
      'a grade that is none',
      `q1\td1\thigh\nq1\td2\thigh\n`,
      ' line 2: score must be a whole number, got "high"',
    ],
  ])('refuses %s', async (_, qrels, sentence) => {
    const path = await folderOf({ qrels });
    const data = await readDataFolder(path);
    await expect(readSplit(data, 'test')).rejects.toThrow(
      new RangeError(`${path}/qrels/test.tsv${sentence}`),
    );
  });

  it('refuses a split that is not there', async () => {
    const data = await readDataFolder(await folderOf());
    await expect(readSplit(data, 'dev')).rejects.toThrow(
      new RangeError(`${data.path}/qrels/dev.tsv: must be a file (or the same with .gz), got none`),
    );
  });
});
