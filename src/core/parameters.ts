import { addTo, matrix, rowsBetween, type Matrix } from './matrix.ts';

/** Learned matrices by name; their gradients and moments stand under the same names. */
export type Parameters = Readonly<Record<string, Matrix>>;

/** The gradient of a matrix of which a batch touched some rows: every other row's is zero. */
export interface RowGradients {
  /** numbers of rows, ascending, each once */
  readonly numbers: Uint32Array;
  /** as many rows as there are numbers × the matrix's columns */
  readonly values: Matrix;
}

/** Gradients by the names of the parameters: of a table, those of the rows that were touched. */
export type Gradients = Readonly<Record<string, Matrix | RowGradients>>;

export function isOfRows(gradient: Matrix | RowGradients): gradient is RowGradients {
  return 'values' in gradient;
}

/** The same matrices under `prefix.name`: so that several models' can stand in one record. */
export function named<Each>(
  prefix: string,
  record: Readonly<Record<string, Each>>,
): Readonly<Record<string, Each>> {
  return Object.fromEntries(Object.entries(record).map(([name, each]) => [`${prefix}.${name}`, each]));
}

/** Adds to each matrix of `into` the one of the same name. */
export function accumulate(into: Parameters, from: Parameters): Parameters {
  for (const [name, sum] of Object.entries(into)) addTo(sum, from[name]);
  return into;
}

/** The sums of what has one name in both, and the rest of each as it is. May write over the matrices of `into`. */
export function addedGradients(into: Gradients, from: Gradients): Gradients {
  const sums: Record<string, Matrix | RowGradients> = { ...into };
  for (const [name, gradient] of Object.entries(from)) {
    const sum = sums[name];
    sums[name] = sum === undefined ? gradient : addedGradient(sum, gradient);
  }
  return sums;
}

function addedGradient(sum: Matrix | RowGradients, gradient: Matrix | RowGradients): Matrix | RowGradients {
  if (isOfRows(sum)) return isOfRows(gradient) ? merged(sum, gradient) : addedGradient(gradient, sum);
  if (!isOfRows(gradient)) return addTo(sum, gradient);
  gradient.numbers.forEach((number, i) => addRow(sum, number, gradient.values, i));
  return sum;
}

function merged(a: RowGradients, b: RowGradients): RowGradients {
  const numbers = Uint32Array.from(new Set([...a.numbers, ...b.numbers])).sort();
  const values = matrix(numbers.length, a.values.cols);
  for (const part of [a, b]) {
    let at = 0;
    part.numbers.forEach((number, i) => {
      while (numbers[at] !== number) at++;
      addRow(values, at, part.values, i);
    });
  }
  return { numbers, values };
}

function addRow(sum: Matrix, i: number, of: Matrix, j: number): void {
  addTo(rowsBetween(sum, i, i + 1), rowsBetween(of, j, j + 1));
}
