// What a thread of `checkpointsIn` runs: it writes files, and takes their checksums.
import { answers } from './thread.ts';
import { type State, writeState } from '../../src/formats/state-file.ts';

export interface StateThread {
  /** @param asked.state in memory that both threads see: it must not change before this resolves */
  write(asked: { readonly path: string; readonly state: State }): Promise<void>;
}

answers<StateThread>({ write: ({ path, state }) => writeState(path, state) });
