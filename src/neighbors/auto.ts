import { checkWhole } from '../core/check.ts';
import { matrix, type Matrix } from '../core/matrix.ts';
import { random } from '../core/random.ts';
import { checkDim } from './check-stored.ts';
import { exact } from './exact.ts';
import { hnsw, type HnswOptions } from './hnsw.ts';
import type { NeighborIndex } from './neighbor-index.ts';

export interface AutoOptions extends HnswOptions {
  /** Rows the index will hold. */
  readonly rows: number;
  /** Queries it will be asked before its rows have changed and a graph would be linked again. */
  readonly queries: number;
  /** Is told what was chosen, and why. @default console.error */
  readonly announce?: (sentence: string) => void;
}

/** Seconds that were measured on this machine, on few rows. */
export interface Speeds {
  /** rows they were measured on */
  readonly rows: number;
  /** of exact: a query and a row */
  readonly pair: number;
  /** of hnsw: to link a row */
  readonly link: number;
  /** of hnsw: to answer a query */
  readonly query: number;
}

/** Rows and queries that speeds are measured on: some tenths of a second. */
const [ROWS, QUERIES] = [2000, 256];

/**
 * An exact index or one of hnsw, whichever is expected to cost less time from one change of the rows to the next: exact meets every row
 * for every query and has no build, hnsw links every row and then meets few. Both are timed on this machine for it, so the choice may be
 * another elsewhere or under load; it is told to `announce`.
 *
 * @throws RangeError if rows or queries is not a whole number >= 1; as `hnsw`
 */
export async function auto({
  rows,
  queries,
  announce = console.error,
  ...options
}: AutoOptions): Promise<NeighborIndex> {
  checkDim('auto', options.dim);
  checkWhole('auto', 'rows', rows, 1);
  checkWhole('auto', 'queries', queries, 1);
  const { choice, why } = cheaper(await measured(options), rows, queries);
  announce(`auto: ${why}`);
  // linking was found to pay, however few the rows are
  return choice === 'exact'
    ? exact(options)
    : hnsw({ ...options, rebuild: { least: 1, ...options.rebuild } });
}

/** A graph's costs rise with the logarithm of its rows. */
export function cheaper(
  speeds: Speeds,
  rows: number,
  queries: number,
): { readonly choice: 'exact' | 'hnsw'; readonly why: string } {
  const deeper = Math.max(1, Math.log(rows) / Math.log(speeds.rows));
  const exactly = queries * rows * speeds.pair;
  const byGraph = (rows * speeds.link + queries * speeds.query) * deeper;
  const choice = exactly <= byGraph ? 'exact' : 'hnsw';
  return {
    choice,
    why: `${choice}, since ${queries} queries of ${rows} rows are expected to take ${seconds(exactly)} exactly and ${seconds(byGraph)} with a graph, linking it included`,
  };
}

function seconds(value: number): string {
  return `${Number(value.toPrecision(2))} s`;
}

async function measured(options: HnswOptions): Promise<Speeds> {
  const [stored, asked] = [drawn(ROWS, options.dim, 1), drawn(QUERIES, options.dim, 2)];
  const ids = Uint32Array.from({ length: ROWS }, (_, i) => i);
  const [every, graph] = [exact(options), hnsw({ ...options, rebuild: { least: 1 } })];
  await every.add(stored, ids);
  const link = await timed(() => graph.add(stored, ids));
  await every.search(asked, 10);
  const pair = await timed(() => every.search(asked, 10));
  const query = await timed(() => graph.search(asked, 10));
  every.dispose();
  graph.dispose();
  return { rows: ROWS, link: link / ROWS, pair: pair / QUERIES / ROWS, query: query / QUERIES };
}

async function timed(call: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await call();
  return (performance.now() - begun) / 1000;
}

function drawn(rows: number, dim: number, seed: number): Matrix {
  const { uniform } = random(seed);
  return matrix(
    rows,
    dim,
    Float32Array.from({ length: rows * dim }, () => uniform() - 0.5),
  );
}
