/** The grades of documents by id, for one query. A document that is not in it is not judged. */
export type Judgments = ReadonlyMap<number, number>;

/** Ids of the documents with a grade above 0, in the order they were judged. */
export function relevant(judgments: Judgments): number[] {
  return [...judgments].filter(([, grade]) => grade > 0).map(([id]) => id);
}
