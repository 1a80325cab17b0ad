import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { fromRows } from '../../src/core/matrix.ts';
import { random } from '../../src/core/random.ts';
import { writeNpy } from '../../src/formats/npy.ts';
import { cli, type Outcome, said, start } from './command.ts';
import { noisy, type Tiny, tinyFolder } from './tiny-folder.ts';

const SLOW = process.env['NEARMISS_SLOW'] === '1';

/** Runs the command, and may end it after so many ms. */
function nearmiss(
  words: readonly string[],
  { killAfter, env = {} }: { killAfter?: number; env?: Readonly<Record<string, string>> } = {},
): Promise<Outcome> {
  const { child, ended } = start(words, env);
  if (killAfter !== undefined) setTimeout(() => child.kill('SIGKILL'), killAfter);
  return ended;
}

const at = (degrees: number): number[] => [
  Math.cos((degrees * Math.PI) / 180),
  Math.sin((degrees * Math.PI) / 180),
];

/** Documents at 0°, 10°, … 80°, whose texts are other words; queries at 0° and 45°. */
const fan: Tiny = {
  corpus: Array.from({ length: 9 }, (_, tens) => ({ id: `d${tens}0`, vector: at(10 * tens) })),
  queries: [
    { id: 'east', vector: at(0) },
    { id: 'middle', vector: at(46) },
  ],
  qrels: {
    train: [
      ['east', 'd20', 1],
      ['east', 'd50', 1],
      ['middle', 'd40', 1],
    ],
    nothing: [['east', 'd20', 0]],
  },
};

const cosine = (degrees: number) => expect.closeTo(Math.cos((degrees * Math.PI) / 180), 6);

