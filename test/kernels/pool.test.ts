import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { matrix, type Matrix } from '../../src/core/matrix.ts';
import type { Pairs } from '../../src/kernels/kernels.ts';
import { addonFrom } from '../../src/kernels/native/addon.ts';
import { native } from '../../src/kernels/native/native.ts';
import { plain } from '../../src/kernels/plain/plain.ts';
import { gaussian } from '../matrices.ts';

const kernels = native();
const softmax = { kind: 'softmax' } as const;
const addon = addonFrom(createRequire(import.meta.url));
const dist = new URL('../../dist/src/', import.meta.url);

interface Outcome {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A program after this has `kernels`, `matrix`, `numbers(rows, cols)` and `hash(…matrices)`, in its Workers too. */
const PRELUDE = `
  import { createHash } from 'node:crypto';
  import { Worker } from 'node:worker_threads';
  const { native } = await import('${dist.href}kernels/native/native.js');
  const { matrix } = await import('${dist.href}core/matrix.js');
  const numbers = (rows, cols, step = 1) =>
    matrix(rows, cols, Float32Array.from({ length: rows * cols }, (_, e) => Math.sin(step * e)));
  const hash = (...all) => {
    const sum = createHash('sha256');
    for (const { data } of all) sum.update(new Uint8Array(data.buffer));
    return sum.digest('hex');
  };
`;

/** Runs a program of its own that uses what `npm run build` built. */
function program(
  text: string,
  { env = {}, by = [] }: { readonly env?: NodeJS.ProcessEnv; readonly by?: readonly string[] } = {},
): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const [command, ...words] = [
      ...by,
      process.execPath,
      '--input-type=module',
      '--eval',
      `${PRELUDE}\n${text}`,
    ];
    const child = spawn(command, words, {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk) => (stdout += chunk));
    child.stderr.on('data', (chunk) => (stderr += chunk));
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
}

/** The source of a Worker, as an expression of a program. */
const worker = (text: string): string =>
  `new Worker(new URL(${JSON.stringify(`data:text/javascript,${encodeURIComponent(`${PRELUDE}\n${text}`)}`)}))`;

const bytesOf = ({ data }: Matrix): Buffer => Buffer.from(data.buffer);

const installed = (command: string): boolean =>
  (process.env.PATH ?? '').split(delimiter).some((folder) => existsSync(join(folder, command)));

