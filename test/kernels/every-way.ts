import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { addonFrom } from '../../src/kernels/native/addon.ts';

/** Runs the same on every instruction set this CPU has, on one thread, two and three. */
export function everyWay(run: (way: string) => void): void {
  const addon = addonFrom(createRequire(import.meta.url));
  if (addon === undefined) return;
  const widest = addon.instructionSet();
  for (const set of ['baseline', 'avx2', 'avx512', 'avx512bf16']) {
    if (!addon.useInstructionSet(set)) continue;
    for (const threads of [1, 2, 3]) {
      addon.useThreads(threads);
      run(`${set}, threads: ${threads}`);
    }
  }
  addon.useInstructionSet(widest);
  addon.useThreads(availableParallelism());
}
