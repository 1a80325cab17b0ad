/** What nearmiss uses of hnswlib-node, declared here so that nearmiss builds where that optional package is not installed. */
declare module 'hnswlib-node' {
  export interface HierarchicalNSW {
    /** Frees the graph there was and begins an empty one. */
    initIndex(options: { maxElements: number; m: number; efConstruction: number; randomSeed: number }): void;
    resizeIndex(maxElements: number): void;
    getMaxElements(): number;
    addPoint(point: number[], label: number): void;
    setEf(ef: number): void;
    searchKnn(
      query: number[],
      k: number,
      filter?: (label: number) => boolean,
    ): { distances: number[]; neighbors: number[] };
  }

  // CommonJS whose names cannot be detected: only the default import has them
  const hnswlib: { readonly HierarchicalNSW: new (space: 'l2' | 'ip', dim: number) => HierarchicalNSW };
  export default hnswlib;
}
