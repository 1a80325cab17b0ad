import { lossNamed } from '../catalog/catalog.ts';
import type { Column } from '../catalog/input.ts';
import type { NamedLoss, NamedResult } from '../catalog/row.ts';
import { refuse } from '../core/check.ts';
import { type Matrix, matrix } from '../core/matrix.ts';
import type { CheckedArray } from '../formats/checked-file.ts';
import type { Content } from './content.ts';
import type { ScorePlan } from './plan.ts';
import type { Work } from './work.ts';

/** Computes a loss of batches. */
export function scoreWork({ loss, options }: ScorePlan): Work {
  let compute: NamedLoss | undefined;
  return async (input) => {
    compute ??= lossNamed('score', loss).make(new Map(Object.entries(options)));
    return resultContent(await compute(readColumns(input)));
  };
}

export function columnsContent(columns: ReadonlyMap<string, Column>): Content {
  return packed({ task: 'score' }, columns);
}

/** Inputs as they were. */
function readColumns(content: Content): Map<string, Column> {
  return new Map(entriesOf(content));
}

function resultContent({ value, active, terms, gradients }: NamedResult): Content {
  const { header, arrays } = packed({ value, active }, gradients);
  return { header, arrays: terms === undefined ? arrays : { ...arrays, ' terms': terms } };
}

/** A result as the loss gave it. */
export function readResult(content: Content): NamedResult {
  const { value, active } = content.header;
  const { ' terms': terms, ...arrays } = content.arrays;
  const gradients = new Map<string, Matrix | number>();
  for (const [name, gradient] of entriesOf({ header: content.header, arrays })) {
    if (typeof gradient === 'number' || isMatrix(gradient)) gradients.set(name, gradient);
  }
  return {
    value: typeof value === 'number' ? value : wrong(),
    active: typeof active === 'number' ? active : wrong(),
    terms: terms instanceof Float32Array ? terms : undefined,
    gradients,
  };
}

/** Columns by name: arrays, the shapes of those that are matrices, and what is no array. */
function packed(header: Content['header'], columns: ReadonlyMap<string, Column>): Content {
  const arrays: Record<string, CheckedArray> = {};
  const shapes: Record<string, readonly [number, number]> = {};
  const values: Record<string, number | boolean> = {};
  for (const [name, column] of columns) {
    if (typeof column === 'number' || typeof column === 'boolean') values[name] = column;
    else if (isMatrix(column)) {
      shapes[name] = [column.rows, column.cols];
      arrays[name] = column.data;
    } else arrays[name] = column;
  }
  return { header: { ...header, shapes, values }, arrays };
}

function* entriesOf({ header, arrays }: Content): Generator<[string, Column]> {
  const shapes = recordOf(header.shapes);
  for (const [name, array] of Object.entries(arrays)) {
    const shape = shapes[name];
    if (Array.isArray(shape) && array instanceof Float32Array) {
      yield [name, matrix(Number(shape[0]), Number(shape[1]), array)];
    } else yield [name, array instanceof Uint8Array ? wrong() : array];
  }
  for (const [name, value] of Object.entries(recordOf(header.values))) {
    yield [name, typeof value === 'number' || typeof value === 'boolean' ? value : wrong()];
  }
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : wrong();
}

function isMatrix(column: Column): column is Matrix {
  return typeof column === 'object' && 'rows' in column;
}

function wrong(): never {
  return refuse('score', 'a batch must be as it was asked or answered', 'something else');
}
