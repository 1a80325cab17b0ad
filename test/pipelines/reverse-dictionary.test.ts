import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { row } from '../../src/core/matrix.ts';
import { npyShape } from '../../src/formats/npy.ts';
import { definitions, documentsOf } from '../../pipelines/reverse-dictionary/dictionary.ts';
import { reverseDictionary } from '../../pipelines/reverse-dictionary/reverse-dictionary.ts';
import { writeBeirFolder } from '../../pipelines/reverse-dictionary/beir-folder.ts';
import { readWordVectors, textVectors, wordsOf } from '../../pipelines/reverse-dictionary/vectors.ts';
import { parseSynsets, wordnetLicense, type Synset } from '../../pipelines/reverse-dictionary/wordnet.ts';

let folder = '';
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'reverse-dictionary-'))));
afterAll(() => rm(folder, { recursive: true }));

describe('parseSynsets', () => {
  const parse = (...lines: readonly string[]) => parseSynsets(`${lines.join('\n')}\n`, 'n', 'data.noun');

  it('reads words, lexicographer file and the gloss before its first example', () => {
    const license = ['  1 This software', '  2   ', '  3 Copyright  '];
    const line =
      '02086723 05 n 03 dog 0 Domestic_dog 0 Canis_familiaris 0 001 @ 02085998 n 0000 | a pet; it barks; "the dog | barked"; "x"  ';
    expect(parse(...license, line)).toEqual([
      {
        id: 'qn02086723',
        class: 5,
        lemmas: ['dog', 'domestic dog', 'canis familiaris'],
        definition: 'a pet; it barks',
      },
    ]);
    expect(wordnetLicense([...license, line].join('\n'))).toBe('This software\n\nCopyright');
  });
  it('counts words in hexadecimal', () => {
    const words = Array.from('abcdefghijkl', (word) => `${word} 0`).join(' ');
    expect(parse(`00000001 03 n 0c ${words} 000 | letters`)[0].lemmas.join('')).toBe('abcdefghijkl');
  });
  it('cuts markers of adjectives and merges what differs in case only', () => {
    const [{ lemmas }] = parse('00000001 00 a 04 ill(p) 0 Ill 0 gone_by(ip) 0 (a)x 0 000 | not well');
    expect(lemmas).toEqual(['ill', 'gone by', '(a)x']);
  });
  it.each(['not a synset at all', '00000001 05 n zz dog 0 000 | a pet', '1 05 n 01 dog 0 000 | a pet'])(
    'refuses "%s"',
    (line) => expect(() => parse('  1 license', line)).toThrow('data.noun line 2: must be a synset, got '),
  );
});

/** Synsets from definitions and their lemmas, numbered in order. */
function synsetsOf(...entries: readonly (readonly [string, ...string[]])[]): Synset[] {
  return entries.map(([definition, ...lemmas], i) => ({ id: `qn${i}`, class: 5, lemmas, definition }));
}

const texts = (all: readonly { readonly text: string }[]) => all.map(({ text }) => text);

describe('definitions', () => {
  it('leaves out those of under four words, and those with a lemma of their own as a word', () => {
    const kept = definitions(
      synsetsOf(
        ['only three words', 'lion'],
        ['what a (Bear) is like', 'bear'],
        ['a part of an old oak tree', 'branch', 'oak tree'],
        ['what bears are made of', 'bear'],
        ['acting in self-defense is allowed', 'self-defense'],
      ),
    );
    expect(texts(kept)).toEqual(['what bears are made of', 'acting in self-defense is allowed']);
  });
  it('merges synsets with the same lemmas, in whatever order', () => {
    const all = definitions(
      synsetsOf(
        ['short', 'domestic dog', 'dog'],
        ['a pet that barks loudly', 'dog', 'domestic dog'],
        ['what follows its owner home', 'domestic dog', 'dog'],
        ['a person who is low', 'dog'],
      ),
    );
    expect(documentsOf(all).map(({ id, group, text }) => [id, group, text])).toEqual([
      ['dog+domestic_dog', 'dog', 'dog, domestic dog'],
      ['dog', 'dog', 'dog'],
    ]);
    expect(all[0].document).toBe(all[1].document);
  });
  it('escapes what would make ids ambiguous', () => {
    const id = (...lemmas: string[]) =>
      documentsOf(definitions(synsetsOf(['one two three four', ...lemmas])))[0].id;
    expect(id('c+', 'a b')).toBe('c%2B+a_b');
    expect(id('100%', 'tab\there')).toBe('100%25+tab%09here');
    expect(id('constructor')).toBe('constructor');
  });
});

