import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { matrix, type Matrix } from '../../src/core/matrix.ts';
import { generated } from './generated.ts';
import { at, flag, list, number, optional, record, text } from './json.ts';
import { readArray } from './npy-array.ts';

/** What another system gives for some inputs; test/fixtures/reference/README.md says how it is written. */
export interface ReferenceCase {
  readonly name: string;
  readonly family: string;
  readonly loss: string;
  readonly system: string;
  /** what was called there, as the source system writes it */
  readonly call: string;
  /** as the source system has it; 'none' is a value of many numbers */
  readonly reduction: string;
  /** Whether the source system was given this option. */
  has(option: string): boolean;
  /** Whether an option has this value, where it may be of several types. */
  is(option: string, value: string): boolean;
  number(option: string): number;
  text(option: string): string;
  flag(option: string): boolean;
  /** An option that is two numbers; undefined where the source system was not given it. */
  range(option: string): readonly [least: number, most: number] | undefined;
  /** An option that is a list of numbers. */
  numbers(option: string): readonly number[];
  /** the names of the inputs */
  readonly inputs: readonly string[];
  /** An input as a matrix: a list is one column, of more dimensions the last are the columns. */
  rows(input: string): Matrix;
  /** An input's numbers, row-major. */
  list(input: string): Float32Array;
  labels(input: string): Int32Array;
  /** An input that is one number. */
  scalar(input: string): number;
  /** empty of a scalar */
  shape(input: string): readonly number[];
  readonly expected: Expected;
  /** of a miner's case */
  readonly mined: ExpectedTuples;
  /** of a case of metrics */
  readonly measured: ExpectedMeasures;
}

/** What a miner of the source finds. */
export interface ExpectedTuples {
  /** lists of tuples, each by its roles: triplets are one list, positive and negative pairs are two */
  readonly tuples: readonly (readonly (readonly number[])[])[];
  /** whether their order is the source's own, and not an accident of sorting */
  readonly ordered: boolean;
  /** of each list, what the source has between each anchor and the others of its tuple, in rising order, where it says so */
  readonly kept?: readonly (readonly number[])[];
}

/** What metrics of the source are. */
export interface ExpectedMeasures {
  /** the numbers of each by its name, names within names joined by dots */
  readonly values: ReadonlyMap<string, readonly number[]>;
  readonly tolerance: Tolerance;
}

export interface Expected {
  /** one number, or those of reduction none, row-major */
  readonly value: readonly number[];
  readonly gradients: ReadonlyMap<string, GradientExpected>;
  /** unreduced, row-major, where the source lists them beside a reduced value */
  readonly terms?: readonly number[];
  readonly valueTolerance: Tolerance;
}

export interface GradientExpected {
  readonly tolerance: Tolerance;
  readonly size: number;
  /** flat index and value of each number that is compared: all, of a large case a sample */
  readonly entries: readonly (readonly [index: number, value: number])[];
  /** flat indices that are not compared: of zero rows, where the source divides by its epsilon */
  readonly without: ReadonlySet<number>;
  /** of a large case */
  readonly summary?: { readonly l2norm: number; readonly abssum: number };
}

/** A number passes within atol + rtol · |expected|. */
export interface Tolerance {
  readonly rtol: number;
  readonly atol: number;
}

/** All cases of a folder `cases/FAMILY/…`, by family and name. */
export function referenceCases(folder: string): ReferenceCase[] {
  const cases = existsSync(join(folder, 'cases')) ? join(folder, 'cases') : folder;
  return foldersOf(cases).flatMap((family) => {
    const entries = readdirSync(join(cases, family)).sort();
    return entries.flatMap((entry) => {
      const path = join(cases, family, entry);
      const file = statSync(path).isDirectory() ? join(path, 'case.json') : path;
      return file.endsWith('.json') && existsSync(file) ? [referenceCase(file)] : [];
    });
  });
}

function foldersOf(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => statSync(join(folder, name)).isDirectory())
    .sort();
}

function referenceCase(file: string): ReferenceCase {
  const json: unknown = JSON.parse(readFileSync(file, 'utf8'));
  const [meta, inputs] = [at(json, 'meta'), at(json, 'inputs')];
  const option = (name: string): unknown => at(at(meta, 'options'), name);
  const made = optional(inputs, 'generator') === undefined ? undefined : generated(inputs);
  const input = (name: string): Numbers => made?.get(name) ?? numbersOf(at(inputs, name), dirname(file));
  return {
    name: text(at(json, 'name')),
    family: text(at(meta, 'family')),
    loss: text(at(meta, 'loss')),
    system: text(at(meta, 'system')),
    call: text(at(meta, 'call')),
    reduction: String(at(meta, 'reduction')),
    has: (name) => (optional(at(meta, 'options'), name) ?? null) !== null,
    is: (name, value) => option(name) === value,
    number: (name) => number(option(name)),
    text: (name) => text(option(name)),
    flag: (name) => flag(option(name)),
    range(name) {
      if (!this.has(name)) return undefined;
      const [least, most] = list(option(name)).map(number);
      return [least, most];
    },
    numbers: (name) => list(option(name)).map(number),
    inputs: Object.keys(record(at(meta, 'shapes'))),
    rows: (name) => rowsOf(input(name)),
    list: (name) => Float32Array.from(input(name).data),
    labels: (name) => Int32Array.from(input(name).data),
    scalar: (name) => input(name).data[0],
    shape: (name) => input(name).shape,
    get expected() {
      return expectedOf(json, dirname(file));
    },
    get mined() {
      return minedOf(json);
    },
    get measured() {
      return {
        values: new Map(measuresOf(at(at(json, 'expected'), 'value'))),
        tolerance: toleranceOf(at(at(meta, 'tolerance'), 'f64')),
      };
    },
  };
}

