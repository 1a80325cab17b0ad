import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { refuse } from '../src/core/check.ts';
import type { Matrix } from '../src/core/matrix.ts';
import { readNpyMatrix } from '../src/formats/npy.ts';
import type { Outcome } from './tasks/task.ts';

/** Another implementation, in a process of its own that sleeps between the rounds. */
export interface Peer {
  readonly name: string;
  /** which way of writing the problem it runs, of those it has */
  readonly form: string;
  readonly outcome: Outcome;
  /** the most memory its process had until its last round */
  readonly peakMb: number;
  /** ms a call */
  round(): Promise<number>;
  end(): Promise<void>;
}

const SCRIPTS = fileURLToPath(new URL('../../bench/peers/', import.meta.url));

/** What runs the tasks of the core in each. */
export const SCRIPT = { torch: 'torch.py', 'torch-tuned': 'torch.py', faiss: 'faiss.py' } as const;

/** Keeps freed memory in the heap, and lets idle OpenMP threads sleep. */
const TUNED = {
  MALLOC_MMAP_MAX_: '0',
  MALLOC_TRIM_THRESHOLD_: String(2 ** 40),
  MALLOC_TOP_PAD_: String(2 ** 26),
  OMP_WAIT_POLICY: 'PASSIVE',
} as const;

/** The first Python that has the module; undefined where none has. */
export function pythonWith(module: 'torch' | 'faiss' | 'numpy'): string | undefined {
  return ['python3', '/usr/bin/python3'].find(
    (python) => spawnSync(python, ['-c', `import ${module}, numpy`]).status === 0,
  );
}

/**
 * Starts the process, which reads the task in `folder`, warms up and writes its results there.
 *
 * @throws RangeError if it ends before that
 */
export async function startPeer(
  name: string,
  script: string,
  python: string,
  folder: string,
  threads: number,
): Promise<Peer> {
  const child = spawn(python, [join(SCRIPTS, script), name, folder], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: {
      ...process.env,
      ...(name === 'torch-tuned' ? TUNED : {}),
      OMP_NUM_THREADS: String(threads),
      OPENBLAS_NUM_THREADS: String(threads),
    },
  });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const answer = async (): Promise<string[]> => {
    const { value, done } = await lines.next();
    return done === true ? refuse(`bench: ${name}`, 'it must answer', 'its end') : value.split(' ');
  };
  const [value, form, ...names] = await answer();
  const results: Record<string, Matrix> = {};
  for (const result of names) results[result] = await readNpyMatrix(join(folder, `${name}-${result}.npy`));
  let peakMb = 0;
  return {
    name,
    form,
    outcome: { value: Number(value), results },
    get peakMb() {
      return peakMb;
    },
    async round() {
      child.stdin.write('run\n');
      const [ms, peak] = (await answer()).map(Number);
      peakMb = peak;
      return ms;
    },
    async end() {
      child.stdin.end();
      if (child.exitCode === null) await once(child, 'exit');
    },
  };
}
