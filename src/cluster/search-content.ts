import { refuse } from '../core/check.ts';
import { type Matrix, matrix, rowsBetween } from '../core/matrix.ts';
import type { IdLists } from '../core/batches.ts';
import type { Exclusion, TopK } from '../kernels/kernels.ts';
import type { ShardOptions } from '../neighbors/sharded.ts';
import type { Content } from './content.ts';

/** What a shard is asked. */
export interface Asked {
  readonly index: 'exact' | 'hnsw';
  readonly queries: Matrix;
  readonly k: number;
  readonly options: ShardOptions;
}

/** Some of the queries, with all that belongs to them. */
export function someOf(
  { index, queries, k, options: { exclude, ceilings } }: Asked,
  start: number,
  end: number,
): Asked {
  const { queryClass, allowed, perQuery } = exclude ?? {};
  const some: Exclusion = {
    queryClass: queryClass?.subarray(start, end),
    allowed,
    perQuery: perQuery && listsBetween(perQuery, start, end),
  };
  return {
    index,
    queries: rowsBetween(queries, start, end),
    k,
    options: { exclude: exclude && some, ceilings: ceilings?.subarray(start, end) },
  };
}

function listsBetween({ offsets, ids }: IdLists, start: number, end: number): IdLists {
  const first = offsets[start];
  return {
    offsets: offsets.slice(start, end + 1).map((offset) => offset - first),
    ids: ids.subarray(first, offsets[end]),
  };
}

export function askedContent({ index, queries, k, options: { exclude, ceilings } }: Asked): Content {
  const { queryClass, allowed, perQuery } = exclude ?? {};
  const all = {
    queries: queries.data,
    queryClass,
    allowed,
    offsets: perQuery?.offsets,
    excluded: perQuery?.ids,
    ceilings,
  };
  const arrays = Object.fromEntries(
    Object.entries(all).flatMap(([name, array]) => (array ? [[name, array]] : [])),
  );
  return { header: { task: 'search', index, rows: queries.rows, k }, arrays };
}

export function readAsked({ header, arrays }: Content): Asked {
  const { queries, queryClass, allowed, offsets, excluded, ceilings } = arrays;
  const [rows, k] = [whole(header, 'rows'), whole(header, 'k')];
  const data = queries instanceof Float32Array ? queries : wrong('queries');
  const perQuery =
    offsets instanceof Uint32Array && excluded instanceof Uint32Array
      ? { offsets, ids: excluded }
      : undefined;
  const exclude: Exclusion = {
    queryClass: queryClass instanceof Int32Array ? queryClass : undefined,
    allowed: allowed instanceof Uint8Array ? allowed : undefined,
    perQuery,
  };
  return {
    index: header.index === 'hnsw' ? 'hnsw' : 'exact',
    queries: matrix(rows, rows === 0 ? 0 : data.length / rows, data),
    k,
    options: { exclude, ceilings: ceilings instanceof Float32Array ? ceilings : undefined },
  };
}

export function answerContent({ rows, scores, found, above }: TopK): Content {
  return { header: {}, arrays: { rows, scores, found, ...(above && { above }) } };
}

export function readAnswer({ arrays: { rows, scores, found, above } }: Content): TopK {
  return {
    rows: rows instanceof Uint32Array ? rows : wrong('rows'),
    scores: scores instanceof Float32Array ? scores : wrong('scores'),
    found: found instanceof Uint32Array ? found : wrong('found'),
    above: above instanceof Uint32Array ? above : undefined,
  };
}

/** The answers for some queries and for those after them as one. */
export function joined(parts: readonly TopK[]): TopK {
  const above = parts.flatMap((part) => part.above ?? []);
  return {
    rows: filled(
      Uint32Array,
      parts.map(({ rows }) => rows),
    ),
    scores: filled(
      Float32Array,
      parts.map(({ scores }) => scores),
    ),
    found: filled(
      Uint32Array,
      parts.map(({ found }) => found),
    ),
    above: above.length < parts.length ? undefined : filled(Uint32Array, above),
  };
}

function filled<Numbers extends Uint32Array | Float32Array>(
  Kind: new (length: number) => Numbers,
  parts: readonly Numbers[],
): Numbers {
  const all = new Kind(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function whole(header: Content['header'], name: string): number {
  const value = header[name];
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : wrong(name);
}

function wrong(name: string): never {
  return refuse('a search', `${name} must be as it was asked or answered`, 'something else');
}
