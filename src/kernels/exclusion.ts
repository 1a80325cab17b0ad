import type { Corpus, Exclusion } from './kernels.ts';

/** What is excluded for queries start … end - 1: views. */
export function exclusionBetween(exclude: Exclusion, start: number, end: number): Exclusion {
  const { queryClass, allowed, perQuery } = exclude;
  return {
    allowed,
    queryClass: queryClass?.subarray(start, end),
    perQuery: perQuery && { offsets: perQuery.offsets.subarray(start, end + 1), ids: perQuery.ids },
  };
}

/** Whether a query must not be given a row of the corpus, or no query is. */
export function excludedBy(
  { queryClass, allowed, perQuery }: Exclusion,
  { ids, classes, dead }: Pick<Corpus, 'ids' | 'classes' | 'dead'>,
): (query: number, row: number) => boolean {
  return (query, row) => {
    if (dead !== undefined && (dead[row >>> 3] >>> (row & 7)) & 1) return true;
    if (queryClass !== undefined && classes !== undefined && classes[row] === queryClass[query]) return true;
    const id = ids[row];
    if (allowed !== undefined && !((allowed[id >>> 3] >>> (id & 7)) & 1)) return true;
    if (perQuery === undefined) return false;
    for (let e = perQuery.offsets[query]; e < perQuery.offsets[query + 1]; e++) {
      if (perQuery.ids[e] === id) return true;
    }
    return false;
  };
}
