/**
 * Refuses a value in the one sentence every refusal of nearmiss has: `where: what must be, got actual`.
 *
 * @throws RangeError always
 */
export function refuse(where: string, must: string, got: unknown): never {
  throw new RangeError(`${where}: ${must}, got ${String(got)}`);
}

export function checkPositive(where: string, name: string, value: number): void {
  if (!(Number.isFinite(value) && value > 0)) refuse(where, `${name} must be a finite number > 0`, value);
}

export function checkNonNegative(where: string, name: string, value: number): void {
  if (!(Number.isFinite(value) && value >= 0)) refuse(where, `${name} must be a finite number >= 0`, value);
}

export function checkFinite(where: string, name: string, value: number): void {
  if (!Number.isFinite(value)) refuse(where, `${name} must be a finite number`, value);
}

/** A number in [0, 1). */
export function checkShare(where: string, name: string, value: number): void {
  if (!(value >= 0 && value < 1)) refuse(where, `${name} must be a number in [0, 1)`, value);
}

export function checkWhole(where: string, name: string, value: number, least = 0): void {
  if (!(Number.isSafeInteger(value) && value >= least)) {
    refuse(where, `${name} must be a whole number >= ${least}`, value);
  }
}

/** One of some names: the compiler has this, but not for a program in JavaScript. */
export function checkOneOf(where: string, name: string, value: string, names: readonly string[]): void {
  if (!names.includes(value)) refuse(where, `${name} must be ${names.join(' or ')}`, value);
}

/** A length, a row count or a column count that something else has fixed. */
export function checkEqual(where: string, name: string, value: number, expected: number): void {
  if (value !== expected) refuse(where, `${name} must be ${expected}`, value);
}

interface Rows {
  readonly data: ArrayLike<number>;
  readonly cols: number;
}

/** Refuses entry e of some rows by its row, the first of which has a number, and its column. */
export function refuseEntry(
  where: string,
  name: string,
  must: string,
  { data, cols }: Rows,
  e: number,
  firstRow = 0,
): never {
  const row = firstRow + Math.floor(e / cols);
  refuse(where, `${name} row ${row} must be ${must}`, `${data[e]} in column ${e % cols}`);
}

/** Every label a class in [0, classes), or the one that is ignored. */
export function checkLabels(
  where: string,
  name: string,
  labels: ArrayLike<number>,
  classes: number,
  ignored?: number,
): void {
  for (let i = 0; i < labels.length; i++) {
    if (labels[i] === ignored) continue;
    if (!(Number.isInteger(labels[i]) && labels[i] >= 0 && labels[i] < classes)) {
      const or = ignored === undefined ? '' : ` or ${ignored}`;
      refuse(where, `${name}[${i}] must be a class in [0, ${classes})${or}`, labels[i]);
    }
  }
}

/** Numbers of rows, each in [0, end). */
export function checkRowNumbers(where: string, name: string, numbers: Uint32Array, end: number): void {
  for (let t = 0; t < numbers.length; t++) {
    if (numbers[t] >= end) refuse(where, `${name}[${t}] must be a row in [0, ${end})`, numbers[t]);
  }
}
