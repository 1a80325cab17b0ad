import type { AskedQueries } from './asked-queries.ts';

/** A label a query. */
export interface Labels {
  readonly name: string;
  /** the slices, in the order they are shown */
  readonly order: readonly string[];
  readonly ofQuery: readonly string[];
}

/** Slices of one field that are shown; the rest are one. */
const MOST_SLICES = 12;
const MOST_FIELDS = 6;

/**
 * What queries can be told apart by: fields of their metadata that several queries share, how many documents are relevant to
 * them, and how many words they have. What all queries have in common is left out.
 */
export function labelsOf({ fields, texts }: AskedQueries, relevant: readonly number[]): readonly Labels[] {
  const shared = [...fields].flatMap(([name, values]) => {
    const counts = countsOf(values);
    return counts.size > values.length / 2 ? [] : [commonest(name, values, counts)];
  });
  return [
    ...shared.slice(0, MOST_FIELDS),
    binned('relevant documents', relevant, [1, 2, 4, 11]),
    binned('words of the query', texts.map(wordsOf), quartiles(texts.map(wordsOf))),
  ].filter(({ order }) => order.length > 1);
}

function countsOf(values: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}

/** The values that most queries have, and the others as one. */
function commonest(name: string, values: readonly string[], counts: ReadonlyMap<string, number>): Labels {
  const order = [...counts].sort(([, a], [, b]) => b - a).map(([value]) => value);
  if (order.length <= MOST_SLICES) return { name, order, ofQuery: values };
  const kept = new Set(order.slice(0, MOST_SLICES - 1));
  const others = `${order.length - kept.size} others`;
  return {
    name,
    order: [...kept, others],
    ofQuery: values.map((value) => (kept.has(value) ? value : others)),
  };
}

/** Whole numbers in bins that begin at given ones, those below the first too; bins without any are left out. */
function binned(name: string, values: readonly number[], starts: readonly number[]): Labels {
  const bins = [-Infinity, ...starts].map((start, b) => {
    const end = b < starts.length ? starts[b] - 1 : Infinity;
    return values.filter((value) => value >= start && value <= end);
  });
  const labels = bins.map((held, b) => {
    const [least, most] = held.reduce(([a, z], v) => [Math.min(a, v), Math.max(z, v)], [Infinity, -Infinity]);
    if (least === most) return String(least);
    return b === starts.length ? `${starts[b - 1]} or more` : `${least} to ${most}`;
  });
  const binOf = (value: number): number => starts.filter((start) => start <= value).length;
  return {
    name,
    order: labels.filter((_, b) => bins[b].length > 0),
    ofQuery: values.map((value) => labels[binOf(value)]),
  };
}

function quartiles(values: readonly number[]): number[] {
  const sorted = values.toSorted((a, b) => a - b);
  const cuts = [0.25, 0.5, 0.75].map((share) => sorted[Math.floor(share * sorted.length)]);
  return [...new Set(cuts)];
}

function wordsOf(text: string): number {
  return text.split(/\s+/).filter((word) => word !== '').length;
}
