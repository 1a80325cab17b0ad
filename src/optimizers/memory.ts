import { checkEqual, checkNonNegative, refuse } from '../core/check.ts';
import { matrix, type Matrix } from '../core/matrix.ts';
import { isOfRows, type Gradients, type Parameters, type RowGradients } from '../core/parameters.ts';
import type { Schedule } from './schedules.ts';

/** What an optimizer remembers: a count of steps, and matrices as large as the parameters, named `parameter.kind`. */
export interface Memory<Kind extends string> {
  readonly state: Parameters;
  /** Checks what a step is given, and counts it: of one that is refused nothing is remembered. */
  begin(parameters: Parameters, gradients: Gradients, rate: number | Schedule): Step;
  /** Zero before it is first written to. */
  of(name: string, kind: Kind, parameter: Matrix): Matrix;
  restore(state: Parameters): void;
}

export interface Step {
  /** 1 for the first */
  readonly step: number;
  readonly rate: number;
}

export function memory<Kind extends string>(where: string, kinds: readonly Kind[]): Memory<Kind> {
  const state: Record<string, Matrix> = {};
  let steps = 0;
  return {
    state,
    begin(parameters, gradients, schedule) {
      for (const [name, parameter] of Object.entries(parameters)) {
        checkGradient(`${where}.step`, name, parameter, gradients[name]);
        for (const kind of kinds) {
          const remembered = state[`${name}.${kind}`];
          if (remembered === undefined) continue;
          checkEqual(`${where}.step`, `rows of ${name}'s restored ${kind}`, remembered.rows, parameter.rows);
          checkEqual(`${where}.step`, `cols of ${name}'s restored ${kind}`, remembered.cols, parameter.cols);
        }
      }
      const rate = typeof schedule === 'number' ? schedule : schedule(steps + 1);
      checkNonNegative(`${where}.step`, `rate at step ${steps + 1}`, rate);
      state.step = matrix(1, 1, Float32Array.of(++steps));
      return { step: steps, rate };
    },
    of: (name, kind, { rows, cols }) => (state[`${name}.${kind}`] ??= matrix(rows, cols)),
    restore(saved) {
      const step = saved.step?.data[0] ?? 0;
      if (!Number.isInteger(step) || step < 0)
        refuse(`${where}.restore`, 'step must be a whole number', step);
      const names = Object.keys(saved).filter((name) => name !== 'step');
      for (const name of names) {
        if (step === 0 || !kinds.some((kind) => name.endsWith(`.${kind}`))) {
          refuse(`${where}.restore`, `it must be the state of ${where} after a step`, name);
        }
      }
      steps = step;
      for (const name of Object.keys(state)) delete state[name];
      for (const [name, { rows, cols, data }] of Object.entries(saved)) {
        state[name] = matrix(rows, cols, data.slice());
      }
    },
  };
}

function checkGradient(
  where: string,
  name: string,
  { rows, cols }: Matrix,
  gradient: Matrix | RowGradients | undefined,
): void {
  if (gradient === undefined) refuse(where, `${name} must have a gradient`, 'none');
  if (!isOfRows(gradient)) {
    checkEqual(where, `rows of ${name}'s gradient`, gradient.rows, rows);
    checkEqual(where, `cols of ${name}'s gradient`, gradient.cols, cols);
    return;
  }
  const { numbers, values } = gradient;
  checkEqual(where, `rows of ${name}'s gradient`, values.rows, numbers.length);
  checkEqual(where, `cols of ${name}'s gradient`, values.cols, cols);
  for (let i = 0; i < numbers.length; i++) {
    if (i > 0 && numbers[i] <= numbers[i - 1])
      refuse(where, `row numbers of ${name}'s gradient must ascend`, `${numbers[i]} after ${numbers[i - 1]}`);
    if (numbers[i] >= rows)
      refuse(where, `row numbers of ${name}'s gradient must be below ${rows}`, numbers[i]);
  }
}
