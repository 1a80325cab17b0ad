import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type NatsServers, startNats } from '../../bench/nats.ts';
import { saveModel } from '../../src/models/model-file.ts';
import { bagLayer } from '../../src/models/text/bag-layer.ts';
import { vocabulary, vocabularyRows } from '../../src/models/text/vocabulary.ts';
import { scratch } from '../formats/fixture.ts';
import { gaussian } from '../matrices.ts';
import { nearmiss, type Started } from '../pipelines/command.ts';
import { noisy, tinyFolder } from '../pipelines/tiny-folder.ts';
import { bytesIn, endAll, installed, SKIPPED, startWorkers } from './at-work.ts';

describe.skipIf(!installed)(`what workers make of it is what one process makes of it (${SKIPPED})`, () => {
  const files = scratch();
  let servers: NatsServers;
  let workers: Started[] = [];
  let folder = '';

  beforeAll(async () => {
    servers = await startNats({ servers: 1 });
    workers = await startWorkers(servers.urls, 2);
    folder = await tinyFolder(noisy(700, 16));
  });
  afterAll(async () => {
    await endAll(workers);
    await servers.stop();
  });

  const nats = () => ['--nats', servers.urls, '--storage', files.path('storage')];
  /** Runs a command here and by workers, each with a file of its own to write; what the two files hold. */
  const both = async (words: (out: string) => readonly string[]): Promise<readonly Buffer[]> => {
    const contents: Buffer[] = [];
    for (const [name, more] of [
      ['here.npy', []],
      ['elsewhere.npy', nats()],
    ] as const) {
      const { code, stderr } = await nearmiss(...words(files.path(name)), ...more);
      expect(stderr).not.toMatch(/ must /);
      expect(code).toBe(0);
      contents.push(await readFile(files.path(name)));
    }
    return contents;
  };
  const expectSame = async (words: (out: string) => readonly string[]): Promise<void> => {
    const [here, elsewhere] = await both(words);
    expect(here.length).toBeGreaterThan(1000);
    expect(elsewhere.equals(here)).toBe(true);
  };

  // four shards, the last of which is smaller
  const shards = ['--shard-rows', '200'];

  it.each([
    ['exact', []],
    ['exact', ['--relative-margin', 'none', '--explain']],
    ['exact', ['--distance', 'euclidean', '--max-score', '-1']],
    ['hnsw', []],
    ['hnsw', ['--distance', 'dot', '--sampling', 'random']],
  ] as const)('mines through %s %j', async (index, more) => {
    await expectSame((out) => {
      const why = more.flatMap((word) => (word === '--explain' ? [word, `${out}.why`] : [word]));
      return ['mine', '--data', folder, '--index', index, ...shards, ...why, '--out', out];
    });
  });

  it.each(['exact', 'hnsw'])('evaluates through %s', async (index) => {
    const words = ['evaluate', '--data', folder, '--index', index, ...shards, '--depth', '30', '--dims', '8'];
    await expectSame((out) => [...words, '--write-run', out]);
    const here = await nearmiss(...words, '--json');
    const elsewhere = await nearmiss(...words, '--json', ...nats());
    expect(here.stdout.length).toBeGreaterThan(100);
    expect(untimed(elsewhere.stdout)).toBe(untimed(here.stdout));
  });

  it('has shards and the whole find the same where every row is looked at', async () => {
    const words = ['mine', '--data', folder, '--out', files.path('whole')];
    await nearmiss(...words);
    const whole = await readFile(files.path('whole'));
    await nearmiss(...words, ...nats(), ...shards);
    expect((await readFile(files.path('whole'))).equals(whole)).toBe(true);
  });

  it('embeds rows and texts, some at a time', async () => {
    const head = { kind: 'linear', parameters: { weights: gaussian(16, 5, 1) } };
    await saveModel(files.path('rows.safetensors'), [head]);
    const rows = ['embed', '--model', files.path('rows.safetensors'), join(folder, 'corpus.npy')];
    await expectSame((out) => [...rows, out, '--rows', '90']);

    const known = vocabulary(['text', 'd1'], { least: 1, buckets: 64 });
    const bag = bagLayer(known, gaussian(vocabularyRows(known), 16, 2));
    await saveModel(files.path('texts.safetensors'), [bag, head]);
    const texts = ['embed', '--model', files.path('texts.safetensors'), join(folder, 'corpus.jsonl')];
    await expectSame((out) => [...texts, out, '--rows', '90']);
  });

  it('scores pairs, and adds up the gradient of a number', async () => {
    const inputs = ['--anchors', join(folder, 'queries.npy'), '--positives', join(folder, 'corpus.npy')];
    const words = ['score', 'sigLip', ...inputs, '--log-scale', '1', '--rows', '64'];
    const [here, elsewhere] = [files.path('here'), files.path('elsewhere')];
    expect((await nearmiss(...words, '--out', here)).code).toBe(0);
    expect((await nearmiss(...words, '--out', elsewhere, ...nats())).code).toBe(0);
    expect(Object.keys(await bytesIn(here))).toContain('log-scale.npy');
    expect(await bytesIn(elsewhere)).toEqual(await bytesIn(here));
  });
});

/** Without how fast each system was. */
function untimed(json: string): string {
  return json.replace(/"queries_per_second":[^,}]*/g, '');
}
