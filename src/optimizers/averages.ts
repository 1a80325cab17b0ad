import { checkEqual, checkShare, refuse } from '../core/check.ts';
import { matrix, type Matrix } from '../core/matrix.ts';
import { named, type Parameters } from '../core/parameters.ts';
import { kernels } from '../kernels/active.ts';

/** Averages of parameters over steps: often better to retrieve with than the parameters themselves. */
export interface Averages {
  /** Takes in the parameters as they stand. */
  update(parameters: Parameters): void;
  /** By the parameters' names, as they stand: no copies. None before the first update. */
  readonly average: Parameters;
  /** The averages as `average.NAME`, and `updates`, 1 × 1: how many there were. No copies. */
  readonly state: Parameters;
  /**
   * Goes on from a state that was read: a copy of it takes the place of what is remembered.
   *
   * @throws RangeError if the state is not one of averages
   */
  restore(state: Parameters): void;
}

export interface EmaOptions {
  /** How much of the average is kept at each update. @default 0.999 */
  readonly decay?: number;
}

/**
 * An exponential moving average: a = decay · a + (1 - decay) · θ, begun as the first θ, as PyTorch's AveragedModel.
 *
 * @throws RangeError if decay is not in [0, 1); at an update, if a parameter has another shape than before
 * @see Polyak and Juditsky, "Acceleration of stochastic approximation by averaging", 1992, of averages at all
 */
export function ema({ decay = 0.999 }: EmaOptions = {}): Averages {
  checkShare('ema', 'decay', decay);
  return averages('ema', () => 1 - decay);
}

/**
 * The mean of all updates, for those of the last part of a training: stochastic weight averaging.
 *
 * @throws RangeError at an update, if a parameter has another shape than before
 * @see Izmailov et al., "Averaging weights leads to wider optima and better generalization", 2018, algorithm 1
 */
export function swa(): Averages {
  return averages('swa', (updates) => 1 / updates);
}

/** @param shareOf how much of update 2, 3 … becomes part of the average; the first is all of it */
function averages(where: string, shareOf: (updates: number) => number): Averages {
  const average: Record<string, Matrix> = {};
  let updates = 0;
  return {
    average,
    get state() {
      return { updates: matrix(1, 1, Float32Array.of(updates)), ...named('average', average) };
    },
    update(parameters) {
      for (const [name, { rows, cols }] of Object.entries(parameters)) {
        if (updates === 0) average[name] = matrix(rows, cols);
        const known =
          average[name] ?? refuse(`${where}.update`, `there must be an average of ${name}`, 'none');
        checkEqual(`${where}.update`, `rows of ${name}`, rows, known.rows);
        checkEqual(`${where}.update`, `cols of ${name}`, cols, known.cols);
      }
      updates++;
      const share = updates === 1 ? 1 : shareOf(updates);
      for (const [name, parameter] of Object.entries(parameters)) {
        const [kept, taken] = [1 - share, share].map((part) => new Float64Array(parameter.rows).fill(part));
        kernels.blendRows(average[name], parameter, kept, taken, average[name]);
      }
    },
    restore(saved) {
      const count = saved.updates?.data[0] ?? refuse(`${where}.restore`, 'there must be updates', 'none');
      for (const name of Object.keys(average)) delete average[name];
      updates = count;
      for (const [name, { rows, cols, data }] of Object.entries(saved)) {
        if (name.startsWith('average.'))
          average[name.slice('average.'.length)] = matrix(rows, cols, data.slice());
      }
    },
  };
}

/**
 * Exchanges the numbers of parameters and of others of the same names, in place: to evaluate with averages, and once more to go on.
 *
 * @throws RangeError if one of them is not there or has another shape
 */
export function exchange(parameters: Parameters, others: Parameters): void {
  for (const [name, { rows, cols }] of Object.entries(parameters)) {
    const other = others[name] ?? refuse('exchange', `there must be another ${name}`, 'none');
    checkEqual('exchange', `rows of the other ${name}`, other.rows, rows);
    checkEqual('exchange', `cols of the other ${name}`, other.cols, cols);
  }
  for (const [name, { data }] of Object.entries(parameters)) {
    const kept = data.slice();
    data.set(others[name].data);
    others[name].data.set(kept);
  }
}
