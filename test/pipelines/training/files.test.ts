import { execFile } from 'node:child_process';
import { mkdir, open, readdir, readFile, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { fromRows } from '../../../src/core/matrix.ts';
import { random } from '../../../src/core/random.ts';
import { readNpyMatrix, writeNpy } from '../../../src/formats/npy.ts';
import { readState } from '../../../src/formats/state-file.ts';
import { loadTexts } from '../../../src/models/model-file.ts';
import { scratch } from '../../formats/fixture.ts';
import { tinyTextModel } from '../../models/tiny-text-model.ts';
import { nearmiss, start } from '../command.ts';

const files = scratch();
const run = promisify(execFile);
const SLOW = process.env['NEARMISS_SLOW'] === '1';

/** Pairs about one of some things: what is said of it, and its name, with noise in both. */
function pairs(count: number, seed: number): { anchor: string; positive: string }[] {
  const { below } = random(seed);
  return Array.from({ length: count }, () => {
    const thing = below(60);
    return { anchor: `it says q${thing} and x${below(500)}`, positive: `d${thing} y${below(500)}` };
  });
}

const jsonl = (records: readonly object[]): string =>
  records.map((each) => `${JSON.stringify(each)}\n`).join('');

/** An encoder that is small. */
const tiny = (buckets: string, path: string): readonly string[] => [
  '--encoder',
  'texts',
  '--dim',
  '8',
  '--buckets',
  buckets,
  '--pairs',
  path,
];

describe('nearmiss train --pairs', { timeout: 600_000 }, () => {
  const small = ['--batch', '32', '--rate', '0.02', '--budget', '16', '--log-every', '5'] as const;
  beforeAll(async () => {
    await files.write('train.jsonl', jsonl(pairs(600, 1)));
    await files.write('dev.jsonl', jsonl(pairs(80, 2)));
    await files.write('test.jsonl', jsonl(pairs(80, 3)));
  });
  const texts = () => [
    '--encoder',
    'texts',
    '--dim',
    '16',
    '--buckets',
    '256',
    '--pairs',
    files.path('train.jsonl'),
  ];

  it('learns an encoder of texts that finds what was never seen, and saves it', async () => {
    const out = files.path('encoder');
    const held = ['--dev-pairs', files.path('dev.jsonl'), '--test-pairs', files.path('test.jsonl')];
    const { code, stdout, stderr } = await nearmiss(
      'train',
      ...texts(),
      ...small,
      ...held,
      '--out',
      out,
      '--json',
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.any(String) });
    const { before, after, interval, best } = JSON.parse(stdout);
    expect(after['ndcg@10']).toBeGreaterThan(before['ndcg@10']);
    expect(interval['ndcg@10'][0]).toBeGreaterThan(0.05);
    expect(best.value).toBeGreaterThan(0.2);
    const embed = await loadTexts(`${out}/model.safetensors`, { side: 'document' });
    const embedded = await readNpyMatrix(`${out}/corpus.npy`);
    const [{ positive }] = pairs(80, 3);
    expect(embed([positive]).data).toEqual(embedded.data.subarray(0, 16));
    expect(await readFile(`${out}/README.md`, 'utf8')).toContain('Learned from 600 pairs of ');
  });

  it('learns an adapter of rows, with the negatives that come with them', async () => {
    const { normal } = random(5);
    const rows = (n: number) => Array.from({ length: n }, () => Array.from({ length: 6 }, normal));
    const documents = rows(200);
    const asked = documents.map((values) =>
      values.map((value, k) => (k < 3 ? value + 0.1 * normal() : 3 * normal())),
    );
    const wrong = documents.flatMap((_, i) => [documents[(i + 1) % 200], documents[(i + 2) % 200]]);
    const paths: string[] = [];
    for (const [name, all] of Object.entries({ asked, documents, wrong })) {
      paths.push(files.path(`${name}.npy`));
      const matrix = fromRows(all);
      await writeNpy(files.path(`${name}.npy`), [matrix], matrix);
    }
    const with2 = [
      '--pairs',
      paths.join(','),
      '--test-pairs',
      paths.slice(0, 2).join(','),
      '--model',
      'linear',
    ];
    const { code, stdout } = await nearmiss('train', ...with2, ...small, '--epochs', '10', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout).interval['ndcg@10'][0]).toBeGreaterThan(0.1);
    const { stderr } = await nearmiss(
      'train',
      '--pairs',
      [paths[0], files.path('wrong.npy')].join(','),
      ...small,
    );
    expect(stderr).toMatch(/wrong\.npy: rows must be 200, one for each of .*asked\.npy, got 400\n$/);
  });

  it('learns an adapter of what a model of elsewhere makes of texts', async () => {
    const words = Array.from({ length: 30 }, (_, i) => `t${i}`);
    const { normal } = random(8);
    const table = fromRows(Array.from({ length: 33 }, () => Array.from({ length: 8 }, normal)));
    const model = await tinyTextModel(files.path('model'), words, table);
    const { below } = random(9);
    const about = (_: unknown, i: number) => {
      const thing = i % 10;
      const noise = () => `t${10 + below(20)}`;
      return { anchor: `t${thing} ${noise()} ${noise()}`, positive: `${noise()} t${thing} ${noise()}` };
    };
    const train = await files.write('topics.jsonl', jsonl(Array.from({ length: 300 }, about)));
    const test = await files.write('topics-test.jsonl', jsonl(Array.from({ length: 60 }, about)));
    const { code, stdout } = await nearmiss(
      'train',
      '--text-model',
      model,
      '--pairs',
      train,
      '--test-pairs',
      test,
      ...small,
      '--epochs',
      '6',
      '--json',
    );
    expect(code).toBe(0);
    const { centred, after } = JSON.parse(stdout);
    expect(after['ndcg@10']).toBeGreaterThan(centred['ndcg@10']);
  });

  it('begins with given word vectors', async () => {
    const vectors = Array.from({ length: 60 }, (_, i) => {
      const values = Array.from({ length: 16 }, (_, k) => (k === i % 16 ? 5 : 0) + (k === i >> 4 ? 3 : 0));
      return [`q${i} ${values.join(' ')}`, `d${i} ${values.join(' ')}`];
    });
    const path = await files.write('vectors.txt', `${vectors.flat().join('\n')}\n`);
    const held = ['--test-pairs', files.path('test.jsonl'), '--steps', '1', '--json'];
    const asked = ['--encoder', 'texts', '--buckets', '256', '--pairs', files.path('train.jsonl')];
    const without = await nearmiss('train', ...asked, '--dim', '16', ...small, ...held);
    const given = await nearmiss('train', ...asked, '--word-vectors', path, ...small, ...held);
    expect([without.code, given.code]).toEqual([0, 0]);
    // a thing and its name have one vector
    expect(JSON.parse(given.stdout).before['ndcg@10']).toBeGreaterThan(
      JSON.parse(without.stdout).before['ndcg@10'] + 0.1,
    );
    const refused = await nearmiss(
      'train',
      ...asked,
      '--word-vectors',
      path,
      '--dim',
      '9',
      ...small,
      ...held,
    );
    expect(refused.stderr).toMatch(
      /^(reading.*\n)*train: --dim with --word-vectors .*vectors\.txt must be 16, got 9\n$/,
    );
  });

  it('mixes several files, batch by batch', async () => {
    const second = await files.write('second.jsonl', jsonl(pairs(100, 9)));
    for (const mix of ['proportional', 'round-robin']) {
      const { code, stdout } = await nearmiss(
        'train',
        ...texts(),
        second,
        ...small,
        '--mix',
        mix,
        '--epochs',
        '1',
        '--json',
      );
      expect({ code, ...JSON.parse(stdout) }).toMatchObject({ code: 0, steps: 23 });
    }
  });

  it('finds a bad row, however far down, before it begins', async () => {
    const good = SLOW ? 1_000_000 : 3000;
    const path = files.path('bad.jsonl');
    const lines = jsonl(pairs(1000, 4));
    await writeFile(path, '');
    for (let written = 0; written < good; written += 1000) await writeFile(path, lines, { flag: 'a' });
    await writeFile(path, '{"anchor": "a", "positive": 7}\n', { flag: 'a' });
    const checks = files.path('bad.checks');
    const { code, stdout, stderr } = await nearmiss(
      'train',
      '--encoder',
      'texts',
      '--pairs',
      path,
      '--checkpoints',
      checks,
    );
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr.split('\n').at(-2)).toBe(
      `${path} line ${good + 1}: positive must be a text that is not empty, got 7`,
    );
    await expect(readdir(checks)).rejects.toThrow('ENOENT');
  });

  it('reads a pipe as it comes, says when it stalls, and leaves a checkpoint where a line is bad', async () => {
    await mkdir(files.path('piped'));
    const pipe = files.path('piped/pairs.jsonl');
    await run('mkfifo', [pipe]);
    const checks = files.path('piped.checks');
    const [first, rest] = [jsonl(pairs(2000, 6)), jsonl(pairs(64, 7))];
    const running = nearmiss(
      'train',
      ...tiny('64', pipe),
      '--steps',
      '1000',
      ...small,
      '--window',
      '1',
      '--checkpoints',
      checks,
    );
    const writer = await open(pipe, 'w');
    await writer.appendFile(first);
    await new Promise((resolve) => setTimeout(resolve, SLOW ? 22_000 : 0));
    await writer.appendFile(`${rest}{"anchor": "", "positive": "p"}\n`);
    await writer.close();
    const { code, stdout, stderr } = await running;
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr.includes(`train: ${pipe} has given nothing for 10 s, and is waited for\n`)).toBe(SLOW);
    expect(stderr.split('\n').at(-2)).toBe(
      `${pipe} line 2065: anchor must be a text that is not empty, got ""`,
    );
    const steps = (await readdir(checks)).filter((name) => name.startsWith('step-'));
    // as many as there were whole batches for
    expect(Number(/\d+/.exec(steps.sort().at(-1) ?? '')?.[0])).toBeGreaterThan(50);
  });

  it('ends when it is stopped, with a checkpoint, though a pipe gives nothing', async () => {
    await mkdir(files.path('silent'));
    const pipe = files.path('silent/pairs.jsonl');
    await run('mkfifo', [pipe]);
    const [checks, log] = [files.path('silent.checks'), files.path('silent.log')];
    const job = '--steps 1000 --window 1 --batch 32 --log-every 1'.split(' ');
    const words = ['train', ...tiny('64', pipe), ...job, '--checkpoints', checks, '--log', log];
    const { child, ended } = start(words);
    const writer = await open(pipe, 'w');
    await writer.appendFile(
      jsonl(Array.from({ length: 2064 }, (_, i) => ({ anchor: `a${i}`, positive: `p${i}` }))),
    );
    const taken = async (): Promise<number> =>
      (await readFile(log, 'utf8').catch(() => '')).split('\n').length - 1;
    // what came makes 64 steps and the half of one
    await expect.poll(taken, { timeout: 20_000 }).toBe(64);
    child.kill('SIGINT');
    await ended;
    await writer.close();
    expect(await readdir(checks)).toContain('step-000000064.state');
  });

  it('refuses a pipe without a number of steps', async () => {
    await mkdir(files.path('endless'));
    const pipe = files.path('endless/pairs.jsonl');
    await run('mkfifo', [pipe]);
    expect(await nearmiss('train', '--encoder', 'texts', '--pairs', pipe)).toEqual({
      code: 2,
      stdout: '',
      stderr: `train: --steps must be given where --pairs is a pipe, got ${pipe}\n`,
    });
  });
});

