import { spawn } from 'node:child_process';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { random } from '../../../src/core/random.ts';
import { cli } from '../command.ts';
import { noisy, tinyFolder } from '../tiny-folder.ts';

const SLOW = process.env['NEARMISS_SLOW'] === '1';

const JOBS = {
  'vectors, a graph': 'model: mlp\nside: towers\nindex: hnsw\naverage: 0.9\n',
  'texts, every row':
    'encoder: texts\nbuckets: 512\nindex: exact\ndim: 16\nschedule: plateau\nlearn-temperature: true\n',
} as const;
const COMMON = 'epochs: 6\nbatch: 16\nevaluate-every: 7\nmine-from: 5\nnegatives: 2\nbudget: 16\nkeep: 2\n';

/** Runs a job to its end, or kills it after so many ms. */
function train(
  words: readonly string[],
  killAfter?: number,
): Promise<{ code: number | null; stderr: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [cli, 'train', ...words], { stdio: ['ignore', 'ignore', 'pipe'] });
    let stderr = '';
    child.stderr.on('data', (text) => (stderr += text));
    if (killAfter !== undefined) setTimeout(() => child.kill('SIGKILL'), killAfter);
    child.on('close', (code) => resolve({ code, stderr }));
  });
}

async function bytesIn(folder: string): Promise<Record<string, string>> {
  const names = (await readdir(folder)).sort();
  return Object.fromEntries(
    await Promise.all(
      names.map(async (name) => [name, (await readFile(join(folder, name))).toString('base64')]),
    ),
  );
}

describe.each(Object.entries(JOBS))('a job of %s', { timeout: 600_000 }, (_, text) => {
  let folder: string;
  let took: number;
  let unbroken: Record<string, string>;
  const words = (name: string, ...more: string[]) => [
    '--config',
    join(folder, 'job.yaml'),
    '--data',
    folder,
    '--checkpoints',
    join(folder, `${name}.checks`),
    '--out',
    join(folder, name),
    ...more,
  ];

  beforeAll(async () => {
    const { corpus, queries, qrels } = noisy(600, 8);
    const spelled = ({ id }: { readonly id: string }): string =>
      `w${Number(id.slice(1)) % 40} v${Number(id.slice(1)) % 37}`;
    folder = await tinyFolder({
      corpus: corpus.map((item) => ({ ...item, text: spelled(item) })),
      queries: queries.map((item) => ({ ...item, text: `${spelled(item)} said` })),
      qrels: { ...qrels, dev: qrels.test.slice(0, 50) },
    });
    await writeFile(join(folder, 'job.yaml'), `${COMMON}${text}`);
    const begun = performance.now();
    await train(words('unbroken'));
    took = performance.now() - begun;
    unbroken = await bytesIn(join(folder, 'unbroken'));
  });

  const { uniform } = random(SLOW ? Date.now() : 1);
  it.each(SLOW ? Array.from({ length: 10 }, uniform) : [0.7])(
    'goes on when it was killed at %d of the way, to the same bytes',
    async (share) => {
      const name = `killed at ${share}`;
      const { code } = await train(words(name), share * took);
      if (code === null) expect(await train(words(name, '--resume'))).toMatchObject({ code: 0 });
      expect(Object.keys(unbroken)).toContain('model.safetensors');
      expect(await bytesIn(join(folder, name))).toEqual(unbroken);
      const kept = (await readdir(join(folder, `${name}.checks`))).filter(
        (file) => !/\.(state|index)$/.test(file),
      );
      expect(kept).toEqual([]);
      await rm(join(folder, name), { recursive: true });
    },
  );
});