// sha1 of the lemma, its first 8 digits mod 100: dog 2, falcon 5, fern 6, wild 28, cat 73, hound 78
describe('split', () => {
  const synsets = synsetsOf(
    ['a pet that barks at night', 'dog', 'domestic dog'],
    ['one that is kept for hunting', 'hound', 'dog'],
    ['a pet that barks at night', 'cat'],
    ['a bird that hunts by day', 'falcon'],
    ['a green thing of the woods', 'fern', 'domestic dog'],
    ['a hunter of the far north', 'wild', 'falcon'],
    ['a thing that grows in shade', 'cat', 'fern'],
    ['a bird that hunts by day', 'wild'],
    ['one that purrs and sleeps', 'cat'],
  );
  const { documents, definitions: used, splits } = reverseDictionary(synsets);
  const ids = (pairs: readonly { readonly id: string }[]) => pairs.map(({ id }) => id);

  it('tests on the headwords the hash draws, and drops what leaks from them', () => {
    expect(ids(splits.test)).toEqual(['qn0']);
    // qn4 shares "domestic dog" with test
    expect(ids(splits.dev)).toEqual(['qn3']);
    // qn1 shares a lemma and qn2 the definition with test; qn5 and qn7 with dev; qn6 with what dev lost
    expect(ids(splits.train)).toEqual(['qn8']);
    expect(ids(used)).toEqual(['qn0', 'qn3', 'qn8']);
  });
  it('keeps the documents of what it drops, for they can be found by mistake', () => {
    expect(documents.map(({ id }) => id)).toContain('hound+dog');
    expect(documents).toHaveLength(8);
  });
  it('samples by headword, in the splits of the whole', () => {
    const many = Array.from({ length: 2000 }, (_, i): [string, string] => [
      `a thing of kind ${i}`,
      `word${i >> 1}`,
    ]);
    const whole = reverseDictionary(synsetsOf(...many));
    const sample = reverseDictionary(synsetsOf(...many), 0.25);
    // 1000 headwords, of which a quarter ± 4 standard deviations
    expect(sample.documents.length).toBeGreaterThan(250 - 55);
    expect(sample.documents.length).toBeLessThan(250 + 55);
    expect(sample.definitions).toHaveLength(2 * sample.documents.length);
    for (const name of ['train', 'dev', 'test'] as const) {
      expect(ids(whole.splits[name])).toEqual(expect.arrayContaining(ids(sample.splits[name])));
    }
    expect(reverseDictionary(synsetsOf(...many), 0).documents).toEqual([]);
  });
});