/** Any number of dimensions, row-major. */
interface Numbers {
  readonly shape: readonly number[];
  readonly data: ArrayLike<number>;
}

function rowsOf({ shape, data }: Numbers): Matrix {
  const cols = shape.length < 2 ? 1 : shape[shape.length - 1];
  return matrix(cols === 0 ? 0 : data.length / cols, cols, Float32Array.from(data));
}

function numbersOf(json: unknown, folder: string): Numbers {
  const file = Array.isArray(json) || typeof json !== 'object' ? undefined : optional(json, '$npy');
  if (file !== undefined) return readArray(join(folder, text(file)));
  const shape: number[] = [];
  for (let level: unknown = json; Array.isArray(level); level = level[0]) shape.push(level.length);
  return { shape, data: flat(json) };
}

function flat(json: unknown): number[] {
  return Array.isArray(json) ? json.flatMap(flat) : [flag01(json)];
}

/** A number, one of the names of those that are not finite, or a flag. */
function flag01(json: unknown): number {
  if (typeof json === 'boolean') return json ? 1 : 0;
  return typeof json === 'string' ? Number(json) : number(json);
}

function expectedOf(json: unknown, folder: string): Expected {
  const [meta, expected] = [at(json, 'meta'), at(json, 'expected')];
  const tolerances = at(meta, 'tolerance');
  // a sentence instead of numbers: the source itself, in float32, is not near
  const single = optional(tolerances, 'f32') ?? at(tolerances, 'f64');
  const tolerance = (of: 'value' | 'grad', name?: string): Tolerance => {
    // then what float32 has no room for is held to the float64 bound
    if (typeof single === 'string') return { rtol: 1e-5, atol: toleranceOf(at(tolerances, 'f64')).atol };
    const part = optional(single, of) ?? single;
    return toleranceOf(name === undefined ? part : (optional(part, name) ?? part));
  };
  const shapes = record(at(meta, 'shapes'));
  const listed = optional(expected, 'per_sample');
  const whole = record(optional(expected, 'grad') ?? {});
  const samples = record(optional(expected, 'grad_summary') ?? {});
  const gradients = new Map<string, GradientExpected>();
  for (const [name, gradient] of Object.entries(whole)) {
    const { data } = numbersOf(gradient, folder);
    gradients.set(name, {
      tolerance: tolerance('grad', name),
      size: data.length,
      entries: Array.from(data, (value, e) => [e, value] as const),
      without: zeroEntries(meta, name, list(at(shapes, name)).map(number)),
    });
  }
  for (const [name, summary] of Object.entries(samples)) {
    gradients.set(name, {
      tolerance: tolerance('grad', name),
      size: number(at(summary, 'size')),
      entries: list(at(summary, 'samples')).map((sample) => {
        const [index, value] = list(sample).map(number);
        return [index, value] as const;
      }),
      without: new Set(),
      summary: { l2norm: number(at(summary, 'l2norm')), abssum: number(at(summary, 'abssum')) },
    });
  }
  return {
    value: Array.from(numbersOf(at(expected, 'value'), folder).data),
    gradients,
    terms: Array.isArray(listed) ? flat(listed) : undefined,
    valueTolerance: tolerance('value'),
  };
}

function minedOf(json: unknown): ExpectedTuples {
  const [meta, expected] = [at(json, 'meta'), at(json, 'expected')];
  const found = new Map(
    Object.entries(record(at(expected, 'value'))).map(([role, rows]) => [role, list(rows).map(number)]),
  );
  const roles = found.has('a')
    ? [['a', 'p', 'n']]
    : [
        ['a1', 'p'],
        ['a2', 'n'],
      ];
  const extra = at(expected, 'extra');
  const [ofTriplets, ofPairs] = [optional(extra, 'kept_distances'), optional(extra, 'kept_distances_sorted')];
  const kept = ofTriplets === undefined ? ofPairs : [Object.values(record(ofTriplets))];
  return {
    tuples: roles.map((each) => each.map((role) => found.get(role) ?? [])),
    ordered: flag(at(meta, 'order_defined')),
    kept: kept === undefined ? undefined : list(kept).map(flat),
  };
}

function measuresOf(json: unknown, path = ''): [path: string, numbers: number[]][] {
  if (Array.isArray(json) || typeof json !== 'object') return [[path, flat(json)]];
  return Object.entries(record(json)).flatMap(([name, value]) =>
    measuresOf(value, path === '' ? name : `${path}.${name}`),
  );
}

function zeroEntries(meta: unknown, name: string, shape: readonly number[]): Set<number> {
  const degenerate = optional(meta, 'degenerate');
  const zeroRows = degenerate === undefined ? undefined : optional(degenerate, 'zero_rows');
  const found = zeroRows === undefined ? undefined : optional(zeroRows, name);
  const cols = shape[shape.length - 1];
  const rows = found === undefined ? [] : list(found).map(number);
  return new Set(rows.flatMap((i) => Array.from({ length: cols }, (_, k) => i * cols + k)));
}

function toleranceOf(json: unknown): Tolerance {
  return { rtol: number(at(json, 'rtol')), atol: number(at(json, 'atol')) };
}
