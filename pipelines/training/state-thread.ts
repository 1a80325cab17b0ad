// What a thread of `checkpointsIn` runs: it writes files, and takes their checksums.
import { type State, writeState } from '../../src/formats/state-file.ts';
import { answers } from './thread.ts';

export interface StateThread {
  /** @param asked.state what is in memory that both threads see must not change before this resolves; the rest is copied */
  write(asked: { readonly path: string; readonly state: State }): Promise<void>;
}

answers<StateThread>({ write: ({ path, state }) => writeState(path, state) });
