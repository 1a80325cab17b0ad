import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { centered } from '../../pipelines/features.ts';
import { fromRows } from '../../src/core/matrix.ts';
import { readDataFolder, readSplit } from '../../src/formats/data-folder.ts';
import { readNpyMatrix, writeNpy } from '../../src/formats/npy.ts';
import { cli, nearmiss, said } from './command.ts';
import { type Tiny, tinyFolder, noisy } from './tiny-folder.ts';

/** The object that `--json` prints last. */
async function json(...words: readonly string[]): Promise<Readonly<Record<string, unknown>>> {
  const { code, stdout, stderr } = await nearmiss(...words, '--json');
  expect(code, stderr).toBe(0);
  const value: unknown = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '');
  if (typeof value !== 'object' || value === null) throw new Error(`no object: ${stdout}`);
  return { ...value };
}

function numbersAt(value: unknown, name: string): readonly number[] {
  const found: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
  if (Array.isArray(found)) return found.map(Number);
  throw new Error(`no numbers at ${name}: ${JSON.stringify(value)}`);
}

/** Four documents at 0°, 30°, 60° and 90°, and one without a vector; queries are known by hand. */
const compass: Tiny = {
  corpus: [
    { id: 'east', vector: [2, 0] },
    { id: 'up', vector: [Math.cos(Math.PI / 6), Math.sin(Math.PI / 6)] },
    { id: 'steep', vector: [Math.cos(Math.PI / 3), Math.sin(Math.PI / 3)] },
    { id: 'north', vector: [0, 3] },
    { id: 'nowhere', vector: [0, 0] },
  ],
  queries: [
    // ranks east, up, steep, then north and nowhere tied at 0: nowhere first, its name has the greater bytes
    { id: 'a', vector: [1, 0] },
    // ranks north, steep, up, then nowhere before east
    { id: 'b', vector: [0, 1] },
    { id: 'c', vector: [0, 0] },
    { id: 'd', vector: [1, 1] },
  ],
  qrels: {
    test: [
      ['a', 'up', 2],
      ['a', 'steep', 1],
      ['b', 'nowhere', 1],
      // all scores are 0: the order is up, steep, nowhere, north, east
      ['c', 'steep', 1],
      ['d', 'east', 0],
    ],
    empty: [],
    nothing: [['a', 'up', 0]],
    train: [
      ['a', 'east', 1],
      ['b', 'north', 1],
    ],
  },
};

describe('nearmiss evaluate', () => {
  it('prints the figures that follow by hand, with ties as trec_eval breaks them', async () => {
    const folder = await tinyFolder(compass);
    const result = await json('evaluate', '--data', folder);
    const gain = (2 / Math.log2(3) + 1 / Math.log2(4)) / (2 + 1 / Math.log2(3));
    const ndcg = (gain + 1 / Math.log2(5) + 1 / Math.log2(3) + 0) / 4;
    expect(result['ndcg@10']).toBeCloseTo(ndcg, 6);
    expect(result['recall@100']).toBeCloseTo(3 / 4, 12);
    expect(result.mrr).toBeCloseTo((1 / 2 + 1 / 4 + 1 / 2 + 0) / 4, 12);
    expect(result).toMatchObject({
      queries: 4,
      without_relevant: 1,
      zero_rows: { corpus: 1, queries: 1 },
      depth: 5,
    });
  });

  it('ranks by inner product, where length counts', async () => {
    const folder = await tinyFolder(compass);
    // a ranks east (2), up, steep; d ranks north (3), east (2)
    const result = await json('evaluate', '--data', folder, '--distance', 'dot', '--depth', '2');
    expect(result.mrr).toBeCloseTo((1 / 2 + 0 + 1 / 2 + 0) / 4, 12);
  });

  it('refuses only a depth that was asked for', async () => {
    const folder = await tinyFolder(compass);
    expect(await nearmiss('evaluate', '--data', folder, '--depth', '6')).toEqual({
      code: 2,
      stdout: '',
      stderr: `evaluate: --depth must be at most 5, the documents in ${folder}, got 6\n`,
    });
  });

  it('prints a table where JSON is not asked for', async () => {
    const { stdout } = await nearmiss('evaluate', '--data', await tinyFolder(compass));
    expect(stdout).toMatch(/^ndcg@10 +0\.\d{4} \[0\.\d{4}, 0\.\d{4}\]$/m);
    expect(stdout).toContain('4 queries, 1 of them without a relevant document');
  });
});

