import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { largeFolder } from '../../bench/evaluate-large.ts';
import { nearmiss } from './command.ts';
import { noisy, tinyFolder } from './tiny-folder.ts';

interface Figures {
  readonly 'ndcg@10': number;
  readonly 'recall@100': number;
  readonly mrr: number;
}

interface Evaluation extends Figures {
  readonly systems: readonly (Figures & {
    readonly name: string;
    readonly bytes_per_vector: number | null;
    readonly corpus_bytes: number | null;
    readonly queries_per_second: number;
  })[];
  readonly index: { readonly 'recall@10': number; readonly intervals: Record<string, readonly number[]> };
}

let folder: string;
beforeAll(async () => {
  folder = await tinyFolder(noisy(200, 8));
});
afterAll(() => rm(folder, { recursive: true }));

async function evaluated(...words: readonly string[]): Promise<Evaluation> {
  const { code, stdout } = await nearmiss('evaluate', '--data', folder, '--json', ...words);
  expect(code).toBe(0);
  return JSON.parse(stdout);
}

const figuresOf = ({ 'ndcg@10': ndcg, 'recall@100': recall, mrr }: Figures) => [ndcg, recall, mrr];

describe('nearmiss evaluate by chunks', () => {
  it('prints the same line for chunks of every size', async () => {
    const made = await mkdtemp(join(tmpdir(), 'nearmiss-large-'));
    await largeFolder(made, { rows: 3000, cols: 16, queries: 40 });
    const lines = await Promise.all(
      ['7', '100', '1000', '3000', '100000'].map(async (chunk) => {
        const { code, stdout } = await nearmiss('evaluate', '--data', made, '--json', '--chunk', chunk);
        expect(code).toBe(0);
        return stdout;
      }),
    );
    expect(new Set(lines).size).toBe(1);
    // most queries are nearest to the document they were blurred from, and not all
    const { mrr } = JSON.parse(lines[0]);
    expect(mrr).toBeGreaterThan(0.05);
    expect(mrr).toBeLessThan(1);
    await rm(made, { recursive: true });
  });
});

describe('nearmiss evaluate --write-run', () => {
  it.each(['cosine', 'dot', 'euclidean'])(
    "writes a run that is graded to the same figures by trec_eval's definitions: %s",
    async (distance) => {
      for (const name of ['run.txt', 'run.txt.gz']) {
        const run = join(folder, name);
        const own = await evaluated('--distance', distance, '--write-run', run);
        const qrels = join(folder, 'qrels', 'test.tsv');
        const measures = ['-m', 'ndcg_cut.10', '-m', 'recall.100', '-m', 'recip_rank', '--digits', '15'];
        const graded = await nearmiss('evaluate', '--qrels', qrels, '--run', run, ...measures);
        const values = new Map(
          graded.stdout
            .trim()
            .split('\n')
            .map((line) => line.split(/\s+/))
            .map(([measure, , value]) => [measure, Number(value)]),
        );
        expect(values.get('ndcg_cut_10')).toBeCloseTo(own['ndcg@10'], 12);
        expect(values.get('recall_100')).toBeCloseTo(own['recall@100'], 12);
        expect(values.get('recip_rank')).toBeCloseTo(own.mrr, 12);
      }
      const packed = gunzipSync(await readFile(join(folder, 'run.txt.gz'))).toString();
      expect(packed).toBe(await readFile(join(folder, 'run.txt'), 'utf8'));
      expect(packed.split('\n').length - 1).toBe(100 * 200);
    },
  );
});

describe('nearmiss evaluate beside the stored vectors', () => {
  it('prints shorter forms with what they take, and the same figures where every candidate is ranked again', async () => {
    const words = ['--dims', '2, 4', '--precision', 'float32,int8,binary'];
    const { systems, ...own } = await evaluated(...words, '--rescore', '200');
    expect(systems.map(({ name, bytes_per_vector: bytes }) => [name, bytes])).toEqual([
      ['float32', 32],
      ['float32, 2 dims, rescored', 8],
      ['float32, 4 dims, rescored', 16],
      ['int8, rescored', 8],
      ['int8, 2 dims, rescored', 2],
      ['int8, 4 dims, rescored', 4],
      ['binary, rescored', 1],
      ['binary, 2 dims, rescored', 1],
      ['binary, 4 dims, rescored', 1],
    ]);
    for (const system of systems) {
      expect(figuresOf(system), system.name).toEqual(figuresOf(own));
      expect(system.corpus_bytes).toBe(200 * (system.bytes_per_vector ?? 0));
      expect(system.queries_per_second).toBeGreaterThan(0);
    }
    const coarse = (await evaluated(...words)).systems;
    expect(coarse.map(({ name }) => name)).toContain('int8');
    // the loud half of the columns is left out
    expect(figuresOf(coarse[2])[0]).toBeGreaterThan(own['ndcg@10']);
    expect(Math.abs(coarse[3].mrr - own.mrr)).toBeLessThan(0.02);
    expect(figuresOf(coarse[6])).not.toEqual(figuresOf(own));
  });

  it('says apart from the figures what a graph does not find', async () => {
    const { systems, index, ...own } = await evaluated('--index', 'hnsw', '--ef', '200');
    // with as many candidates as documents it finds all
    expect(figuresOf(systems[1])).toEqual(figuresOf(own));
    expect(index).toMatchObject({ kind: 'hnsw', ef: 200, 'recall@10': 1, 'recall@100': 1 });
    expect(index.intervals['recall@10']).toEqual([1, 1]);
  });

  it('ranks by words, and by words and vectors together', async () => {
    const { systems } = await evaluated('--words');
    expect(systems.map(({ name, bytes_per_vector: bytes }) => [name, bytes])).toEqual([
      ['float32', 32],
      ['bm25', null],
      ['rrf of float32 and bm25', null],
    ]);
    const { stdout } = await nearmiss('evaluate', '--data', folder, '--words');
    expect(stdout).toMatch(/^bm25 +0\.\d{4} \[.* - +- +\d+$/m);
  });

  it.each([
    [['--chunk', '0'], /^evaluate: --chunk must be a whole number >= 1, got 0\n$/],
    [['--dims', '4,9'], /^evaluate: --dims must be whole numbers in \[1, 8\], commas between, got '9'\n$/],
    [['--dims', ''], /^evaluate: --dims must be whole numbers in \[1, 8\], commas between, got ''\n$/],
    [
      ['--precision', 'int4'],
      /^evaluate: --precision must be of float32, int8, binary, commas between, got 'int4'\n$/,
    ],
    [['--rescore', '10'], /^evaluate: --rescore must stand beside --dims or --precision, got neither\n$/],
    [
      ['--dims', '4', '--rescore', '201'],
      /^evaluate: --rescore must be at most 200, the documents, got 201\n$/,
    ],
    [['--write-run', '/no/such/run'], /^evaluate: --write-run must be in a folder that exists, got /],
    [
      ['--qrels', 'q', '--run', 'r', '--chunk', '5'],
      /^nearmiss: .*qrels and chunk are mutually exclusive\n$/,
    ],
  ])('refuses %j in one sentence', async (words, sentence) => {
    const given = words.includes('--qrels') ? words : ['--data', folder, ...words];
    const { code, stdout, stderr } = await nearmiss('evaluate', ...given);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(sentence);
  });
});
