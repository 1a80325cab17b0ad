import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { threadedBags } from '../../../src/models/text/threaded-bags.ts';
import { textBags, vocabulary } from '../../../src/models/text/vocabulary.ts';

const first = ['a rose is a rose', 'Straße 東京', ''];
const second = ['a thorn that nobody counted'];
const words = vocabulary([...first, ...first], { buckets: 97 });

it('takes texts apart as textBags does, in the order they are asked for', async () => {
  const { of, close } = threadedBags(words);
  const both = await Promise.all([of(first), of(second)]);
  expect(both).toEqual([first, second].map(textBags(words)));
  await close();
});

it('refuses whoever still waits when it is closed, and whoever comes later', async () => {
  const { of, close } = threadedBags(words);
  const waiting = of(first).catch((error: unknown) => error);
  await close();
  expect(await waiting).toEqual(new Error('threadedBags: its thread must run, got closed'));
  await expect(of(first)).rejects.toThrow('threadedBags: its thread must run, got closed');
});

it('refuses a vocabulary that is none before there is a thread', () => {
  expect(() => threadedBags({ words: [], nGrams: [3, 5], buckets: 0 })).toThrow(/threadedBags: /);
});

it('is waited for when it is closed, though an answer had just come', async () => {
  const built = new URL('../../../dist/src/models/text/threaded-bags.js', import.meta.url);
  const program = `import { threadedBags } from ${JSON.stringify(built.href)};
    const { of, close } = threadedBags(${JSON.stringify({ words: ['a'], nGrams: [3, 5], buckets: 0 })});
    await of(['a']);
    of(['a']).catch(() => {});
    // long enough for the thread to answer, and for nobody here to hear of it
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
    await close();
    console.log('closed');`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program]);
  expect(stdout).toBe('closed\n');
});