describe('nearmiss train', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await tinyFolder(noisy(200, 8));
  });
  const settings = ['--epochs', '12', '--batch', '25', '--rate', '0.05', '--budget', '10'] as const;

  it('learns to leave out what is noise, and writes vectors that evaluate to the same', async () => {
    const out = join(folder, 'trained');
    const result = await json('train', '--data', folder, ...settings, '--out', out);
    expect(Object.keys(result)).toEqual([
      'before',
      'centred',
      'after',
      'interval',
      'queries',
      'steps',
      'seconds',
      'seed',
    ]);
    expect(result).toMatchObject({ queries: 100, steps: 48, seed: 0 });
    const [low] = numbersAt(result.interval, 'ndcg@10');
    expect(low).toBeGreaterThan(0.1);

    const vectors = [
      '--corpus-vectors',
      join(out, 'corpus.npy'),
      '--query-vectors',
      join(out, 'queries.npy'),
    ];
    const evaluated = await json('evaluate', '--data', folder, ...vectors);
    const { 'ndcg@10': ndcg, 'recall@100': recall, mrr } = evaluated;
    expect(result.after).toEqual({ 'ndcg@10': ndcg, 'recall@100': recall, mrr });
  });

  it('leaves documents as they are where queries alone are embedded, by whatever model', async () => {
    const out = join(folder, 'queries');
    const asked = ['--model', 'mlp', '--hidden', '12', '--side', 'query', '--out', out] as const;
    const result = await json('train', '--data', folder, ...settings, ...asked);
    expect(result.after).not.toEqual(result.centred);
    expect((await readdir(out)).sort()).toEqual([
      'README.md',
      'corpus-mean.npy',
      'corpus.npy',
      'inner.npy',
      'innerBias.npy',
      'model-document.onnx',
      'model-query.onnx',
      'model.safetensors',
      'outer.npy',
      'outerBias.npy',
      'queries-mean.npy',
      'queries.npy',
    ]);
    const given = await readDataFolder(folder);
    const training = await readSplit(given, 'train');
    const { vectors } = centered(given, training).folder.corpus;
    expect(await readNpyMatrix(join(out, 'corpus.npy'))).toEqual(vectors);
  });

  it('says the same twice', async () => {
    const { seconds: _, ...first } = await json('train', '--data', folder, ...settings);
    const { seconds: __, ...second } = await json('train', '--data', folder, ...settings);
    expect(second).toEqual(first);
  });
});

