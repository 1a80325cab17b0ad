import { readFileSync } from 'node:fs';
import { idTable } from '../../src/core/ids.ts';
import { ranked, type Ranking } from '../../src/metrics/ranking.ts';

export const TREC_CASES = [
  'ties',
  'unjudged',
  'no_relevant',
  'missing_queries',
  'scientific',
  'bytes_and_grades',
] as const;

/** A case of test/fixtures/trec: the run as a ranking, and what trec_eval printed for each of its queries. */
export interface TrecCase {
  readonly ranking: Ranking;
  /** the queries in the order of the ranking */
  readonly queries: readonly string[];
  /** the four decimals printed for a query and a measure */
  printed(measure: string, query: string): string | undefined;
  /** of all queries, the mean */
  printedMean(measure: string): string | undefined;
}

/** Reads a case as trec_eval 9 does: scores as float32, the larger first, equal ones by name, descending by bytes; ranks are not read. */
export function trecCase(name: string): TrecCase {
  const qrels = fields(name, 'qrels.txt');
  const run = fields(name, 'run.txt');
  const names = [...qrels, ...run].map(([, , document]) => document);
  const { idOf } = idTable([...new Set(names)]);
  const id = (document: string): number => idOf.get(document) ?? -1;

  const judged = new Set(qrels.map(([query]) => query));
  const queries = [...new Set(run.map(([query]) => query))].filter((query) => judged.has(query));
  const lists = queries.map((query) =>
    run
      .filter(([other]) => other === query)
      .map(([, , document, , score]) => ({ id: id(document), score: Math.fround(Number(score)) }))
      .sort((a, b) => b.score - a.score || a.id - b.id),
  );
  const k = Math.max(...lists.map((list) => list.length));
  const ids = Uint32Array.from(
    lists.flatMap((list) => Array.from({ length: k }, (_, rank) => list[rank]?.id ?? 0)),
  );
  const found = Uint32Array.from(lists, (list) => list.length);
  const judgments = queries.map(
    (query) =>
      new Map(
        qrels
          .filter(([other]) => other === query)
          .map(([, , document, grade]) => [id(document), Number(grade)]),
      ),
  );
  const lines = new Map(
    fields(name, 'trec_eval.txt').map(([measure, query, value]) => [`${measure} ${query}`, value]),
  );
  return {
    ranking: ranked({ k, ids, found }, judgments),
    queries,
    printed: (measure, query) => lines.get(`${measure} ${query}`),
    printedMean: (measure) => lines.get(`${measure} all`),
  };
}

function fields(name: string, file: string): string[][] {
  const text = readFileSync(new URL(`../fixtures/trec/${name}/${file}`, import.meta.url), 'utf8');
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => line.trim().split(/[ \t]+/));
}
