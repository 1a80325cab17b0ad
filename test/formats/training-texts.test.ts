import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { fromRows } from '../../src/core/matrix.ts';
import { readParquetRecords, readParquetRows } from '../../src/formats/parquet.ts';
import { readLabelledTexts, readTextPairs, readTextTriplets } from '../../src/formats/training-texts.ts';
import { all, fixture, scratch } from './fixture.ts';

const files = scratch();
const jsonl = (name: string, ...records: readonly unknown[]): Promise<string> =>
  files.write(name, `${records.map((record) => JSON.stringify(record)).join('\n')}\n`);

describe('texts to train on', () => {
  it('are pairs by any of the usual names, numbered by line', async () => {
    const path = await jsonl(
      'pairs.jsonl',
      { anchor: 'a', positive: 'p', more: [] },
      { id: 7, query: 'q', answer: 'r' },
    );
    expect(await all(readTextPairs(path))).toEqual([
      { anchor: 'a', positive: 'p', where: `${path} line 1` },
      { id: '7', anchor: 'q', positive: 'r', where: `${path} line 2` },
    ]);
    const packed = await files.write('pairs.jsonl.gz', gzipSync('{"sentence1":"a","sentence2":"b"}\n'));
    expect(await all(readTextPairs(packed))).toMatchObject([{ anchor: 'a', positive: 'b' }]);
  });

  it('are triplets of one negative, of several columns or of a list', async () => {
    const path = await jsonl(
      'triplets.jsonl',
      { anchor: 'a', positive: 'p', negative: 'n' },
      { anchor: 'a', positive: 'p', negative_1: 'n', negative_2: 'm' },
      { anchor: 'a', positive: 'p', negatives: ['x', 'y', 'z'] },
    );
    const read = await all(readTextTriplets(path));
    expect(read.map(({ negatives }) => negatives)).toEqual([['n'], ['n', 'm'], ['x', 'y', 'z']]);
  });

  it('are labelled by strings or whole numbers', async () => {
    const path = await jsonl('labels.jsonl', { text: 'a', label: 5 }, { sentence: 'b', class: '5' });
    expect((await all(readLabelledTexts(path))).map(({ label }) => label)).toEqual(['5', '5']);
  });

  it.each([
    [
      'no JSON',
      ['{"anchor":"a","positive":"p","negative":"n"}', '{"anchor":'],
      /line 2: must be a JSON object, got \{"anchor":$/,
    ],
    [
      'no positive',
      ['{"anchor":"a"}'],
      /line 1: must have positive or answer or passage or sentence2, got anchor$/,
    ],
    [
      'an empty text',
      ['{"anchor":"","positive":"p"}'],
      /line 1: anchor must be a text that is not empty, got ""$/,
    ],
    [
      'a number',
      ['', '{"anchor":"a","positive":3}'],
      /line 2: positive must be a text that is not empty, got 3$/,
    ],
    [
      'no negative',
      ['{"anchor":"a","positive":"p"}'],
      /line 1: must have negative, negative_1 … or negatives, got anchor, positive$/,
    ],
    [
      'negatives of none',
      ['{"anchor":"a","positive":"p","negatives":[]}'],
      /line 1: negatives must be a list .*, got \[\]$/,
    ],
    [
      'a negative of none',
      ['{"anchor":"a","positive":"p","negatives":["x",null]}'],
      /must be a list .*, got \["x",null\]$/,
    ],
  ])('are refused by file and line: %s', async (_, lines, message) => {
    const path = await files.write('bad.jsonl', lines.join('\n'));
    await expect(all(readTextTriplets(path))).rejects.toThrow(message);
  });

  it('come from Parquet, through row groups, by the same names', async () => {
    const path = fixture('texts.parquet');
    const read = await all(readTextTriplets(path));
    expect(read).toHaveLength(7);
    expect(read[4]).toEqual({
      anchor: 'q 4',
      positive: 'p 4',
      negatives: ['n 4', 'm 4'],
      where: `${path} row 4`,
    });
    expect((await all(readLabelledTexts(await jsonl('l.jsonl', { text: 't', label: 1 })))).length).toBe(1);
  });

  it('and so do vectors, in chunks across row groups', async () => {
    const chunks = await all(readParquetRows(fixture('texts.parquet'), 'vector', { chunkRows: 4 }));
    expect(chunks[0]).toEqual(fromRows([[0, 0, 0], [1, 0.5, -1], [2, 1, -2], [3, 1.5, -3]])); // prettier-ignore
    expect(chunks[1].rows).toBe(3);
  });

  it('refuses a Parquet file that is none, or lacks a column', async () => {
    await expect(all(readParquetRecords(await files.write('no.parquet', 'none of it')))).rejects.toThrow(
      /no\.parquet: must be a \.parquet file, got /,
    );
    await expect(all(readParquetRecords(fixture('texts.parquet'), { columns: ['x'] }))).rejects.toThrow(
      /must have the column 'x', got query, /,
    );
    await expect(all(readParquetRows(fixture('texts.parquet'), 'query'))).rejects.toThrow(
      /row 0: query must be a list of numbers/,
    );
  });
});
