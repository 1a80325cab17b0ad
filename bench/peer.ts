import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { refuse } from '../src/core/check.ts';
import type { Matrix } from '../src/core/matrix.ts';
import { readNpyMatrix, writeNpy } from '../src/formats/npy.ts';
import type { Matrices, Outcome } from './tasks/task.ts';

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

/** Keeps freed memory in the heap, where the C library is glibc: memory that the system hands out anew is a fault a page. */
export const KEPT_HEAP: Readonly<Record<string, string>> = {
  MALLOC_MMAP_MAX_: '0',
  MALLOC_TRIM_THRESHOLD_: String(2 ** 40),
  MALLOC_TOP_PAD_: String(2 ** 26),
};

/** Lets idle OpenMP threads sleep, too. */
const TUNED = { ...KEPT_HEAP, OMP_WAIT_POLICY: 'PASSIVE' };

/** What a peer as it comes is started in, whatever this process was. */
function environment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !(name in KEPT_HEAP)));
}

/**
 * The kernels of OpenBLAS that suit this machine: a release does not know CPUs that are newer, and takes those of 2004 there. undefined
 * where nothing says what the CPU can do.
 */
function blasKernels(): string | undefined {
  const flags = existsSync('/proc/cpuinfo') ? readFileSync('/proc/cpuinfo', 'utf8') : '';
  const best = Object.entries({ avx512_bf16: 'Cooperlake', avx512f: 'SkylakeX', avx2: 'Haswell' });
  // of AMD's it knows Zen by itself, and its newer ones as that
  return /GenuineIntel/.test(flags) ? best.find(([flag]) => flags.includes(flag))?.[1] : undefined;
}

/** What is the same for all tasks that a peer is given. */
interface Described {
  readonly problem: string;
  readonly numbers: Readonly<Record<string, number>>;
}

/** Writes what the peers read. */
export async function handOver(
  { problem, numbers }: Described,
  inputs: Matrices,
  threads: number,
  folder: string,
): Promise<void> {
  const described = { problem, numbers, threads, inputs: Object.keys(inputs) };
  await writeFile(join(folder, 'task.json'), JSON.stringify(described));
  for (const [name, m] of Object.entries(inputs)) await writeNpy(join(folder, `${name}.npy`), [m], m);
}

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
  const blas = name === 'torch-tuned' ? blasKernels() : undefined;
  const child = spawn(python, [join(SCRIPTS, script), name, folder], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: {
      ...(blas && { OPENBLAS_CORETYPE: blas }),
      ...environment(),
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
