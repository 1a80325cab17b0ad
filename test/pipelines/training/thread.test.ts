import { execFile } from 'node:child_process';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { type Thread, thread } from '../../../pipelines/training/thread.ts';
import { scratch } from '../../formats/fixture.ts';

interface Answering {
  /** after so many ms */
  later(asked: { readonly ms: number; readonly value: string }): Promise<string>;
  doubled(numbers: Float32Array): Float32Array;
  /** whether what was given is still whole */
  lent(nothing: undefined): number;
  /** the same memory, written into */
  filled(shared: Float32Array): void;
  refused(what: string): never;
  died(nothing: undefined): void;
}

const built = new URL('../../../dist/pipelines/training/thread.js', import.meta.url);
const files = scratch();

const PROGRAM = `import { answers } from ${JSON.stringify(built.href)};
const given = new Float32Array([1, 2]);
answers({
  later: ({ ms, value }) => new Promise((resolve) => setTimeout(() => resolve(value), ms)),
  doubled: (numbers) => ({ nested: [numbers.map((each) => 2 * each), given] }).nested[0],
  lent: () => given.length,
  filled: (shared) => void shared.fill(7),
  refused: (what) => { throw new RangeError(what + ' must be otherwise'); },
  died: () => { setImmediate(() => { throw new Error('out of its own'); }); return new Promise(() => {}); },
});`;

async function answering(): Promise<Thread<Answering>> {
  const path = await files.write('answering.mjs', PROGRAM);
  return thread<Answering>(pathToFileURL(path).href, './answering.mjs');
}

describe('thread', () => {
  it('answers each as soon as it can, to whoever asked', async () => {
    const { call, close } = await answering();
    const order: string[] = [];
    const asked = [40, 0].map(async (ms) => order.push(await call('later', { ms, value: `after ${ms}` })));
    await Promise.all(asked);
    expect(order).toEqual(['after 0', 'after 40']);
    expect(await call('doubled', Float32Array.of(1, 2))).toEqual(Float32Array.of(2, 4));
    expect(await call('lent', undefined)).toBe(2);
    await close();
  });

  it('sees memory that is shared', async () => {
    const { call, close } = await answering();
    const shared = new Float32Array(new SharedArrayBuffer(8));
    await call('filled', shared);
    expect([...shared]).toEqual([7, 7]);
    await close();
  });

  it('throws what was thrown there, as what it was', async () => {
    const { call, close } = await answering();
    const refused = call('refused', 'it');
    await expect(refused).rejects.toThrow(RangeError);
    await expect(refused).rejects.toThrow('it must be otherwise');
    await close();
  });

  it('refuses whoever waits or comes later when it is closed', async () => {
    const { call, close } = await answering();
    const waiting = call('later', { ms: 60_000, value: '' }).catch((error: unknown) => error);
    await close();
    const closed = './answering.mjs: its thread must run, got closed';
    expect(await waiting).toEqual(new Error(closed));
    await expect(call('lent', undefined)).rejects.toThrow(closed);
  });

  it('refuses them with what ended it', async () => {
    const { call } = await answering();
    await expect(call('died', undefined)).rejects.toThrow('out of its own');
    await expect(call('lent', undefined)).rejects.toThrow('out of its own');
  });

  it('is waited for when it is closed, though an answer had just come, and else keeps no program alive', async () => {
    await files.write('answering.mjs', PROGRAM);
    const asking = `import { thread } from ${JSON.stringify(built.href)};
      const from = ${JSON.stringify(pathToFileURL(files.path('asking.mjs')).href)};
      thread(from, './answering.mjs');
      const { call, close } = thread(from, './answering.mjs');
      await call('lent');
      call('lent').catch(() => {});
      // long enough for the thread to answer, and for nobody here to hear of it
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
      await close();
      console.log('closed');`;
    const program = ['--input-type=module', '--eval', asking];
    const { stdout } = await promisify(execFile)(process.execPath, program);
    expect(stdout).toBe('closed\n');
  });
});
