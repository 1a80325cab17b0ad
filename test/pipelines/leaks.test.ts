import { mkdir, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { nearmiss } from './command.ts';
import { type Tiny, tinyFolder } from './tiny-folder.ts';

/** Training has query b, document y and the twins of c and z in common with the test. */
const leaky: Tiny = {
  corpus: [
    { id: 'x', vector: [1, 0, 0] },
    { id: 'y', vector: [0, 1, 0] },
    { id: 'z', vector: [0, 0, 1] },
    { id: 'like z', vector: [0, 0.1, 1] },
    { id: 'far', vector: [-1, -1, -1] },
  ],
  queries: [
    { id: 'a', vector: [3, 1, 0] },
    { id: 'b', vector: [0, 3, 1] },
    { id: 'c', vector: [1, 0, 3] },
    { id: 'like c', vector: [1, 0, 3.1] },
    { id: 'd', vector: [-1, 0, 0] },
  ],
  qrels: {
    train: [
      ['a', 'x', 1],
      ['a', 'far', 0],
      ['b', 'y', 1],
      ['like c', 'like z', 1],
    ],
    test: [
      ['b', 'y', 1],
      ['c', 'z', 1],
      ['d', 'far', 1],
    ],
  },
};

let folder: string;
beforeAll(async () => {
  folder = await tinyFolder(leaky);
});

describe('nearmiss leaks', () => {
  it('lists what the splits share, and what is near by vector', async () => {
    const { stdout, stderr } = await nearmiss('leaks', '--data', folder, '--json', '--text-threshold', '1');
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual({
      train: 'train',
      test: 'test',
      thresholds: { threshold: 0.95, textThreshold: 1 },
      queries: {
        inTrain: 3,
        inTest: 3,
        shared: ['b'],
        texts: [],
        vectors: [
          { test: 'c', train: 'like c', similarity: expect.closeTo(10.3 / Math.sqrt(10 * 10.61), 5) },
        ],
      },
      // a document that was judged and is no answer is not shown to a model as one
      documents: {
        inTrain: 3,
        inTest: 3,
        shared: ['y'],
        texts: [],
        vectors: [{ test: 'z', train: 'like z', similarity: expect.closeTo(1 / Math.sqrt(1.01), 5) }],
      },
    });
  });

  it('says so in words, with examples', async () => {
    const { stdout } = await nearmiss('leaks', '--data', folder, '--threshold', '0.999', '--show', '1');
    expect(stdout).toMatch(
      /^queries of test \(3\): 1 in train, 0 with a text .* 0\.8, 1 with a vector .* 0\.999\n {4}b\n/,
    );
    expect(stdout).toContain('    c ~ like c 1.000 by vector');
    expect(stdout).toContain('answer documents of test (3): 1 in train');
  });

  it('goes by text, and does without vectors', async () => {
    const bare = await mkdtemp(join(tmpdir(), 'nearmiss-leaks-'));
    await mkdir(join(bare, 'qrels'));
    for (const name of ['corpus.jsonl', 'queries.jsonl'])
      await writeFile(
        join(bare, name),
        '{"_id":"1","text":"One and the same."}\n{"_id":"2","text":"one and the SAME"}\n',
      );
    for (const [name, id] of [
      ['train', 1],
      ['test', 2],
    ])
      await writeFile(join(bare, 'qrels', `${name}.tsv`), `${id}\t${id}\t1\n`);
    const { stdout } = await nearmiss('leaks', '--data', bare);
    expect(stdout).toBe(
      [
        'queries of test (1): 0 in train, 1 with a text as near as Jaccard 0.8',
        '    2 ~ 1 1.000 by text',
        'answer documents of test (1): 0 in train, 1 with a text as near as Jaccard 0.8',
        '    2 ~ 1 1.000 by text',
        `no vectors were looked at: ${bare} has no corpus.npy and queries.npy\n`,
      ].join('\n'),
    );
  });

  it.each([
    [['--threshold', '2'], 'leaks: --threshold must be a number in (0, 1], got 2\n'],
    [['--text-threshold', '0'], 'leaks: --text-threshold must be a number in (0, 1], got 0\n'],
    [['--show', '-1'], 'leaks: --show must be a whole number >= 0, got -1\n'],
  ])('refuses %j', async (words, sentence) => {
    expect(await nearmiss('leaks', '--data', folder, ...words)).toEqual({
      code: 2,
      stdout: '',
      stderr: sentence,
    });
  });
});

describe('nearmiss evaluate', () => {
  it('says before any figure what the test split shares with training', async () => {
    const { stdout } = await nearmiss('evaluate', '--data', folder);
    expect(stdout).toMatch(
      /^queries of test \(3\): 1 in train\nanswer documents of test \(3\): 1 in train\n\n/,
    );
    const near = await nearmiss('evaluate', '--data', folder, '--near-duplicates', '--json');
    const { leaks } = JSON.parse(near.stdout);
    expect(leaks.documents).toMatchObject({ of: 3, shared: 1, vectors: 1 });
    expect((await nearmiss('evaluate', '--data', folder, '--split', 'train')).stdout).toMatch(/^ +train/);
  });
});

describe('nearmiss split', () => {
  it('writes a folder of the same rows whose splits share nothing', async () => {
    const names = Array.from({ length: 40 }, (_, i) => i);
    const judged = names.map((i): [string, string, number] => [`q${i}`, `d${Math.floor(i / 2)}`, 1]);
    const vector = [1, 2];
    const data = await tinyFolder({
      corpus: names.map((i) => ({ id: `d${i}`, vector })),
      queries: names.map((i) => ({ id: `q${i}`, vector })),
      qrels: { all: judged, other: judged.slice(0, 3) },
    });
    const out = join(data, 'disjoint');
    const words = ['--data', data, '--out', out, '--shares', '.5,0,.5', '--text-threshold', '1', '--json'];
    const { code, stdout, stderr } = await nearmiss('split', ...words);
    expect([code, stderr]).toEqual([0, '']);
    expect(JSON.parse(stdout)).toMatchObject({
      components: 20,
      largest: 0.05,
      cut: false,
      dropped: 0,
      splits: [{ queries: 20 }, { queries: 0 }, { queries: 20 }],
    });
    expect((await readdir(join(out, 'qrels'))).sort()).toEqual(['test.tsv', 'train.tsv']);
    expect(await readFile(join(out, 'corpus.npy'))).toEqual(await readFile(join(data, 'corpus.npy')));
    const after = JSON.parse(
      (await nearmiss('leaks', '--data', out, '--json', '--text-threshold', '1')).stdout,
    );
    expect([after.queries, after.documents]).toMatchObject([
      { inTrain: 20, inTest: 20, shared: [], texts: [] },
      { inTrain: 10, inTest: 10, shared: [], texts: [] },
    ]);
  });

  it('says that one component is large, and drops what bridges', async () => {
    const names = Array.from({ length: 30 }, (_, i) => i);
    const items = (prefix: string) => names.map((i) => ({ id: `${prefix}${i}`, vector: [1] }));
    // a chain: query i answers to i and i + 1
    const all = names.slice(1).flatMap((i): [string, string, number][] => [
      [`q${i}`, `d${i - 1}`, 1],
      [`q${i}`, `d${i}`, 1],
    ]);
    const data = await tinyFolder({ corpus: items('d'), queries: items('q'), qrels: { all } });
    const out = join(data, 'cut');
    const words = ['--data', data, '--out', out, '--shares', '.6,.2,.2', '--text-threshold', '1'];
    const { stdout } = await nearmiss('split', ...words);
    expect(stdout).toMatch(
      / 100\.0 % .* over 20 %, and was cut: \d+ judgments that bridged splits were dropped\n$/,
    );
    for (const [train, test] of [
      ['train', 'test'],
      ['train', 'dev'],
      ['dev', 'test'],
    ]) {
      const both = ['--train', train, '--test', test, '--text-threshold', '1', '--json'];
      const { queries, documents } = JSON.parse((await nearmiss('leaks', '--data', out, ...both)).stdout);
      expect([queries.shared, queries.texts, documents.shared, documents.texts]).toEqual([[], [], [], []]);
    }
  });

  it.each([
    [
      ['--shares', '.5,.5'],
      /^split: --shares must be three numbers >= 0 that add up to 1, commas between, got \.5,\.5\n$/,
    ],
    [['--text-threshold', '3'], /^split: --text-threshold must be a number in \(0, 1\], got 3\n$/],
    [['--seed', '.5'], /^split: --seed must be/],
  ])('refuses %j and writes nothing', async (words, sentence) => {
    const out = join(folder, 'refused');
    const { code, stderr } = await nearmiss('split', '--data', folder, '--out', out, ...words);
    expect(code).toBe(2);
    expect(stderr).toMatch(sentence);
    expect(await readdir(folder)).not.toContain('refused');
  });
});
