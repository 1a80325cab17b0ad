import { addTo, matrix, type Matrix } from './matrix.ts';

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

/** The same, which change no more when the others do. */
export function copiedParameters(parameters: Parameters): Parameters {
  return Object.fromEntries(
    Object.entries(parameters).map(([name, { rows, cols, data }]) => [
      name,
      matrix(rows, cols, data.slice()),
    ]),
  );
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

/** Both lists ascend: one walk along them finds each row's place in the sum. */
function merged(a: RowGradients, b: RowGradients): RowGradients {
  const { cols } = a.values;
  const all = new Uint32Array(a.numbers.length + b.numbers.length);
  let rows = 0;
  for (let i = 0, j = 0; i < a.numbers.length || j < b.numbers.length; rows++) {
    const [first, second] = [a.numbers[i] ?? Infinity, b.numbers[j] ?? Infinity];
    all[rows] = Math.min(first, second);
    if (first === all[rows]) i++;
    if (second === all[rows]) j++;
  }
  const numbers = all.slice(0, rows);
  const values = matrix(rows, cols);
  setRows(values, numbers, a);
  addRows(values, numbers, b);
  return { numbers, values };
}

/** Puts rows in the places of the same numbers, which are all there: those that stand together in one piece. */
function setRows(into: Matrix, numbers: Uint32Array, { numbers: own, values }: RowGradients): void {
  const { cols } = into;
  for (let i = 0, at = 0; i < own.length;) {
    while (numbers[at] !== own[i]) at++;
    const begun = i;
    while (i < own.length && numbers[at + i - begun] === own[i]) i++;
    into.data.set(values.data.subarray(begun * cols, i * cols), at * cols);
    at += i - begun;
  }
}

/** Adds rows to those of the same numbers, which are all there. */
function addRows(sum: Matrix, numbers: Uint32Array, { numbers: own, values }: RowGradients): void {
  const { cols, data } = sum;
  const added = values.data;
  for (let i = 0, at = 0; i < own.length; i++) {
    while (numbers[at] !== own[i]) at++;
    for (let k = 0, to = at * cols, from = i * cols; k < cols; k++, to++, from++) data[to] += added[from];
  }
}

function addRow(sum: Matrix, number: number, { cols, data }: Matrix, i: number): void {
  for (let k = 0, to = number * cols, from = i * cols; k < cols; k++) sum.data[to++] += data[from++];
}
