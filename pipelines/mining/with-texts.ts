import type { OpenDataFolder, Records } from '../../src/formats/data-folder.ts';
import type { Texts } from '../../src/formats/texts.ts';
import type { MinedQuery } from '../../src/formats/training-rows.ts';

/** The same with texts for ids. */
export async function withTexts(
  mined: readonly MinedQuery[],
  { corpus, queries }: OpenDataFolder,
  corpusTexts: Texts,
  queryTexts: Texts,
): Promise<readonly MinedQuery[]> {
  const documents = mined.flatMap(({ positives }) =>
    positives.flatMap(({ positive, negatives }) => [positive, ...negatives.map(({ negative }) => negative)]),
  );
  const document = await textsOf(documents, corpus, corpusTexts);
  const asked = await textsOf(
    mined.map(({ query }) => query),
    queries,
    queryTexts,
  );
  return mined.map(({ query, positives }) => ({
    query: asked(query),
    positives: positives.map((each) => ({
      ...each,
      positive: document(each.positive),
      negatives: each.negatives.map((one) => ({ ...one, negative: document(one.negative) })),
    })),
  }));
}

async function textsOf(
  names: readonly string[],
  { names: { idOf, rowOf } }: Records,
  texts: Texts,
): Promise<(name: string) => string> {
  const distinct = [...new Set(names)];
  const found = await texts.of(distinct.map((name) => rowOf[idOf.get(name) ?? 0]));
  const byName = new Map(distinct.map((name, i) => [name, found[i]]));
  return (name) => byName.get(name) ?? '';
}