describe('word vectors', () => {
  const values = (value: number) => Array.from({ length: 100 }, (_, k) => (k === 0 ? value : 0));
  const vectors = new Map([
    ['the', { values: values(1), rank: 0 }],
    ['well', { values: values(10), rank: 99 }],
    ['well-known', { values: values(100), rank: 9999 }],
  ]);

  it('weighs words by how rare they are, and sums them', () => {
    // p(the) = 1 / (2.7 · 12.9) = 0.0287109, hence 0.0336581; p(well) = 1 / (101.7 · 12.9), hence 0.567463
    const m = textVectors(['The well. THE unknown', 'unknown', ''], vectors);
    expect(m.data[0]).toBeCloseTo(2 * 0.0336581 + 10 * 0.567463, 4);
    expect(row(m, 1).every((value) => value === 0)).toBe(true);
    expect(row(m, 2).every((value) => value === 0)).toBe(true);
  });
  it('takes a hyphenated word whole where it has a vector, else by its parts', () => {
    // p(well-known) = 1 / (10001.7 · 12.9), hence 0.992309
    const m = textVectors(['well-known', 'well-the'], vectors);
    expect(m.data[0]).toBeCloseTo(99.2309, 3);
    expect(m.data[100]).toBeCloseTo(5.67463 + 0.0336581, 4);
    expect([...wordsOf(['A well-known dog--"it"'])]).toEqual([
      'a',
      'well-known',
      'well',
      'known',
      'dog',
      'it',
    ]);
  });

  /** The shape of the package's file: 100 values, their norm, the word's number. */
  async function wink(words: readonly string[], cols = 100): Promise<string> {
    const path = join(folder, 'wink.json');
    const entries = words.map((word, i) => [
      word,
      [...Array.from({ length: cols }, (_, k) => i - k / 1000), 7, i],
    ]);
    await writeFile(path, JSON.stringify({ precision: 8, words, vectors: Object.fromEntries(entries) }));
    return path;
  }

  it('reads the wanted ones, wherever pieces of the file end', async () => {
    // entries of about 700 bytes: some 3 MB
    const words = ['"', ',', '[1]', 'constructor', ...Array.from({ length: 5000 }, (_, i) => `word${i}`)];
    const path = await wink(words);
    const all = await readWordVectors(path, new Set(words));
    expect([...all.keys()]).toEqual(words);
    expect(
      words.every((word, i) => all.get(word)?.rank === i && all.get(word)?.values[3] === i - 0.003),
    ).toBe(true);
    expect([...(await readWordVectors(path, new Set(['word7', 'absent']))).keys()]).toEqual(['word7']);
  });
  it('refuses vectors of another length, and a file without any', async () => {
    const path = await wink(['dog'], 50);
    await expect(readWordVectors(path, new Set(['dog']))).rejects.toThrow(
      `${path} "dog": must be 102 numbers`,
    );
    await expect(readWordVectors(path, new Set(['cat']))).rejects.toThrow(
      `${path}: must hold word vectors, got none`,
    );
  });
});

interface Row {
  readonly id: string;
  readonly text: string;
}

async function rowsOf(path: string): Promise<Row[]> {
  const lines = gunzipSync(await readFile(path))
    .toString()
    .trimEnd()
    .split('\n');
  return lines.map((line) => {
    const fields = new Map<string, unknown>(Object.entries(JSON.parse(line)));
    return { id: String(fields.get('_id')), text: String(fields.get('text')) };
  });
}

async function pairsOf(path: string): Promise<string[][]> {
  const [header, ...lines] = (await readFile(path, 'utf8')).trimEnd().split('\n');
  expect(header).toBe('query-id\tcorpus-id\tscore');
  return lines.map((line) => line.split('\t'));
}

