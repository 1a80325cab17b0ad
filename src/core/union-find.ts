/** Things numbered 0 … size - 1, and which of them have been united, by way of others too. */
export interface UnionFind {
  unite(a: number, b: number): void;
  /** The same number for all that are united, one of theirs. */
  of(a: number): number;
}

/** Tarjan, "Efficiency of a good but not linear set union algorithm", 1975, with paths halved. */
export function unionFind(size: number): UnionFind {
  const parents = Uint32Array.from({ length: size }, (_, i) => i);
  const sizes = new Uint32Array(size).fill(1);
  const of = (a: number): number => {
    let at = a;
    while (parents[at] !== at) {
      parents[at] = parents[parents[at]];
      at = parents[at];
    }
    return at;
  };
  return {
    of,
    unite(a, b) {
      const [x, y] = [of(a), of(b)];
      if (x === y) return;
      const [larger, smaller] = sizes[x] >= sizes[y] ? [x, y] : [y, x];
      parents[smaller] = larger;
      sizes[larger] += sizes[smaller];
    },
  };
}
