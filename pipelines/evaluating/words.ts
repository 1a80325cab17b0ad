import { pauses } from '../../src/core/patience.ts';
import type { Records } from '../../src/formats/data-folder.ts';
import { openTexts } from '../../src/formats/texts.ts';
import { reciprocalRankFusion } from '../../src/neighbors/reciprocal-rank-fusion.ts';
import { wordIndex } from '../../src/neighbors/word-index.ts';
import { progress } from '../progress.ts';
import type { System } from './systems.ts';

/** Texts that are read at a time. */
const PIECE = 1024;

/** The corpus ranked by the words of its texts, all in memory, and that ranking fused with the one by the stored vectors. */
export async function byWords(
  { corpus, queries }: { readonly corpus: Records; readonly queries: Records },
  { depth, signal }: { readonly depth: number; readonly signal: AbortSignal },
): Promise<{ readonly systems: readonly System[]; close(): Promise<void> }> {
  const index = wordIndex();
  const shown = progress('indexing words');
  const { ofRow } = corpus.names;
  const texts = await openTexts(corpus.path);
  try {
    for (let start = 0; start < ofRow.length; start += PIECE) {
      signal.throwIfAborted();
      const end = Math.min(start + PIECE, ofRow.length);
      const rows = Uint32Array.from({ length: end - start }, (_, i) => start + i);
      index.add(await texts.of(rows), ofRow.subarray(start, end));
      shown.at(index.size / ofRow.length);
    }
  } finally {
    await texts.close();
  }
  shown.done(`${index.size} documents`);
  const asks = await openTexts(queries.path);
  const words: System = {
    name: 'bm25',
    async rank({ rows }) {
      const found = {
        k: depth,
        ids: new Uint32Array(rows.length * depth),
        found: new Uint32Array(rows.length),
      };
      const pause = pauses();
      for (let start = 0; start < rows.length; start += PIECE) {
        const some = await asks.of(rows.subarray(start, start + PIECE));
        for (const [i, text] of some.entries()) {
          const ids = index.search(text, depth);
          found.ids.set(ids, (start + i) * depth);
          found.found[start + i] = ids.length;
          signal.throwIfAborted();
          await pause();
        }
      }
      return found;
    },
  };
  const fused: System = {
    name: 'rrf of float32 and bm25',
    async rank(_, before) {
      const both = ['float32', 'bm25'].flatMap((name) => before.get(name) ?? []);
      return reciprocalRankFusion(both, depth);
    },
  };
  return { systems: [words, fused], close: () => asks.close() };
}
