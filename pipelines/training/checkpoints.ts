import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { refuse } from '../../src/core/check.ts';
import type { Parameters } from '../../src/core/parameters.ts';
import { copiedState, readState, type State } from '../../src/formats/state-file.ts';
import { loadIndex } from '../../src/neighbors/load-index.ts';
import type { NeighborIndex } from '../../src/neighbors/neighbor-index.ts';
import type { StateThread } from './state-thread.ts';
import { type Thread, thread } from './thread.ts';

/** All that a training goes on from: what is drawn at random follows from the seed and the step. */
export interface Checkpoint {
  /** steps that were taken */
  readonly step: number;
  readonly state: State;
  readonly index?: NeighborIndex;
  /** the step whose parameters were the best so far, where there is a dev split */
  readonly best?: number;
}

export interface CheckpointOptions {
  /** Whether what is there is gone on from. */
  readonly resume: boolean;
  /** Checkpoints that are kept, beside the best. */
  readonly keep: number;
  /** What decides the result, as plain JSON: a checkpoint of another job is refused. */
  readonly job: Readonly<Record<string, unknown>>;
}

export interface Checkpoints {
  /**
   * Resolves when all is copied; it is written in a thread while the training goes on, one checkpoint after the other.
   *
   * @param best the parameters of step `best`, where these are new
   * @throws RangeError if it, or the one before, could not be written
   */
  save(checkpoint: Checkpoint, best?: Parameters): Promise<void>;
  /** Waits for what is being written. */
  done(): Promise<void>;
  /** The last that is whole, if any. */
  last(): Promise<Checkpoint | undefined>;
  /** The parameters of a best step. */
  best(step: number): Promise<Parameters>;
}

const STATE = /^step-(\d{9})\.state$/;
const ANY = /^(step|best)-(\d{9})\.(state|index)(\.[-\w]+\.tmp)?$/;

/**
 * A folder of checkpoints: `step-000000200.state`, where there is mining `step-000000200.index`, and `best-000000100.state`. A checkpoint is there
 * once its `step-….state` is, which comes last and as a whole.
 *
 * @throws RangeError if the folder cannot be made, or holds checkpoints and is not to be gone on from
 */
export async function checkpointsIn(
  folder: string,
  { resume, keep, job }: CheckpointOptions,
): Promise<Checkpoints> {
  await mkdir(folder, { recursive: true }).catch((error: unknown) =>
    refuse('train', '--checkpoints must be a folder that can be written', said(error)),
  );
  const whole = (await readdir(folder)).flatMap((name) => STATE.exec(name)?.[1] ?? []).map(Number);
  whole.sort((a, b) => a - b);
  if (whole.length > 0 && !resume)
    refuse('train', '--checkpoints must be a folder without checkpoints, unless --resume is given', folder);
  const at = (name: string, step: number): string =>
    join(folder, `${name.replace('.', `-${padded(step)}.`)}`);
  let writing: Promise<void> = Promise.resolve();
  let copy: State | undefined;
  let writer: Thread<StateThread> | undefined;

  const failed = (step: number, error: unknown): never => {
    const last = whole.at(-1);
    const rest =
      last === undefined ? 'none is whole' : `that of step ${last} is whole, and --resume goes on from it`;
    return refuse('train', `the checkpoint of step ${step} must be written (${rest})`, said(error));
  };
  const write = async (
    step: number,
    state: State,
    best: State | undefined,
    bestStep?: number,
  ): Promise<void> => {
    try {
      writer ??= thread<StateThread>(import.meta.url, './state-thread.js');
      if (best !== undefined && bestStep !== undefined)
        await writer.call('write', { path: at('best.state', bestStep), state: best });
      await writer.call('write', { path: at('step.state', step), state });
      if (!whole.includes(step)) whole.push(step);
      await prune(folder, new Set(whole.splice(0, whole.length - keep)), bestStep);
    } catch (error) {
      failed(step, error);
    }
  };
  const read = async (path: string): Promise<State> => {
    const state = await readState(path);
    const other = differing(job, state.facts.job);
    if (other !== undefined)
      refuse(path, `${other.name} must be ${other.was}, as when it was written`, other.is);
    return state;
  };
  return {
    async save({ step, state, index, best }, bestParameters) {
      await writing;
      await index?.save(at('step.index', step)).catch((error: unknown) => failed(step, error));
      const facts = { ...state.facts, job, best, index: index !== undefined };
      copy = copiedState({ ...state, facts }, copy);
      const bestState = bestParameters && {
        facts: { job },
        matrices: { learned: bestParameters },
        arrays: {},
      };
      writing = write(step, copy, bestState, best);
      writing.catch(() => {}); // told by who waits for it
    },
    async done() {
      try {
        await writing;
      } finally {
        await writer?.close();
        writer = undefined;
      }
    },
    async last() {
      const step = whole.at(-1);
      if (step === undefined) return undefined;
      const state = await read(at('step.state', step));
      const { best, index } = state.facts;
      return {
        step,
        state,
        ...(typeof best === 'number' && { best }),
        ...(index === true && { index: await loadIndex(at('step.index', step)) }),
      };
    },
    best: async (step) => (await read(at('best.state', step))).matrices.learned ?? {},
  };
}

/** Removes what belongs to steps that are no longer kept, other bests, and what a process that was killed left half written. */
async function prune(folder: string, gone: ReadonlySet<number>, best: number | undefined): Promise<void> {
  for (const name of await readdir(folder)) {
    const [, kind, step, , temporary] = ANY.exec(name) ?? [];
    if (kind === undefined) continue;
    const isGone = kind === 'best' ? Number(step) !== best : gone.has(Number(step));
    if (temporary !== undefined || isGone) await rm(join(folder, name), { force: true });
  }
}

function padded(step: number): string {
  return String(step).padStart(9, '0');
}

/** The first option in which a job is not the one a file was written by. */
function differing(
  job: Readonly<Record<string, unknown>>,
  written: unknown,
): { readonly name: string; readonly was: unknown; readonly is: unknown } | undefined {
  const before = new Map(Object.entries(typeof written === 'object' && written !== null ? written : {}));
  for (const name of new Set([...before.keys(), ...Object.keys(job)])) {
    const [was, is] = [before.get(name), job[name]];
    if (!isDeepStrictEqual(was, is)) return { name, was: JSON.stringify(was), is: JSON.stringify(is) };
  }
  return undefined;
}

function said(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
