import { concatMap, defer } from 'rxjs';
import type { Split, StoredFolder } from '../../src/formats/data-folder.ts';
import { ranked as rankingOf } from '../../src/metrics/ranking.ts';
import { together, type Values, valuesOf } from '../../src/streams/evaluate.ts';
import { pull } from '../../src/streams/pull.ts';
import { readQueries } from '../../src/streams/read-queries.ts';
import { type Begun, begunAhead } from '../begun-ahead.ts';
import { run } from '../interruption.ts';
import { METRICS } from '../retrieval.ts';
import type { Asked, Ranked, System } from './systems.ts';

export interface Graded {
  readonly values: Values;
  /** of a machine that does nothing else: what it takes to read a corpus from disk and to make of it what is searched, included */
  readonly queriesPerSecond: number;
}

export interface GradeOptions {
  readonly depth: number;
  readonly signal: AbortSignal;
  /** Is shown what all systems gave for some queries. */
  readonly onRanked?: (asked: Asked, rankings: ReadonlyMap<string, Ranked>) => Promise<void> | void;
}

/** Places of rankings that are held at a time, of each system: with ids and scores, 64 MiB. */
const PLACES = 2 ** 23;
/** Batches of queries that others rank at a time. */
const AHEAD = 8;

const NONE: ReadonlyMap<string, Ranked> = new Map();

/** Has each system rank the corpus for every query of a split, and grades the rankings: one value a query for each figure. */
export async function grade(
  folder: Pick<StoredFolder, 'queryVectors'>,
  split: Split,
  systems: readonly System[],
  { depth, signal, onRanked }: GradeOptions,
): Promise<Readonly<Record<string, Graded>>> {
  const parts = new Map<string, { readonly values: Values[]; seconds: number }>(
    systems.map(({ name }) => [name, { values: [], seconds: 0 }]),
  );
  const elsewhere = systems.filter((system) => system.elsewhere === true);
  const [places, ahead] = elsewhere.length > 0 ? [PLACES / AHEAD, AHEAD] : [PLACES, 1];
  const source = begunAhead(
    readQueries(folder.queryVectors, split, { rows: Math.max(64, Math.floor(places / depth)) }),
    async (asked) =>
      new Map(
        await Promise.all(elsewhere.map(async (system) => [system, await system.rank(asked, NONE)] as const)),
      ),
    ahead,
  );
  const turn = concatMap(({ batch: asked, made }: Begun<Asked, ReadonlyMap<System, Ranked>>) =>
    defer(async () => {
      const rankings = new Map<string, Ranked>();
      const waiting = performance.now();
      const ranked = await made;
      const waited = performance.now() - waiting;
      for (const system of systems) {
        const { name, rank } = system;
        signal.throwIfAborted();
        const begun = performance.now();
        const ranking = ranked.get(system) ?? (await rank(asked, rankings));
        const part = parts.get(name);
        if (part === undefined) continue;
        part.seconds += (performance.now() - begun + (ranked.has(system) ? waited : 0)) / 1000;
        rankings.set(name, ranking);
        part.values.push(valuesOf(METRICS, rankingOf(ranking, asked.judgments)));
      }
      await onRanked?.(asked, rankings);
    }),
  );
  await run(pull(source, turn, { inFlight: 1 }), signal);
  return Object.fromEntries(
    [...parts].map(([name, { values, seconds }]) => [
      name,
      { values: together(values), queriesPerSecond: split.queries.length / seconds },
    ]),
  );
}