describe('a refusal', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await tinyFolder(compass);
  });

  /** A copy of the folder in which one thing has been spoilt. */
  async function spoilt(spoil: (copy: string) => Promise<void>): Promise<string> {
    const copy = await mkdtemp(join(tmpdir(), 'nearmiss-spoilt-'));
    await cp(folder, copy, { recursive: true });
    await spoil(copy);
    return copy;
  }

  it.each([
    [
      ['evaluate', '--split', 'nosuch'],
      /^.*nosuch\.tsv: must be a file \(or the same with \.gz\), got none$/,
    ],
    [['evaluate', '--split', 'empty'], /^.*empty\.tsv: must have at least one judgment, got none$/],
    [['evaluate', '--seed', 'x'], /^evaluate: --seed must be a whole number in \[0, 2147483648\), got NaN$/],
    [['evaluate', '--distance', 'manhattan'], /^nearmiss: Invalid values: .*distance.*manhattan/],
    [['evaluate', '--dpeth', '3'], /^nearmiss: Unknown argument.*dpeth/],
    [['train', '--train-split', 'nothing'], /^train: split nothing must have a judgment above 0, got none$/],
    [['train', '--out', '/'], /^train: --out must be a new folder, or an empty one, got \/$/],
    [['train', '--out', '/no/such/folder'], /^train: --out must be in a folder that exists, got /],
    [['train', '--budget', '0'], /^train: --budget must be a whole number >= 1, got 0$/],
    [
      ['train', '--relative-margin', 'x'],
      /^train: --relative-margin must be a finite number or none, got 'x'$/,
    ],
    [['train', '--temperature', '0'], /^train: --temperature must be a finite number > 0, got 0$/],
    [['train', '--rank', '0'], /^train: --rank must be a whole number >= 1, got 0$/],
    [['train', '--hidden', '1.5'], /^train: --hidden must be a whole number >= 1, got 1.5$/],
    [['train', '--train-split', 'empty'], /^.*empty\.tsv: must have at least one judgment, got none$/],
  ])('of %j is one sentence, exit 2 and nothing on stdout', async (words, sentence) => {
    const [command, ...others] = words;
    const { code, stdout, stderr } = await nearmiss(command, '--data', folder, ...others);
    expect(said(stderr)).toMatch(sentence);
    expect(said(stderr)).not.toContain('\n');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });

  it('of no command or an unknown one exits 2 too', async () => {
    expect(await nearmiss()).toMatchObject({ code: 2, stdout: '' });
    expect(await nearmiss('fly')).toMatchObject({ code: 2, stdout: '' });
  });

  it.each([
    [['score', '--out', 'x'], 'nearmiss: LOSS must be named, got none'],
    [['score', 'infonce', '--out', 'x'], "score: LOSS must be infoNce, got 'infonce'"],
    [
      ['score', 'mse', '--predictions', '--out', 'x'],
      'nearmiss: Not enough arguments following: predictions',
    ],
    [['score', 'mse', '--out', 'x'], 'score mse: --predictions must be given, got none'],
    [['losses', 'tripel'], "losses: LOSS must be a name that `nearmiss losses` lists, got 'tripel'"],
  ])('of %j is one sentence too', async (words, sentence) => {
    expect(await nearmiss(...words)).toEqual({ code: 2, stdout: '', stderr: `${sentence}\n` });
  });

  it.each([
    ['a missing file', (copy: string) => rm(join(copy, 'queries.npy')), /queries\.npy: must be a file/],
    [
      'another dimension',
      (copy: string) => {
        const rows = fromRows(Array.from({ length: 4 }, () => [1, 2, 3]));
        return writeNpy(join(copy, 'queries.npy'), [rows], rows);
      },
      /queries\.npy: cols must be 2, as in .*corpus\.npy, got 3/,
    ],
    [
      'an id without a vector',
      async (copy: string) => {
        const { data } = await readNpyMatrix(join(copy, 'corpus.npy'));
        await writeNpy(join(copy, 'corpus.npy'), [{ rows: 4, cols: 2, data: data.subarray(0, 8) }], {
          rows: 4,
          cols: 2,
        });
      },
      /corpus\.npy: rows must be 5, one a record of .*corpus\.jsonl, got 4, none for 'nowhere'/,
    ],
    [
      'NaN in a vector',
      async (copy: string) => {
        const bytes = await readFile(join(copy, 'corpus.npy'));
        bytes.writeFloatLE(NaN, bytes.length - 4 * 3);
        await writeFile(join(copy, 'corpus.npy'), bytes);
      },
      /corpus\.npy: .*row 3 must be finite, got NaN in column 1/,
    ],
    [
      'a document nobody knows',
      (copy: string) =>
        writeFile(join(copy, 'qrels', 'test.tsv'), 'query-id\tcorpus-id\tscore\na\tmoon\t1\n'),
      /test\.tsv line 2: corpus-id must be in corpus\.jsonl, got 'moon'/,
    ],
  ])('of %s names the file and what was there, and writes nothing', async (_, spoil, sentence) => {
    const copy = await spoilt(spoil);
    const before = await readdir(copy);
    const { code, stdout, stderr } = await nearmiss(
      'mine',
      '--data',
      copy,
      '--split',
      'test',
      '--out',
      join(copy, 'out.jsonl'),
    );
    expect(stderr).toMatch(sentence);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(await readdir(copy)).toEqual(before);
  });
});

describe('a full disk under stdout', () => {
  it.skipIf(!existsSync('/dev/full'))(
    'is told, with exit 2 (skipped where there is no /dev/full)',
    async () => {
      const folder = await tinyFolder(compass);
      const full = openSync('/dev/full', 'w');
      const child = spawn(process.execPath, [cli, 'evaluate', '--data', folder, '--json'], {
        stdio: ['ignore', full, 'pipe'],
      });
      let stderr = '';
      child.stderr?.on('data', (text) => (stderr += text));
      const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
      closeSync(full);
      expect(stderr).toMatch(/^nearmiss: stdout must take what is written, got .*ENOSPC/);
      expect(code).toBe(2);
    },
  );
});

describe('--help', () => {
  it.each(['train', 'mine', 'evaluate'])('of %s shows options, defaults and examples', async (command) => {
    const { code, stdout } = await nearmiss(command, '--help');
    expect(code).toBe(0);
    expect(stdout).toContain('--data');
    expect(stdout).toContain('[default: ');
    expect(stdout).toContain('Examples:');
  });
});