describe.skipIf(kernels === undefined)('the pool (skipped where no compiler built the kernels)', () => {
  const { later, ...now } = kernels ?? plain;
  afterEach(() => vi.unstubAllEnvs());

  it('has as many threads as NEARMISS_THREADS says, and the name of the kernels says so', () => {
    vi.stubEnv('NEARMISS_THREADS', '3');
    expect(native()?.name).toMatch(/, 3 threads\)$/);
    vi.stubEnv('NEARMISS_THREADS', undefined);
    expect(native()?.name).toMatch(/, \d+ threads\)$/);
  });

  it.each(['0', '-1', '1.5', 'two', '', 'Infinity', '1025'])(
    'refuses NEARMISS_THREADS=%s in one sentence',
    (threads) => {
      vi.stubEnv('NEARMISS_THREADS', threads);
      expect(native).toThrow(
        new RangeError(`NEARMISS_THREADS: must be a whole number in [1, 1024], got ${threads}`),
      );
    },
  );

  it.skipIf(!installed('taskset') || availableParallelism() < 2)(
    'has no more threads than cores the process may use (skipped without taskset and a second core)',
    async () => {
      const options = { by: ['taskset', '-c', '0'], env: { NEARMISS_THREADS: undefined } };
      const { stdout } = await program('console.log(native().name)', options);
      expect(stdout).toMatch(/, 1 threads\)\n$/);
    },
  );

  it('does not keep the process alive', async () => {
    const text = `
      const k = native();
      console.log(k.timesTransposed(numbers(300, 40), numbers(600, 40)).data.length);`;
    expect(await program(text, { env: { NEARMISS_THREADS: '4' } })).toEqual({
      code: 0,
      signal: null,
      stdout: '180000\n',
      stderr: '',
    });
  });

  it('serves several Workers at once, to the same bits as each alone', async () => {
    const compute = `
      const k = native();
      const results = [];
      for (let step = 1; step <= 12; step++) {
        const [a, b] = [numbers(290, 33, step), numbers(290, 33, step + 0.5)];
        const gradients = { anchors: matrix(290, 33), positives: matrix(290, 33) };
        k.pairs({ anchors: a, positives: b, geometry: 'dot', scale: 0.3 * step, bothWays: true, masks: [], reduction: 'sum' }, { kind: 'softmax' }, gradients);
        results.push(k.timesTransposed(a, b), gradients.anchors, gradients.positives, k.normalize(a).unit);
      }
      const result = hash(...results);`;
    const text = `
      const start = () => ${worker(`import { parentPort } from 'node:worker_threads'; ${compute} parentPort.postMessage(result);`)};
      ${compute}
      const workers = Array.from({ length: 4 }, start);
      const heard = await Promise.all(workers.map((w) => new Promise((done, fail) => w.on('message', done).on('error', fail))));
      console.log(new Set([result, ...heard]).size, heard.length);`;
    const { code, stdout, stderr } = await program(text, { env: { NEARMISS_THREADS: '3' } });
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: '1 4\n', stderr: '' });
  }, 30_000);

  it('lives on when the only Worker that loaded it has exited', async () => {
    const inWorker = `
      const product = native().timesTransposed(numbers(400, 20), numbers(700, 20));
      if (product.data.length !== 280000) throw new Error('no product');`;
    // the prelude imports the kernels, but only native() loads the addon
    const text = `
      await new Promise((done, fail) => ${worker(inWorker)}.on('exit', done).on('error', fail));
      for (let turn = 0; turn < 20; turn++) await new Promise((done) => setTimeout(done, 5));
      console.log('lives');`;
    expect(await program(text, { env: { NEARMISS_THREADS: '4' } })).toEqual({
      code: 0,
      signal: null,
      stdout: 'lives\n',
      stderr: '',
    });
  });

  it('promises results of the same bits, and leaves the event loop free meanwhile', async () => {
    const [a, b] = [gaussian(1200, 300, 1), gaussian(1500, 300, 2)];
    const right = now.timesTransposed(a, b);
    // a call that held the loop would leave it a turn or two each time; of one that does not, the system may still have let this thread
    // wait for all of its few milliseconds, but not each time
    let most = 0;
    for (let round = 0; round < 100 && most <= 10; round++) {
      let [turns, pending] = [0, true];
      const turn = (): void => {
        turns++;
        if (pending) setImmediate(turn);
      };
      setImmediate(turn);
      const promised = await later.timesTransposed(a, b).finally(() => (pending = false));
      expect(bytesOf(promised).equals(bytesOf(right))).toBe(true);
      most = Math.max(most, turns);
    }
    expect(most).toBeGreaterThan(10);
  });

  it('keeps several promises at once, and calls beside them', async () => {
    const steps = [1, 2, 3, 4, 5, 6, 7, 8];
    const input = (step: number): Pairs => ({
      anchors: gaussian(230, 24, step, 1),
      positives: gaussian(230, 24, step, 2),
      scale: step / 4,
      bothWays: step % 2 === 0,
      masks: [],
      geometry: 'dot',
      reduction: 'sum',
    });
    const gradients = () => ({ anchors: matrix(230, 24), positives: matrix(230, 24) });
    const alone = steps.map((step) => {
      const into = gradients();
      return { ...now.pairs(input(step), softmax, into), into };
    });
    const promises = steps.map(async (step) => {
      const into = gradients();
      return { ...(await later.pairs(input(step), softmax, into)), into };
    });
    const into = gradients();
    expect({ ...now.pairs(input(3), softmax, into), into }).toEqual(alone[2]);
    expect(await Promise.all(promises)).toEqual(alone);
  });

  it('may be given other threads while a promise is pending', async () => {
    const input: Pairs = {
      anchors: gaussian(1500, 64, 1),
      positives: gaussian(1500, 64, 2),
      scale: 0.1,
      bothWays: false,
      masks: [],
      geometry: 'dot',
      reduction: 'sum',
    };
    const gradients = () => ({ anchors: matrix(1500, 64), positives: matrix(1500, 64) });
    // nothing kept: each worker writes to a piece of its own
    addon?.useBudget(0);
    addon?.useThreads(1);
    const right = gradients();
    now.pairs(input, softmax, right);
    for (let round = 0; round < 10; round++) {
      addon?.useThreads(1);
      const into = gradients();
      const state = { pending: true };
      const promised = later.pairs(input, softmax, into).finally(() => (state.pending = false));
      for (let threads = 1; state.pending; threads = (threads % 8) + 1) {
        await new Promise(setImmediate);
        addon?.useThreads(threads);
      }
      await promised;
      expect(bytesOf(into.anchors).equals(bytesOf(right.anchors))).toBe(true);
    }
    addon?.useBudget(96 * 2 ** 20);
    addon?.useThreads(availableParallelism());
  }, 30_000);

  it('exits as it is told to while a promise is pending', async () => {
    const text = `
      const k = native();
      k.later.timesTransposed(numbers(1500, 400), numbers(1500, 400)).then(() => console.log('kept'));
      setImmediate(() => process.exit(3));`;
    const { code, signal, stderr } = await program(text);
    expect({ code, signal, stderr }).toEqual({ code: 3, signal: null, stderr: '' });
  });

  it('lives on when a Worker is terminated while its promise is pending', async () => {
    const inWorker = `
      import { parentPort } from 'node:worker_threads';
      const k = native();
      const [a, b] = [numbers(1500, 300), numbers(1500, 300)];
      for (let each = 0; each < 6; each++) k.later.timesTransposed(a, b);
      parentPort.postMessage('begun');`;
    const text = `
      for (let round = 0; round < 3; round++) {
        const begun = ${worker(inWorker)};
        await new Promise((done, fail) => begun.on('message', done).on('error', fail));
        await begun.terminate();
      }
      const product = await native().later.timesTransposed(numbers(300, 9), numbers(300, 9));
      console.log('lives', product.data.length);`;
    expect(await program(text)).toEqual({ code: 0, signal: null, stdout: 'lives 90000\n', stderr: '' });
  }, 30_000);

  it('refuses work that does not fit in memory in one sentence, and goes on', async () => {
    const [a, b] = [gaussian(300, 200, 1), gaussian(1500, 200, 2)];
    const right = now.timesTransposed(a, b);
    const refusal = /^product: a working buffer must fit in memory, got \d+ bytes$/;
    addon?.useMemory(2 ** 20);
    try {
      // what was borrowed before the piece that did not fit is given back: it comes to more than there is
      for (let time = 0; time < 50; time++) expect(() => now.timesTransposed(a, b)).toThrow(refusal);
      await expect(later.timesTransposed(a, b)).rejects.toThrow(refusal);
      await expect(later.timesTransposed(a, b)).rejects.toBeInstanceOf(RangeError);
      expect(now.timesTransposed(gaussian(5, 4, 1), gaussian(6, 4, 2)).data).toHaveLength(30);
    } finally {
      addon?.useMemory(2 ** 40);
    }
    expect(bytesOf(now.timesTransposed(a, b)).equals(bytesOf(right))).toBe(true);
  });

  it('refuses what no machine has', () => {
    const empty = { rows: 1_000_000, cols: 0, data: new Float32Array() };
    const sized = { ...empty, cols: 2 ** 40 };
    addon?.useMemory(2 ** 60);
    // shapes that the doors would not let in: nothing is read before memory has been found
    expect(() => now.timesTransposed(sized, sized, empty)).toThrow(RangeError);
    addon?.useMemory(2 ** 40);
  });

  it.skipIf(!installed('prlimit'))(
    'does with fewer threads where the system has no more (skipped without prlimit)',
    async () => {
      const text = `
      import { spawn, spawnSync } from 'node:child_process';
      import { readFileSync } from 'node:fs';
      const k = native();
      const inputs = () => [numbers(100, 1000), numbers(100, 1000, 2), { mean: matrix(100, 1000), square: matrix(100, 1000) }];
      const compute = (given) => k.adamW(...given, { rate: 0.1, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, decay: 0, step: 1 });
      const [few, all] = [inputs(), inputs()];
      const threadsNow = () => Number(/Threads:\\s+(\\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]);
      const [size] = /\\d+/.exec(/VmSize:.*/.exec(readFileSync('/proc/self/status', 'utf8'))[0]);
      // begun before there is a limit, under which nothing may begin
      const lift = spawn('sh', ['-c', 'read go; exec prlimit --pid ' + process.pid + ' --as=unlimited:']);
      const lifted = new Promise((done) => lift.on('close', done));
      const before = threadsNow();
      // a thread's stack takes 8 MB
      const limit = ['--pid', process.pid, '--as=' + (Number(size) * 1024 + 6e6) + ':'];
      if (spawnSync('prlimit', limit).status !== 0) throw new Error('no limit');
      compute(few);
      const started = threadsNow() - before;
      lift.stdin.end('go\\n');
      if ((await lifted) !== 0) throw new Error('no end of the limit');
      compute(all);
      console.log(hash(few[0]) === hash(all[0]), started, threadsNow() - before);`;
      const { code, stdout, stderr } = await program(text, { env: { NEARMISS_THREADS: '6' } });
      expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: 'true 0 5\n', stderr: '' });
    },
  );
});
