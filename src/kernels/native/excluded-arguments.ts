import type { Corpus, Exclusion, TopK } from '../kernels.ts';

/** What the addon's searches are told of rows that are passed over: eight arguments, as its calls.h has them. */
export type ExcludedArguments = readonly [
  ids: Uint32Array,
  classes: Int32Array | null,
  queryClass: Int32Array | null,
  dead: Uint8Array | null,
  allowed: Uint8Array | null,
  allowedBytes: number,
  offsets: Uint32Array | null,
  excluded: Uint32Array | null,
];

export function excludedArguments(
  { ids, classes, dead }: Pick<Corpus, 'ids' | 'classes' | 'dead'>,
  { queryClass, allowed, perQuery }: Exclusion,
): ExcludedArguments {
  return [
    ids,
    classes ?? null,
    queryClass ?? null,
    dead ?? null,
    // an empty array has no address, and none would mean that all are allowed
    allowed === undefined || allowed.length > 0 ? (allowed ?? null) : new Uint8Array(1),
    allowed?.length ?? 0,
    perQuery?.offsets ?? null,
    perQuery?.ids ?? null,
  ];
}

/** Room for the k best of so many queries. */
export function emptyTopK(queries: number, k: number): TopK {
  return {
    rows: new Uint32Array(queries * k),
    scores: new Float32Array(queries * k),
    found: new Uint32Array(queries),
  };
}
