import { type Judgment, noisy, tinyFolder } from '../tiny-folder.ts';

/** What texts, ids and metadata of others may hold. */
export const HOSTILE = [
  '<script>globalThis.hacked = true</script>',
  ']]></style></title><img src="http://example.org/x.png" onerror="globalThis.hacked = true">',
  '" onload="globalThis.hacked = true" x="',
  "'; DROP TABLE queries; --",
  '\u202egnp.exe\u202c \u0000\u001b[31m',
  '=HYPERLINK("http://example.org")',
  '| a | b |\n| --- | --- |\n# heading `code` [link](http://example.org)',
  '\\input{/etc/passwd} $x^2$ 100 % & _ # ~ {',
  `a megabyte ${'of words '.repeat(120_000)}`,
  '&lt;b&gt; &amp;amp;',
  'مرحبا بالعالم',
] as const;

/** A data folder with splits train, dev and test whose every text, id and metadata is hostile. */
export function hostileFolder(): Promise<string> {
  const { corpus, queries, qrels } = noisy(240, 8);
  const named = (id: string): string => `${id}<i>"&'|,%`;
  const hostile = (i: number): string => HOSTILE[i % HOSTILE.length];
  const [dev, test] = [qrels.test.slice(0, 60), qrels.test.slice(60)];
  const renamed = (judgments: readonly Judgment[]) =>
    judgments.map(([query, document, grade]) => [named(query), named(document), grade] as const);
  return tinyFolder({
    corpus: corpus.map((item, i) => ({ ...item, id: named(item.id), text: hostile(i) })),
    queries: queries.map((item, i) => ({
      id: named(item.id),
      vector: item.vector,
      text: hostile(i + 3),
      metadata: { '<b>kind</b>': hostile(i % 3), 'of | all': 'one' },
    })),
    qrels: { train: renamed(qrels.train), dev: renamed(dev), test: renamed(test) },
  });
}
