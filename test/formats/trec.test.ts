import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Interned } from '../../src/core/interned.ts';
import type { Column, Entries } from '../../src/formats/entries.ts';
import { readQrels, readRun } from '../../src/formats/trec.ts';

let folder = '';
beforeAll(async () => (folder = await mkdtemp(join(tmpdir(), 'nearmiss-trec-'))));
afterAll(() => rm(folder, { recursive: true }));

async function file(content: string | Uint8Array): Promise<string> {
  const path = join(folder, 'file');
  await writeFile(path, content);
  return path;
}

/** [query, document, value] of each entry, by query. */
function listed(
  { offsets, order, documents, values }: Entries<Column>,
  names: Interned,
): [string, string, number][] {
  return [...offsets.subarray(1)].flatMap((end, q) =>
    Array.from(order.subarray(offsets[q], end), (e): [string, string, number] => [
      names.name(q),
      documents.text(e),
      values[e],
    ]),
  );
}

async function qrels(content: string | Uint8Array) {
  const names = new Interned();
  return listed(await readQrels(await file(content), names), names);
}

async function run(content: string | Uint8Array) {
  const names = new Interned();
  const entries = await readRun(await file(content), names);
  return { entries: listed(entries, names), tag: entries.tag };
}

const THREE = [
  ['q1', 'a', 2],
  ['q1', 'é 1', -1],
  ['q2', 'a', 0],
];

describe('readQrels', () => {
  it('reads lines of TREC, in any order and with any blanks', async () => {
    const lines = ['q1 0 a 2', '', 'q2\t0  a 0 ', ' q1 0 é_1 -1\r'];
    const expected = THREE.map(([query, document, grade]) => [
      query,
      String(document).replace(' ', '_'),
      grade,
    ]);
    expect(await qrels(lines.join('\n'))).toEqual(expected);
  });

  it('reads lines of BEIR with a heading or none, whose names may have blanks', async () => {
    const lines = ['q1\ta\t2', 'q1\té 1\t-1', 'q2\ta\t0'];
    expect(await qrels(['query-id\tcorpus-id\tscore', ...lines, ''].join('\r\n'))).toEqual(THREE);
    expect(await qrels(lines.join('\n'))).toEqual(THREE);
  });

  it('reads JSON, with escapes and blanks anywhere', async () => {
    expect(await qrels('\n{ "q1" : {"a":2, "\\u00e9 1": -1},\n"q2":{"a":0.0},"none":{} }\n')).toEqual(THREE);
  });

  it('reads gzip by its first bytes, whatever the name', async () => {
    expect(await qrels(gzipSync('q1\ta\t2\nq1\té 1\t-1\nq2\ta\t0'))).toEqual(THREE);
  });

  it.each([
    ['q1 0 a 1\nq1 0 a', 'line 2: must have 4 fields (query 0 document grade), got 3'],
    ['q1 0 a 1 more', 'line 1: must have 4 fields (query 0 document grade), got 5'],
    ['q1 0 a 1.5', 'line 1: the grade must be a whole number, got "1.5"'],
    ['q1 0 a 9e9', 'line 1: the grade must be a whole number, got "9e9"'],
    ['q1\ta\t1\nq1\tb\tx', 'line 2: the grade must be a whole number, got "x"'],
    ['q1 0 a 1\n\nq2 0 a 1\nq1 0 a 0', 'line 4: query q1 must have each document once, got a again'],
    ['{"q1":{"a":1},\n"q1":{"a":1}}', 'line 2: query q1 must have each document once, got a again'],
    ['{"q1":{"a":1,}}', 'line 1: must be JSON of the form {"query": {"document": number}}, got }'],
    ['{"q1":{"a":"1"}}', 'line 1: must be JSON of the form {"query": {"document": number}}, got "1"'],
    ['{"q1":{"a":1}', 'line 1: must be JSON of the form {"query": {"document": number}}, got its end'],
    ['{"q1":{"a":1}}\n{', 'line 2: must be JSON of the form {"query": {"document": number}}, got {'],
  ])('refuses %j in one line', async (content, sentence) => {
    await expect(qrels(content)).rejects.toThrow(new RangeError(`${join(folder, 'file')} ${sentence}`));
  });

  it('refuses an empty file, and one that is not there', async () => {
    await expect(qrels('')).rejects.toThrow(
      new RangeError(`${join(folder, 'file')}: must have a line, got none`),
    );
    const names = new Interned();
    await expect(readQrels(join(folder, 'nowhere'), names)).rejects.toThrow(
      /nowhere: must be a file that can be read/,
    );
  });
});

describe('readRun', () => {
  it('reads lines of TREC: scores as float32, the last tag, more fields than there need be', async () => {
    const { entries, tag } = await run('q1 Q0 a 1 0.1 first\n\nq2 Q0 a 1 -1e-3 second and more');
    expect(entries).toEqual([
      ['q1', 'a', Math.fround(0.1)],
      ['q2', 'a', Math.fround(-0.001)],
    ]);
    expect(tag).toBe('second');
  });

  it('reads JSON, which calls itself by its path', async () => {
    const { entries, tag } = await run('{"q1":{"a":1e-3,"{\\"b\\"}":2}}');
    expect(entries).toEqual([
      ['q1', 'a', Math.fround(0.001)],
      ['q1', '{"b"}', 2],
    ]);
    expect(tag).toBe(join(folder, 'file'));
  });

  it.each(['text', 'json'])('reads a file of many pieces: %s', async (form) => {
    const documents = Array.from({ length: 40_000 }, (_, i) => `document ${i}`.replace(' ', '-'));
    const content =
      form === 'text'
        ? documents.map((document, i) => `q Q0 ${document} 0 ${i} tag`).join('\n')
        : JSON.stringify({ q: Object.fromEntries(documents.map((document, i) => [document, i])) });
    expect(content.length).toBeGreaterThan(2 * 2 ** 18);
    const { entries } = await run(content);
    expect(entries).toEqual(documents.map((document, i) => ['q', document, i]));
  });

  it.each([
    ['q1 Q0 a 1 0.5', 'line 1: must have 6 fields (query Q0 document rank score tag), got 5'],
    ['q1 Q0 a 1 nan tag', 'line 1: the score must be a finite number, got "nan"'],
    ['q1 Q0 a 1 1e999 tag', 'line 1: the score must be a finite number, got "1e999"'],
    ['q1 Q0 a 1 2 tag\nq1 Q0 a 2 1 tag', 'line 2: query q1 must have each document once, got a again'],
  ])('refuses %j in one line', async (content, sentence) => {
    await expect(run(content)).rejects.toThrow(new RangeError(`${join(folder, 'file')} ${sentence}`));
  });

  it('refuses a line without end', async () => {
    await expect(run('q'.repeat(2_000_000))).rejects.toThrow(
      /line 1: must have at most 1048576 bytes, got more/,
    );
  });
});
