import { matrix, type Matrix } from '../src/core/matrix.ts';

/**
 * Counts of words times ln((1 + texts) / (1 + texts that have it)) + 1, a column a word of the texts it is fitted on: what scikit-learn's
 * TfidfVectorizer makes without options, but for the lengths of rows, to which cosines are blind. Words are runs of two letters, digits and
 * underscores or more, in lower case.
 */
export function tfIdf(fitted: readonly string[]): (texts: readonly string[]) => Matrix {
  const counts = new Map<string, number>();
  for (const text of fitted) {
    for (const word of new Set(wordsOf(text))) counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  const columns = new Map(Array.from(counts.keys(), (word, column) => [word, column]));
  const idf = Array.from(counts.values(), (count) => Math.log((1 + fitted.length) / (1 + count)) + 1);
  return (texts) => {
    const rows = matrix(texts.length, columns.size);
    texts.forEach((text, i) => {
      for (const word of wordsOf(text)) {
        const column = columns.get(word);
        if (column !== undefined) rows.data[i * rows.cols + column] += idf[column];
      }
    });
    return rows;
  };
}

function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}_]{2,}/gu) ?? [];
}
