import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { isTextFile, readTexts } from '../../src/formats/text-chunks.ts';
import { all, fixture, scratch } from './fixture.ts';

const files = scratch();

describe('readTexts', () => {
  const lines = [
    '{"_id": "a", "title": "A title", "text": "zweite, größere \u2028 Zeile", "metadata": {}}',
    '',
    '{"_id": "b", "title": null, "text": "of a query"}',
    '{"_id": "c", "title": "only a title"}',
    '{"_id": "d", "title": "", "text": ""}',
    '{"text": "last"}',
  ];
  const texts = ['A title zweite, größere \u2028 Zeile', 'of a query', 'only a title', '', 'last'];

  it.each<[string, Buffer | string]>([
    ['corpus.jsonl', lines.join('\n')],
    ['corpus.jsonl.gz', gzipSync(lines.join('\r\n'))],
  ])('are titles and texts, some at a time: %s', async (name, bytes) => {
    const path = await files.write(name, bytes);
    expect(isTextFile(path)).toBe(true);
    expect(await all(readTexts(path, { chunkRows: 2 }))).toEqual([texts.slice(0, 2), texts.slice(2, 4), texts.slice(4)]); // prettier-ignore
    expect(await all(readTexts(path, { chunkRows: 5 }))).toEqual([texts]);
  });

  it('are none in a file of none', async () => {
    expect(await all(readTexts(await files.write('none.jsonl', '\n')))).toEqual([]);
  });

  it.each([
    ['no text', '{"_id": "x"}', /bad\.jsonl line 2: must have a text, got _id$/],
    ['no field', '{}', /line 2: must have a text, got no field$/],
    ['a number', '{"text": 5}', /line 2: text must be a string, got 5$/],
    ['null', '{"title": "t", "text": null}', /line 2: text must be a string, got null$/],
    [
      'a title that is a list',
      '{"title": ["t"], "text": "t"}',
      /line 2: title must be a string, got \["t"\]$/,
    ],
    ['a text without braces', '"text"', /line 2: must be a JSON object, got "text"$/],
  ])('refuses %s for one, naming the line', async (_, line, message) => {
    const path = await files.write('bad.jsonl', `{"text": "sound"}\n${line}\n`);
    await expect(all(readTexts(path, { chunkRows: 1 }))).rejects.toThrow(message);
    await expect(all(readTexts(path, { chunkRows: 1 }))).rejects.toThrow(RangeError);
  });

  it('are those of a Parquet file across its row groups', async () => {
    expect(await all(readTexts(fixture('corpus.parquet'), { chunkRows: 3 }))).toEqual([
      ['zero', 'One ist eins', 'größer'],
      ['Three', 'four'],
    ]);
  });

  it('names the row of a Parquet file', async () => {
    await expect(all(readTexts(fixture('texts.parquet')))).rejects.toThrow(
      /texts\.parquet row 0: must have a text, got query, /,
    );
    expect(isTextFile('texts.parquet')).toBe(true);
    expect(isTextFile('rows.npy')).toBe(false);
  });
});
