import { createRequire } from 'node:module';
import { totalmem } from 'node:os';
import { refuse } from '../../core/check.ts';
import { type Addon, addonFrom } from './addon.ts';
import { cores } from './cores.ts';

let loaded: Addon | undefined;

/**
 * The addon, told of its threads and memory; undefined where it was not built.
 *
 * @throws RangeError if NEARMISS_THREADS is not a whole number in [1, 1024]
 */
export function loadedAddon(): Addon | undefined {
  if (loaded !== undefined) return loaded;
  const addon = addonFrom(createRequire(import.meta.url));
  if (addon !== undefined) setUp(addon);
  loaded = addon;
  return loaded;
}

/** Tells the addon of its memory and threads, and says how many there are. */
export function setUp(addon: Addon): number {
  const threads = threadsToUse();
  addon.useThreads(threads);
  addon.useMemory(memoryThereIs());
  return threads;
}

/** As many as addon.cc can number. */
const THREADS_AT_MOST = 1024;

function threadsToUse(): number {
  const asked = process.env.NEARMISS_THREADS;
  if (asked === undefined) return Math.min(cores(), THREADS_AT_MOST);
  const threads = Number(asked);
  if (Number.isInteger(threads) && threads >= 1 && threads <= THREADS_AT_MOST) return threads;
  return refuse('NEARMISS_THREADS', `must be a whole number in [1, ${THREADS_AT_MOST}]`, asked);
}

/** Bytes of the machine or of the process's cgroup: who takes more is killed. */
function memoryThereIs(): number {
  const limit = process.constrainedMemory();
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem();
}
