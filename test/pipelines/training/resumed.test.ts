import { spawn } from 'node:child_process';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { random } from '../../../src/core/random.ts';
import { cli } from '../command.ts';
import { noisy, tinyFolder } from '../tiny-folder.ts';

const SLOW = process.env['NEARMISS_SLOW'] === '1';

/** More leave more moments at which a job can be killed. */
const ITEMS = SLOW ? 600 : 300;

const COMMON = 'batch: 16\nevaluate-every: 7\nbudget: 16\nkeep: 2\n';
const MINED = 'epochs: 6\nmine-from: 5\nnegatives: 2\n';
const TEXTS = 'encoder: texts\nbuckets: 512\ndim: 16\n';
/** `FOLDER` is where the data is. */
const JOBS = {
  'vectors and a graph': `${MINED}data: FOLDER\nmodel: mlp\nside: towers\nindex: hnsw\naverage: 0.9\n`,
  'texts and every row': `${MINED}${TEXTS}data: FOLDER\nindex: exact\nschedule: plateau\nlearn-temperature: true\n`,
  'pairs in a file, and the last that came': `${MINED}${TEXTS}pairs: [FOLDER/pairs.jsonl]\ndev-pairs: FOLDER/dev.jsonl\nmemory: 100\nwindow: 3\n`,
  'labelled rows': `steps: 60\nlabelled: FOLDER/corpus.npy,FOLDER/labels.txt\nloss: proxyAnchor\nwhiten: true\n`,
} as const;

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
    '--checkpoints',
    join(folder, `${name}.checks`),
    '--out',
    join(folder, name),
    ...more,
  ];

  beforeAll(async () => {
    const { corpus, queries, qrels } = noisy(ITEMS, 8);
    const spelled = ({ id }: { readonly id: string }): string =>
      `w${Number(id.slice(1)) % 40} v${Number(id.slice(1)) % 37}`;
    folder = await tinyFolder({
      corpus: corpus.map((item) => ({ ...item, text: spelled(item) })),
      queries: queries.map((item) => ({ ...item, text: `${spelled(item)} said` })),
      qrels: { ...qrels, dev: qrels.test.slice(0, 50) },
    });
    const lines = corpus.map((_, i) => ({
      anchor: `${spelled(queries[i])} said`,
      positive: spelled(corpus[i]),
    }));
    const jsonl = (some: readonly object[]): string =>
      some.map((line) => `${JSON.stringify(line)}\n`).join('');
    await writeFile(join(folder, 'pairs.jsonl'), jsonl(lines.slice(0, -100)));
    await writeFile(join(folder, 'dev.jsonl'), jsonl(lines.slice(-100)));
    await writeFile(join(folder, 'labels.txt'), corpus.map((_, i) => `l${i % 30}\n`).join(''));
    await writeFile(join(folder, 'job.yaml'), `${COMMON}${text.replaceAll('FOLDER', folder)}`);
    const begun = performance.now();
    await train(words('unbroken'));
    took = performance.now() - begun;
    unbroken = await bytesIn(join(folder, 'unbroken'));
  });

  const { uniform } = random(SLOW ? Date.now() : 1);
  it.each(SLOW ? Array.from({ length: 5 }, uniform) : [0.7])(
    'goes on when it was killed at %d of the way, to the same bytes',
    async (share) => {
      const name = `killed at ${share}`;
      const { code } = await train(words(name), share * took);
      // one that was killed when all was in its place, on its way out, has nothing to go on to
      const isDone = (await readdir(folder)).includes(name);
      if (code === null && !isDone) expect(await train(words(name, '--resume'))).toMatchObject({ code: 0 });
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