describe('writeBeirFolder', () => {
  it('writes lines, rows and qrels that fit, the same bytes each time', async () => {
    const dictionary = reverseDictionary(
      synsetsOf(['a pet that barks at night', 'dog', 'domestic dog'], ['one that purrs and sleeps', 'cat']),
    );
    const vectors = textVectors(
      ['dog', 'cat'],
      new Map([['cat', { values: Array<number>(100).fill(2), rank: 1e9 }]]),
    );
    const parts = {
      ...dictionary,
      documentVectors: vectors,
      definitionVectors: vectors,
      licenseNote: 'note',
    };
    for (const name of ['one', 'two']) await writeBeirFolder(join(folder, name), parts, {});
    const names = await readdir(join(folder, 'one'));
    expect(names.sort()).toEqual([
      'LICENSE-NOTE.md',
      'corpus.jsonl.gz',
      'corpus.npy',
      'qrels',
      'queries.jsonl.gz',
      'queries.npy',
    ]);
    expect(gunzipSync(await readFile(join(folder, 'one', 'corpus.jsonl.gz'))).toString()).toBe(
      '{"_id":"dog+domestic_dog","title":"","text":"dog, domestic dog","metadata":{"group":"dog"}}\n' +
        '{"_id":"cat","title":"","text":"cat","metadata":{"group":"cat"}}\n',
    );
    expect(gunzipSync(await readFile(join(folder, 'one', 'queries.jsonl.gz'))).toString()).toBe(
      '{"_id":"qn0","text":"a pet that barks at night","metadata":{"group":"dog","class":5}}\n' +
        '{"_id":"qn1","text":"one that purrs and sleeps","metadata":{"group":"cat","class":5}}\n',
    );
    expect(await readFile(join(folder, 'one', 'qrels', 'test.tsv'), 'utf8')).toBe(
      'query-id\tcorpus-id\tscore\nqn0\tdog+domestic_dog\t1\n',
    );
    for (const name of names.filter((name) => name !== 'qrels')) {
      expect(await readFile(join(folder, 'two', name))).toEqual(await readFile(join(folder, 'one', name)));
    }
  });
});

describe('the committed sample', async () => {
  const sample = fileURLToPath(new URL('../../pipelines/sample', import.meta.url));
  const corpus = await rowsOf(join(sample, 'corpus.jsonl.gz'));
  const queries = await rowsOf(join(sample, 'queries.jsonl.gz'));
  const text = new Map([...corpus, ...queries].map((line) => [line.id, line.text]));
  const [train, dev, test] = await Promise.all(
    ['train', 'dev', 'test'].map((name) => pairsOf(join(sample, 'qrels', `${name}.tsv`))),
  );

  it('has a vector row for each line', async () => {
    expect(await npyShape(join(sample, 'corpus.npy'))).toEqual({
      rows: corpus.length,
      cols: 100,
      dtype: 'float16',
    });
    expect(await npyShape(join(sample, 'queries.npy'))).toEqual({
      rows: queries.length,
      cols: 100,
      dtype: 'float16',
    });
  });
  it('judges each query once, for a document that is there, and at least 1,000 for testing', () => {
    const judged = [...train, ...dev, ...test].map(([query]) => query);
    expect(judged.sort()).toEqual(queries.map(({ id }) => id).sort());
    const documents = new Set(corpus.map(({ id }) => id));
    expect(documents.size).toBe(corpus.length);
    expect(
      [...train, ...dev, ...test].every(([, document, score]) => documents.has(document) && score === '1'),
    ).toBe(true);
    expect(test.length).toBeGreaterThanOrEqual(1000);
  });

  const traits = (pairs: readonly string[][]) =>
    new Set(
      pairs.flatMap(([query, document]) => [
        `definition ${text.get(query)}`,
        ...(text.get(document) ?? '').split(', ').map((lemma) => `lemma ${lemma}`),
      ]),
    );
  const shared = (one: readonly string[][], other: readonly string[][]) => {
    const others = traits(other);
    return [...traits(one)].filter((trait) => others.has(trait));
  };
  it('shares no lemma and no definition between test, dev and train', () => {
    expect(shared(test, train)).toEqual([]);
    expect(shared(test, dev)).toEqual([]);
    expect(shared(dev, train)).toEqual([]);
    expect(shared(test, test).length).toBeGreaterThan(1000);
  });
  it('takes at most 9.8 MB', async () => {
    let bytes = 0;
    for (const name of await readdir(sample, { recursive: true })) {
      const entry = await stat(join(sample, name));
      if (entry.isFile()) bytes += entry.size;
    }
    expect(bytes).toBeLessThanOrEqual(9.8e6);
  });
});