describe('a disk that fills up', { timeout: 60_000 }, () => {
  it('ends a training in one line, with a checkpoint that it goes on from', async ({ skip }) => {
    const disk = files.path('disk');
    await mkdir(disk);
    const mounted = await run('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', disk]).then(
      () => true,
      () => false,
    );
    if (!mounted) skip('a small file system cannot be mounted here');
    try {
      await files.write('train.jsonl', jsonl(pairs(600, 1)));
      const job = 'train --batch 32 --negatives 0 --evaluate-every 10 --epochs 3 --keep 20'.split(' ');
      job.push(...tiny('256', files.path('train.jsonl')));
      const { code, stdout, stderr } = await nearmiss(...job, '--checkpoints', disk);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      const told =
        /train: the checkpoint of step (\d+) must be written \(that of step (\d+) is whole, and --resume goes on from it\), got ENOSPC/;
      const [, failed, whole] = told.exec(stderr.split('\n').at(-2) ?? '') ?? [];
      expect(Number(whole)).toBe(Number(failed) - 10);
      const state = await readState(`${disk}/step-${whole.padStart(9, '0')}.state`);
      expect(Object.keys(state.matrices.learned)).toContain('table');
      expect((await readdir(disk)).filter((name) => name.endsWith('.tmp'))).toEqual([]);

      // with room again it goes on, to what another run comes to
      await run('mount', ['-o', 'remount,size=16m', disk]);
      const resumed = await nearmiss(
        ...job,
        '--checkpoints',
        disk,
        '--resume',
        '--out',
        files.path('resumed'),
      );
      expect(resumed.code).toBe(0);
      await nearmiss(...job, '--out', files.path('unbroken'));
      expect(await readFile(files.path('resumed/model.safetensors'))).toEqual(
        await readFile(files.path('unbroken/model.safetensors')),
      );
    } finally {
      await run('umount', [disk]);
    }
  });
});
