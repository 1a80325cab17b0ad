import { readdirSync, readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { fromRows, type Matrix } from '../src/core/matrix.ts';

/** What another system gives for some inputs; test/fixtures/reference/README.md says which and how it is written. */
export interface ReferenceCase {
  readonly name: string;
  readonly loss: string;
  /** of the reduction 'none' the sum is compared, and the terms */
  readonly reduction: 'mean' | 'sum' | 'none';
  /** the option of that name in the source system */
  number(option: string): number;
  text(option: string): string;
  flag(option: string): boolean;
  /** An input, as a matrix: a list is one column, of more dimensions the last are the columns. */
  rows(input: string): Matrix;
  /** An input that is a list. */
  list(input: string): readonly number[];
  /** The names of the inputs that are matrices. */
  readonly inputs: readonly string[];
  /** An input of whole numbers, one a row. */
  labels(input: string): Int32Array;
  /** Rows of length 0 of an input. */
  zeroRows(input: string): readonly number[];
  /** what the reduction left; absent for 'none' */
  readonly value?: number;
  /** unreduced, where the source system has them */
  readonly terms?: readonly number[];
  /** The gradient of the value, or of the terms' sum, with respect to an input. */
  gradient(input: string): Matrix;
  readonly valueTolerance: Tolerance;
  gradientTolerance(input: string): Tolerance;
}

export interface Tolerance {
  readonly rtol: number;
  readonly atol: number;
}

const CASES = new URL('./fixtures/reference/cases/', import.meta.url);

/** All cases of a family: 'metric', 'classification', 'regression'. */
export function referenceCases(family: string): ReferenceCase[] {
  const folder = new URL(`${family}/`, CASES);
  const files = readdirSync(folder).filter((file) => file.endsWith('.json'));
  return files.sort().map((file) => referenceCase(JSON.parse(readFileSync(new URL(file, folder), 'utf8'))));
}

/** Expects each number within atol + rtol · |expected| of the one expected. */
export function expectWithin(
  { rtol, atol }: Tolerance,
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
): void {
  expect(actual.length, 'length').toBe(expected.length);
  for (let e = 0; e < expected.length; e++) {
    const error = Math.abs(actual[e] - expected[e]);
    expect(error, `error of entry ${e}, ${actual[e]} for ${expected[e]}`).toBeLessThanOrEqual(
      atol + rtol * Math.abs(expected[e]),
    );
  }
}

function referenceCase(json: unknown): ReferenceCase {
  const [meta, inputs, expected] = [at(json, 'meta'), at(json, 'inputs'), at(json, 'expected')];
  const tolerance = at(at(meta, 'tolerance'), 'f32');
  const value = at(expected, 'value');
  const terms = Array.isArray(value) ? value : listed(optional(expected, 'per_sample'));
  const degenerate = optional(meta, 'degenerate');
  const zeroRows = degenerate === undefined ? undefined : optional(degenerate, 'zero_rows');
  return {
    name: text(at(json, 'name')),
    loss: text(at(meta, 'loss')),
    reduction: reduction(at(meta, 'reduction')),
    number: (option) => number(at(at(meta, 'options'), option)),
    text: (option) => text(at(at(meta, 'options'), option)),
    flag: (option) => flag(at(at(meta, 'options'), option)),
    rows: (input) => rows(at(inputs, input)),
    list: (input) => numbers(at(inputs, input)),
    inputs: Object.entries(record(inputs)).flatMap(([name, entries]) => (isRows(entries) ? [name] : [])),
    labels: (input) => Int32Array.from(numbers(at(inputs, input))),
    zeroRows: (input) => {
      const found = zeroRows === undefined ? undefined : optional(zeroRows, input);
      return found === undefined ? [] : numbers(found);
    },
    value: Array.isArray(value) ? undefined : number(value),
    terms: terms === undefined ? undefined : flatNumbers(terms),
    gradient: (input) => rows(at(at(expected, 'grad'), input)),
    // of some cases one tolerance is for all
    valueTolerance: toleranceOf(optional(tolerance, 'value') ?? tolerance),
    gradientTolerance: (input) => {
      const each = optional(tolerance, 'grad');
      return toleranceOf(each === undefined ? tolerance : at(each, input));
    },
  };
}

/** A list, where there is one: pytorch-metric-learning's terms are of pairs, under names of its own. */
function listed(json: unknown): unknown {
  return Array.isArray(json) ? json : undefined;
}

function toleranceOf(json: unknown): Tolerance {
  return { rtol: number(at(json, 'rtol')), atol: number(at(json, 'atol')) };
}

function reduction(json: unknown): ReferenceCase['reduction'] {
  // a system's own default is named by its options
  if (json === 'default') return 'mean';
  if (json === 'mean' || json === 'sum' || json === 'none') return json;
  throw new TypeError(`${String(json)} is no reduction`);
}

function record(json: unknown): object {
  if (typeof json === 'object' && json !== null) return json;
  throw new TypeError(`${String(json)} is no record`);
}

function optional(json: unknown, name: string): unknown {
  return Object.entries(record(json)).find(([key]) => key === name)?.[1];
}

function at(json: unknown, name: string): unknown {
  const found = optional(json, name);
  if (found === undefined) throw new TypeError(`there is no ${name}`);
  return found;
}

function text(json: unknown): string {
  if (typeof json === 'string') return json;
  throw new TypeError(`${String(json)} is no text`);
}

function number(json: unknown): number {
  if (typeof json === 'number') return json;
  throw new TypeError(`${String(json)} is no number`);
}

function flag(json: unknown): boolean {
  if (typeof json === 'boolean') return json;
  throw new TypeError(`${String(json)} is no flag`);
}

function numbers(json: unknown): number[] {
  if (Array.isArray(json)) return json.map(number);
  throw new TypeError(`${String(json)} is no list`);
}

function flatNumbers(json: unknown): number[] {
  return Array.isArray(json) ? json.flatMap(flatNumbers) : [number(json)];
}

function isRows(json: unknown): boolean {
  return Array.isArray(json) && json.every(Array.isArray);
}

function rows(json: unknown): Matrix {
  if (Array.isArray(json)) return fromRows(lists(json));
  throw new TypeError(`${String(json)} is no matrix`);
}

function lists(json: readonly unknown[]): number[][] {
  return json.flatMap((entry) => {
    if (!Array.isArray(entry)) return [[number(entry)]];
    return entry.some(Array.isArray) ? lists(entry) : [numbers(entry)];
  });
}