async function lines(path: string): Promise<unknown[]> {
  const text = await readFile(path, 'utf8');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

describe('nearmiss mine', { timeout: 60_000 }, () => {
  let folder: string;
  let out: string;
  beforeAll(async () => {
    folder = await tinyFolder(fan);
    out = join(folder, 'rows.jsonl');
  });

  async function mined(...words: readonly string[]): Promise<unknown[]> {
    const { code, stdout, stderr } = await nearmiss([
      'mine',
      '--data',
      folder,
      '--out',
      out,
      '--json',
      ...words,
    ]);
    expect(code, stderr).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ pairs: 3, out });
    expect(await readdir(folder)).not.toContain('rows.jsonl.mining');
    return lines(out);
  }

  it('writes a line a pair: the nearest that are not right and not too near, with scores and ranks', async () => {
    // 0.95 cos 20° is the cosine of 26.8°, 0.95 cos 50° of 52.4°, and 0.95 cos 6° of 19.2°
    expect(await mined('--num-negatives', '2')).toEqual([
      {
        query: 'east',
        positive: 'd20',
        score: cosine(20),
        negatives: [
          { id: 'd30', score: cosine(30), rank: 3 },
          { id: 'd40', score: cosine(40), rank: 4 },
        ],
      },
      {
        query: 'east',
        positive: 'd50',
        score: cosine(50),
        negatives: [
          { id: 'd60', score: cosine(60), rank: 5 },
          { id: 'd70', score: cosine(70), rank: 6 },
        ],
      },
      {
        query: 'middle',
        positive: 'd40',
        score: cosine(6),
        negatives: [
          { id: 'd70', score: cosine(24), rank: 4 },
          { id: 'd20', score: cosine(26), rank: 5 },
        ],
      },
    ]);
  });

  it('finds the same through a graph, by looking deeper', async () => {
    const exactly = await mined('--num-negatives', '3');
    expect(await mined('--num-negatives', '3', '--index', 'hnsw')).toEqual(exactly);
  });

  it('writes the columns of sentence-transformers, by ids or texts, and leaves out what a format has no row for', async () => {
    expect(await mined('--output-format', 'triplet', '--num-negatives', '1', '--output-scores')).toEqual([
      { anchor: 'east', positive: 'd20', negative: 'd30', scores: [cosine(20), cosine(30)] },
      { anchor: 'east', positive: 'd50', negative: 'd60', scores: [cosine(50), cosine(60)] },
      { anchor: 'middle', positive: 'd40', negative: 'd70', scores: [cosine(6), cosine(24)] },
    ]);
    // of 'east' and d50 only 60°, 70° and 80° are far enough
    expect(await mined('--output-format', 'n-tuple', '--num-negatives', '4', '--texts')).toEqual([
      {
        anchor: 'text east',
        positive: 'text d20',
        negative_1: 'text d30',
        negative_2: 'text d40',
        negative_3: 'text d60',
        negative_4: 'text d70',
      },
      {
        anchor: 'text middle',
        positive: 'text d40',
        negative_1: 'text d70',
        negative_2: 'text d20',
        negative_3: 'text d80',
        negative_4: 'text d10',
      },
    ]);
    expect(await mined('--output-format', 'labeled-pair', '--num-negatives', '1')).toEqual([
      { anchor: 'east', passage: 'd20', label: 1 },
      { anchor: 'east', passage: 'd30', label: 0 },
      { anchor: 'east', passage: 'd50', label: 1 },
      { anchor: 'east', passage: 'd60', label: 0 },
      { anchor: 'middle', passage: 'd40', label: 1 },
      { anchor: 'middle', passage: 'd70', label: 0 },
    ]);
    expect(
      await mined('--output-format', 'labeled-list', '--num-negatives', '2', '--max-score', '0.4'),
    ).toEqual([
      { anchor: 'east', passages: ['d20', 'd70', 'd80'], labels: [1, 0, 0] },
      { anchor: 'east', passages: ['d50', 'd70', 'd80'], labels: [1, 0, 0] },
    ]);
  });

  it('mines a query once, by its least positive, where it is to be as sentence-transformers does', async () => {
    // margins of 'east' are from cos 50°; 60°, 70° and 80° are left of both, and with no margin 0°, 10°, 30°
    const like = ['--compat', 'sentence-transformers', '--output-format', 'labeled-pair'];
    expect(await mined(...like, '--relative-margin', '0.05', '--num-negatives', '2')).toEqual([
      { anchor: 'east', passage: 'd20', label: 1 },
      { anchor: 'east', passage: 'd50', label: 1 },
      { anchor: 'east', passage: 'd60', label: 0 },
      { anchor: 'east', passage: 'd70', label: 0 },
      { anchor: 'middle', passage: 'd40', label: 1 },
      { anchor: 'middle', passage: 'd70', label: 0 },
      { anchor: 'middle', passage: 'd20', label: 0 },
    ]);
    expect(
      (await mined('--compat', 'sentence-transformers', '--output-format', 'triplet')).slice(0, 3),
    ).toEqual([
      { anchor: 'east', positive: 'd20', negative: 'd00' },
      { anchor: 'east', positive: 'd20', negative: 'd10' },
      { anchor: 'east', positive: 'd20', negative: 'd30' },
    ]);
  });

  it('explains every candidate, and lists the pairs that are short', async () => {
    const [explain, unmet] = [join(folder, 'why.jsonl'), join(folder, 'short.tsv')];
    await mined(
      '--num-negatives',
      '2',
      '--range-min',
      '1',
      '--max-score',
      '0.3',
      '--explain',
      explain,
      '--unmet',
      unmet,
    );
    const [first, , third] = await lines(explain);
    expect(first).toEqual({
      query: 'east',
      positive: 'd20',
      positive_score: cosine(20),
      passed_over: 0,
      candidates: [
        { id: 'd00', rank: 1, score: 1, verdict: 'range-min' },
        { id: 'd10', rank: 2, score: cosine(10), verdict: 'relative-margin' },
        { id: 'd20', rank: null, score: cosine(20), verdict: 'positive' },
        { id: 'd30', rank: 3, score: cosine(30), verdict: 'max-score' },
        { id: 'd40', rank: 4, score: cosine(40), verdict: 'max-score' },
        { id: 'd50', rank: null, score: cosine(50), verdict: 'known' },
        { id: 'd60', rank: 5, score: cosine(60), verdict: 'max-score' },
        { id: 'd70', rank: 6, score: cosine(70), verdict: 'max-score' },
        { id: 'd80', rank: 7, score: cosine(80), verdict: 'kept', to_positive: cosine(60) },
      ],
    });
    expect(third).toMatchObject({ query: 'middle', positive: 'd40' });
    expect(await readFile(unmet, 'utf8')).toBe('east\td20\t1\neast\td50\t1\nmiddle\td40\t0\n');
  });

  it('finds candidates by words, and asks a guide and a cross-encoder', async () => {
    // every document has the word "text", and the query its own name, which no document has
    const worded = await mined('--candidates', 'words', '--num-negatives', '1', '--relative-margin', 'none');
    expect(worded[0]).toMatchObject({ negatives: [{ rank: 1 }] });
    const guide = join(folder, 'guide.npy');
    const asks = join(folder, 'asks.npy');
    // another model finds d30 as near to 'east' as d20
    await writeNpy(guide, [fromRows(fan.corpus.map(({ vector }, d) => (d === 3 ? at(10) : vector)))], {
      rows: 9,
      cols: 2,
    });
    await writeNpy(asks, [fromRows(fan.queries.map(({ vector }) => vector))], { rows: 2, cols: 2 });
    const guided = await mined(
      '--guide-corpus-vectors',
      guide,
      '--guide-query-vectors',
      asks,
      '--num-negatives',
      '1',
    );
    expect(guided[0]).toMatchObject({ negatives: [{ id: 'd40', rank: 4 }] });
    // the larger the number in the name, the better, but for d20
    const script = join(folder, 'cross-encoder.mjs');
    await writeFile(
      script,
      `import { createInterface } from 'node:readline';
      for await (const line of createInterface(process.stdin)) {
        const { document } = JSON.parse(line);
        console.log(document === 'text d20' ? 0.75 : Number(document.slice(6)) / 100);
      }`,
    );
    const crossed = await mined(
      '--cross-encoder',
      `'${process.execPath}' '${script}'`,
      '--num-negatives',
      '2',
    );
    // 0.95 · 0.75 = 0.7125
    expect(crossed[0]).toMatchObject({
      score: 0.75,
      negatives: [
        { id: 'd70', score: 0.7, rank: 6 },
        { id: 'd60', score: 0.6, rank: 5 },
      ],
    });
  });

  it.each([
    [['--num-negatives', '0'], /^mine: --num-negatives must be a whole number >= 1, got 0$/],
    [['--relative-margin', 'much'], /^mine: --relative-margin must be a finite number or none, got 'much'$/],
    [
      ['--range-min', '5', '--range-max', '5'],
      /^mine: --range-max must be greater than --range-min, 5, got 5$/,
    ],
    [['--budget', '0.5'], /^mine: --budget must be a whole number >= 1, got 0\.5$/],
    [['--temperature', '0'], /^mine: --temperature must be a finite number > 0, got 0$/],
    [['--split', 'nothing'], /^mine: split nothing must have a judgment above 0, got none$/],
    [['--explain', 'why.jsonl'], /^mine: --out must be given beside --explain and --unmet, got none$/],
    [['--out', '/no/such/folder/rows.jsonl'], /^mine: --out must be in a folder that exists, got /],
    [
      ['--guide-corpus-vectors', 'x.npy'],
      /^mine: --guide-corpus-vectors and --guide-query-vectors must come together/,
    ],
    [
      ['--cross-encoder', 'exit 3'],
      /^.*mine: --cross-encoder must print a score for each line it is given, got /,
    ],
    [['--keep', '3'], /^nearmiss: Unknown argument.*keep/],
  ])('refuses %j in one sentence, with exit 2 and nothing written', async (words, sentence) => {
    const before = await readdir(folder);
    const { code, stdout, stderr } = await nearmiss(['mine', '--data', folder, ...words]);
    expect(said(stderr)).toMatch(sentence);
    expect(said(stderr)).not.toContain('\n');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(await readdir(folder)).toEqual(before);
  });
});

