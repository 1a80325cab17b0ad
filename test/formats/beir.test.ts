import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readBeirQrels, readBeirRecords } from '../../src/formats/beir.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nearmiss-beir-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function fileOf(name: string, content: string | Uint8Array): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const list: Item[] = [];
  for await (const item of items) list.push(item);
  return list;
}

describe('readBeirRecords', () => {
  it('reads name, text and metadata, plain and packed, blank lines aside', async () => {
    const text =
      '{"_id": "d1", "title": "t", "text": "one", "metadata": {"group": "g", "n": [1]}}\n\n  \n{"_id":"d2"}\n';
    const expected = [
      {
        id: 'd1',
        text: 'one',
        metadata: new Map<string, unknown>([
          ['group', 'g'],
          ['n', [1]],
        ]),
      },
      { id: 'd2', text: '', metadata: new Map() },
    ];
    expect(await all(readBeirRecords(await fileOf('corpus.jsonl', text)))).toEqual(expected);
    expect(await all(readBeirRecords(await fileOf('corpus.jsonl.gz', gzipSync(text))))).toEqual(expected);
  });

  it('reads a text that holds U+2028 as it stands', async () => {
    const path = await fileOf(
      'separator.jsonl',
      '{"_id": "a", "text": "one\u2028two\u2029three"}\n{"_id": "b"}\n',
    );
    const records = await all(readBeirRecords(path));
    expect(records.map(({ id, text }) => [id, text])).toEqual([
      ['a', 'one\u2028two\u2029three'],
      ['b', ''],
    ]);
  });

  it('knows no names but those of the record', async () => {
    const path = await fileOf(
      'names.jsonl',
      '{"_id": "constructor", "metadata": {"__proto__": 1}}\n{"_id": "__proto__"}\n',
    );
    const records = await all(readBeirRecords(path));
    expect(records.map(({ id }) => id)).toEqual(['constructor', '__proto__']);
    expect(records[0].metadata.get('__proto__')).toBe(1);
    expect(records[1].metadata.get('constructor')).toBeUndefined();
  });

  it.each([
    ['{"_id": "a"}\n{"_id": "b"\n', 'line 2: must be a JSON object, got {"_id": "b"'],
    [`\n{${'x'.repeat(60)}}`, `line 2: must be a JSON object, got {${'x'.repeat(39)}…`],
    ['{"text": "no name"}', 'line 1: _id must be a string that is not empty, got undefined'],
    ['{"_id": 7}', 'line 1: _id must be a string that is not empty, got 7'],
    ['{"_id": ""}', 'line 1: _id must be a string that is not empty, got ""'],
    ['{"_id": null}', 'line 1: _id must be a string that is not empty, got null'],
    ['[]', 'line 1: must be a JSON object, got []'],
    ['"_id"', 'line 1: must be a JSON object, got "_id"'],
    ['null', 'line 1: must be a JSON object, got null'],
  ])('refuses %j by file and line', async (text, sentence) => {
    const path = await fileOf('wrong.jsonl', text);
    await expect(all(readBeirRecords(path))).rejects.toThrow(new RangeError(`${path} ${sentence}`));
  });

  it('refuses a damaged packed file by its name', async () => {
    const path = await fileOf('damaged.jsonl.gz', gzipSync('{"_id": "a"}\n').subarray(0, 20));
    await expect(all(readBeirRecords(path))).rejects.toThrow(
      new RangeError(`${path}: must be a file that can be read, got unexpected end of file`),
    );
  });
});

describe('readBeirQrels', () => {
  it('reads judgments below a header, and says where each stands', async () => {
    const path = await fileOf('test.tsv', 'query-id\tcorpus-id\tscore\nq1\td1\t2\n\nq2\td 2\t-1\r\n');
    expect(await all(readBeirQrels(path))).toEqual([
      { query: 'q1', document: 'd1', grade: 2, where: `${path} line 2` },
      { query: 'q2', document: 'd 2', grade: -1, where: `${path} line 4` },
    ]);
  });

  it('reads judgments without a header, plain and packed', async () => {
    const text = 'q1\td1\t0\nq1\td2\t1';
    for (const path of [await fileOf('bare.tsv', text), await fileOf('bare.tsv.gz', gzipSync(text))]) {
      expect((await all(readBeirQrels(path))).map(({ document, grade }) => [document, grade])).toEqual([
        ['d1', 0],
        ['d2', 1],
      ]);
    }
  });

  it.each([
    ['query-id\tcorpus-id\tscore\nq1\td1\n', 'line 2: must have 3 fields with tabs between, got 2'],
    ['query-id\tcorpus-id\tscore\nq1 d1 1\n', 'line 2: must have 3 fields with tabs between, got 1'],
    ['query-id\tcorpus-id\tscore\nq1\td1\t0.5\n', 'line 2: score must be a whole number, got "0.5"'],
    ['query-id\tcorpus-id\tscore\nq1\td1\t\n', 'line 2: score must be a whole number, got ""'],
    ['query-id\tcorpus-id\tscore\nq1\td1\tyes\n', 'line 2: score must be a whole number, got "yes"'],
    // a first line that is no header is not passed over
    ['q1\td1\t0.5\nq1\td2\t1\n', 'line 1: score must be a whole number, got "0.5"'],
    ['q1 d1 1\nq1\td2\t1\n', 'line 1: must have 3 fields with tabs between, got 1'],
    ['q1\t0\td1\t1\nq1\t0\td2\t1\n', 'line 1: must have 3 fields with tabs between, got 4'],
  ])('refuses %j by file and line', async (text, sentence) => {
    const path = await fileOf('wrong.tsv', text);
    await expect(all(readBeirQrels(path))).rejects.toThrow(new RangeError(`${path} ${sentence}`));
  });
});
