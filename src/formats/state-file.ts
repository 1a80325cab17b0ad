import { refuse } from '../core/check.ts';
import { matrix, type Matrix } from '../core/matrix.ts';
import type { Parameters } from '../core/parameters.ts';
import { type Arrays, type CheckedArray, readChecked, writeChecked } from './checked-file.ts';

/** What a program goes on from. */
export interface State {
  /** plain JSON */
  readonly facts: Readonly<Record<string, unknown>>;
  /** by what they are of, matrices by name; neither has a slash in it */
  readonly matrices: Readonly<Record<string, Parameters>>;
  /** other arrays by name */
  readonly arrays: Arrays;
}

const KIND = { magic: 'nearstat', version: 2 } as const;

/**
 * The same, which changes no more when the other does, in memory that other threads see.
 *
 * @param over an earlier copy, whose matrices are written over: fresh memory takes several times as long to fill
 */
export function copiedState({ facts, matrices, arrays }: State, over?: State): State {
  return {
    facts: structuredClone(facts),
    matrices: mapped(matrices, (members, group) =>
      mapped(members, (m, name) => copiedOver(m, over?.matrices[group]?.[name])),
    ),
    arrays: mapped(arrays, (array) => array.slice()),
  };
}

function copiedOver({ rows, cols, data }: Matrix, over: Matrix | undefined): Matrix {
  const copy =
    over?.rows === rows && over.cols === cols
      ? over
      : matrix(rows, cols, new Float32Array(new SharedArrayBuffer(data.byteLength)));
  copy.data.set(data);
  return copy;
}

/**
 * Writes a file that is there in full or not at all, whose every bit is as it was written when `readState` takes it.
 *
 * @throws RangeError if a file cannot be made there
 */
export async function writeState(path: string, { facts, matrices, arrays }: State): Promise<void> {
  const named = Object.entries(matrices).flatMap(([group, members]) =>
    Object.entries(members).map(([name, m]): [string, Matrix] => [`${group}/${name}`, m]),
  );
  const shapes = Object.fromEntries(named.map(([name, { rows, cols }]) => [name, [rows, cols]]));
  const all: Record<string, CheckedArray> = { ...arrays };
  for (const [name, { data }] of named) all[name] = data;
  await writeChecked(path, KIND, { header: { facts, shapes }, arrays: all });
}

/** @throws RangeError, naming the file, if it is none of these or not as it was written */
export async function readState(path: string): Promise<State> {
  const { header, arrays } = await readChecked(path, KIND);
  const wrong = (): never => refuse(path, 'must be as it was written', 'another header');
  const matrices: Record<string, Record<string, Matrix>> = {};
  const others = new Map(Object.entries(arrays));
  for (const [place, shape] of Object.entries(objectOf(header.shapes) ?? wrong())) {
    const data = others.get(place);
    const [rows, cols]: unknown[] = Array.isArray(shape) ? shape : [];
    if (!(data instanceof Float32Array) || typeof rows !== 'number' || typeof cols !== 'number')
      return wrong();
    const slash = place.indexOf('/');
    (matrices[place.slice(0, slash)] ??= {})[place.slice(slash + 1)] = matrix(rows, cols, data);
    others.delete(place);
  }
  return { facts: objectOf(header.facts) ?? wrong(), matrices, arrays: Object.fromEntries(others) };
}

function objectOf(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : undefined;
}

function mapped<Each>(
  record: Readonly<Record<string, Each>>,
  of: (each: Each, name: string) => Each,
): Record<string, Each> {
  return Object.fromEntries(Object.entries(record).map(([name, each]) => [name, of(each, name)]));
}
