import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { fromRows, rowsBetween } from '../../src/core/matrix.ts';
import { readWordVectors } from '../../src/formats/word-vectors.ts';
import { tableFrom } from '../../src/models/text/vocabulary.ts';
import { scratch } from './fixture.ts';

const files = scratch();
const asked = new Set(['the', 'straße', '.', 'absent', 'an-unusually-long-word']);

describe('readWordVectors', () => {
  const glove = [
    'the 0.5 -1e-2 3',
    'The 9 9 9',
    'straße 1 2 3',
    '. . . 7 7 7',
    '. 4 5 6',
    'the 8 8 8',
    'an-unusually-long-word .5 0 -.25',
    'unread not a number',
  ];
  const expected = new Map([
    ['the', Float32Array.of(0.5, -0.01, 3)],
    ['straße', Float32Array.of(1, 2, 3)],
    ['.', Float32Array.of(4, 5, 6)],
    ['an-unusually-long-word', Float32Array.of(0.5, 0, -0.25)],
  ]);

  it.each<[string, Buffer | string]>([
    ['of GloVe', glove.join('\n')],
    [
      'of word2vec, with a line before them and a space behind each',
      `8 3\n${glove.map((line) => `${line} \n`).join('')}`,
    ],
    ['with tabs and other line ends', glove.map((line) => `${line.replaceAll(' ', '\t')}\r\n`).join('')],
    ['packed', gzipSync(glove.join('\n'))],
  ])('keeps the words that are asked for, of a file %s', async (_, bytes) => {
    const path = await files.write('vectors.txt', bytes);
    expect(await readWordVectors(path, asked)).toEqual({ dim: 3, vectors: expected });
  });

  it('makes the table of a vocabulary', async () => {
    const path = await files.write('table.txt', 'b 1 2\na 3 4\n');
    const words = ['a', 'b'];
    const { dim, vectors } = await readWordVectors(path, new Set(words));
    const table = tableFrom({ words, nGrams: [3, 5], buckets: 1 }, dim, (word) => vectors.get(word));
    expect(rowsBetween(table, 0, 2)).toEqual(fromRows([[3, 4], [1, 2]])); // prettier-ignore
  });

  it.each([
    ['a short line', 'a 1 2\nthe 1\n', /bad\.txt line 2: must be a word and 2 numbers, got 1$/],
    ['a word alone', 'a 1 2\n\nthe\n', /bad\.txt line 3: must be a word and 2 numbers, got 0$/],
    [
      'what is no number',
      'a 1 2\nthe 1 2,5\n',
      /bad\.txt line 2: number 1 must be a finite number, got 2,5$/,
    ],
    ['what is too large for float32', 'the 1e39 2\n', /line 1: number 0 must be a finite number, got 1e39$/],
    [
      'a first line of no vector',
      'once upon a time\n',
      /line 1: number 0 must be a finite number, got upon$/,
    ],
    ['a first line of one word', '{}\n', /line 1: must be a word and its numbers, got 0$/],
    ['other numbers than it says', '1 3\na 1 2 3 4\n', /line 2: must be a word and 3 numbers, got 4$/],
    [
      'fewer words than it says, as where it was cut off',
      '3 2\na 1 2\nthe 1 2\n',
      /bad\.txt: words must be 3, got 2$/,
    ],
    ['nothing', '\n', /bad\.txt: must have a line of a word and its numbers, got none$/],
  ])('refuses a file with %s', async (_, text, message) => {
    const path = await files.write('bad.txt', text);
    await expect(readWordVectors(path, asked)).rejects.toThrow(message);
    await expect(readWordVectors(path, asked)).rejects.toThrow(RangeError);
  });
});
