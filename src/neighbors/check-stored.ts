import { checkEqual, checkWhole, refuse } from '../core/check.ts';
import type { Matrix } from '../core/matrix.ts';
import { kernels } from '../kernels/active.ts';
import { checkFiniteRows, checkRowsBetween } from '../kernels/check-rows.ts';
import type { Corpus, Exclusion } from '../kernels/kernels.ts';

/** Squares of larger numbers leave float32, and scores with them. */
const MOST = 1e18;

/** Ends with what must be a typed array of this name: indexes hand memory to native code, and a caller may be plain JavaScript. */
export function checkArray(where: string, name: string, value: unknown, type: string): void {
  const got = Object.prototype.toString.call(value).slice('[object '.length, -1);
  if (got !== type) refuse(where, `${name} must be of type ${type}`, got);
}

/** Numbers a row may have. */
const MOST_DIM = 65_536;

export function checkDim(where: string, dim: number): void {
  checkWhole(where, 'dim', dim, 1);
  if (dim > MOST_DIM) refuse(where, `dim must be at most ${MOST_DIM}`, dim);
}

export function checkObject(where: string, name: string, value: unknown): void {
  if (typeof value !== 'object' || value === null) refuse(where, `${name} must be an object`, value);
}

/** A matrix of rows an index can keep or be asked for. */
export function checkRows(where: string, name: string, m: Matrix, dim: number): void {
  checkObject(where, name, m);
  checkWhole(where, `${name}.rows`, m.rows);
  checkEqual(where, `${name}.cols`, m.cols, dim);
  checkArray(where, `${name}.data`, m.data, 'Float32Array');
  checkEqual(where, `${name}.data.length`, m.data.length, m.rows * dim);
  if (kernels.firstOutside(m, -MOST, MOST) < 0) return;
  checkFiniteRows(where, name, m);
  checkRowsBetween(where, name, m, [-MOST, MOST], `within ${MOST} of 0`);
}

/** Ids, none of them twice; as many as there are rows, where it is of rows. */
export function checkIds(where: string, ids: Uint32Array, rows?: number): void {
  checkArray(where, 'ids', ids, 'Uint32Array');
  if (rows !== undefined) checkEqual(where, 'ids.length', ids.length, rows);
  const seen = new Set<number>();
  for (const id of ids) {
    if (seen.has(id)) refuse(where, 'ids must be distinct', `${id} twice`);
    seen.add(id);
  }
}

export function checkClasses(where: string, name: string, classes: Int32Array, rows: number): void {
  checkArray(where, name, classes, 'Int32Array');
  checkEqual(where, `${name}.length`, classes.length, rows);
}

/** What a search of such rows is given. */
export function checkSearch(
  where: string,
  { dim, all }: { readonly dim: number; readonly all: Pick<Corpus, 'rows' | 'classes'> },
  queries: Matrix,
  k: number,
  exclude: Exclusion = {},
): void {
  checkRows(where, 'queries', queries, dim);
  checkWhole(where, 'k', k, 1);
  if (queries.rows * k > MOST_FOUND) {
    refuse(where, `k times the queries must be at most ${MOST_FOUND}`, queries.rows * k);
  }
  checkObject(where, 'exclude', exclude);
  const { queryClass, allowed, perQuery } = exclude;
  if (queryClass !== undefined) {
    checkClasses(where, 'exclude.queryClass', queryClass, queries.rows);
    if (all.rows.rows > 0 && all.classes === undefined)
      refuse(where, 'exclude.queryClass needs rows with classes', 'rows without');
  }
  if (allowed !== undefined) checkArray(where, 'exclude.allowed', allowed, 'Uint8Array');
  if (perQuery === undefined) return;
  checkObject(where, 'exclude.perQuery', perQuery);
  const { offsets, ids } = perQuery;
  checkArray(where, 'exclude.perQuery.offsets', offsets, 'Uint32Array');
  checkArray(where, 'exclude.perQuery.ids', ids, 'Uint32Array');
  checkEqual(where, 'exclude.perQuery.offsets.length', offsets.length, queries.rows + 1);
  checkEqual(where, 'exclude.perQuery.ids.length', ids.length, offsets[queries.rows]);
  for (let q = 0; q < queries.rows; q++) {
    if (offsets[q] > offsets[q + 1])
      refuse(where, `exclude.perQuery.offsets must not fall`, `${offsets[q]} before ${offsets[q + 1]}`);
  }
}

/** Neighbors of one search: their ids fill 4 GB. */
const MOST_FOUND = 2 ** 30;