/** More queries than are mined at a time, and a few that the margin leaves nothing to. */
const many = (): Tiny => {
  const { corpus, queries } = noisy(SLOW ? 24_000 : 3000, 16);
  const qrels = { train: queries.map(({ id }, i) => [id, `d${i}`, 1] as const) };
  return { corpus, queries, qrels };
};

describe('an interrupted nearmiss mine', { timeout: 300_000 }, () => {
  let data: string;
  let unbroken: string;
  let took: number;
  const files = ['rows.jsonl', 'why.jsonl', 'short.tsv'];
  const settings = ['--num-negatives', '3', '--sampling', 'weighted', '--seed', '5', '--range-max', '40'];
  const command = (to: string, ...words: readonly string[]) => {
    const outs = [
      '--out',
      join(to, files[0]),
      '--explain',
      join(to, files[1]),
      '--unmet',
      join(to, files[2]),
    ];
    return ['mine', '--data', data, ...settings, ...outs, ...words];
  };
  beforeAll(async () => {
    data = await tinyFolder(many());
    unbroken = await mkdtemp(join(tmpdir(), 'nearmiss-'));
    const begun = performance.now();
    await nearmiss(command(unbroken));
    took = performance.now() - begun;
  }, 300_000);

  it('has files to be held to: those it was asked for, and nothing beside them', async () => {
    expect((await readdir(unbroken)).sort()).toEqual([...files].sort());
    expect(await lines(join(unbroken, 'rows.jsonl'))).toHaveLength(SLOW ? 24_000 : 3000);
    expect((await readFile(join(unbroken, 'short.tsv'), 'utf8')).length).toBeGreaterThan(100);
  });

  async function expectSame(to: string): Promise<void> {
    for (const name of files) {
      const [ours, whole] = [await readFile(join(to, name)), await readFile(join(unbroken, name))];
      expect(ours.equals(whole), name).toBe(true);
    }
    expect((await readdir(to)).sort()).toEqual([...files].sort());
  }

  const { uniform } = random(SLOW ? Date.now() : 1);
  const moments = SLOW ? Array.from({ length: 10 }, uniform) : [0.4, 0.9];
  it.each(moments)(
    'goes on when it was killed at %d of the way, to the same bytes',
    async (share) => {
      const to = await mkdtemp(join(tmpdir(), 'nearmiss-'));
      const killed = await nearmiss(command(to), { killAfter: share * took });
      if (killed.code !== 0) {
        // and again, soon after it went on
        await nearmiss(command(to), { killAfter: 0.7 * took });
      }
      const { code, stderr } = await nearmiss(command(to));
      expect(code, stderr).toBe(0);
      await expectSame(to);
      await rm(to, { recursive: true });
    },
    300_000,
  );

  it('says the same on another number of threads', async () => {
    const to = await mkdtemp(join(tmpdir(), 'nearmiss-'));
    expect((await nearmiss(command(to), { env: { NEARMISS_THREADS: '1' } })).code).toBe(0);
    await expectSame(to);
  });

  it('goes on after Ctrl-C, and refuses to go on with other options or another folder', async () => {
    const to = await mkdtemp(join(tmpdir(), 'nearmiss-'));
    const child = spawn(process.execPath, [cli, ...command(to)], { stdio: ['ignore', 'ignore', 'pipe'] });
    let stderr = '';
    child.stderr.on('data', (text) => (stderr += text));
    const closed = new Promise<number | null>((resolve) => child.on('close', resolve));
    const shards = join(to, 'rows.jsonl.mining');
    while (
      !(await readdir(shards).catch((): string[] => [])).includes('000000.json') &&
      child.exitCode === null
    ) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    child.kill('SIGINT');
    expect(await closed).toBe(130);
    expect(await readdir(to)).toEqual(['rows.jsonl.mining']);
    const before = await readdir(shards);

    const other = await nearmiss(command(to, '--min-score', '0.1'));
    expect(other.stderr.trimEnd().split('\n').at(-1)).toBe(
      `mine: the interrupted run in ${shards} must be this one, or be removed, got one of other minScore`,
    );
    expect(other.code).toBe(2);
    expect(await readdir(shards)).toEqual(before);

    const { stderr: word } = await nearmiss(command(to));
    expect(word).toMatch(/^mine: going on after \d of \d+ pieces in /m);
    await expectSame(to);

    await rm(to, { recursive: true });
  });

  it('does not touch a folder that is none of its own', async () => {
    const to = await mkdtemp(join(tmpdir(), 'nearmiss-'));
    await mkdir(join(to, 'rows.jsonl.mining'));
    await writeFile(join(to, 'rows.jsonl.mining', 'thesis.txt'), 'years of work');
    const { code, stderr } = await nearmiss(command(to));
    expect(stderr).toMatch(/mine: .*rows\.jsonl\.mining must be of an interrupted run, got another folder/);
    expect(code).toBe(2);
    expect(await readFile(join(to, 'rows.jsonl.mining', 'thesis.txt'), 'utf8')).toBe('years of work');
  });
});
