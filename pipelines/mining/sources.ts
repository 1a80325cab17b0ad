import { checkEqual } from '../../src/core/check.ts';
import { gather } from '../../src/core/matrix.ts';
import type { OpenDataFolder } from '../../src/formats/data-folder.ts';
import { openNpyRows, readNpyMatrix } from '../../src/formats/npy.ts';
import { openTexts, type Texts } from '../../src/formats/texts.ts';
import type { MiningOptions, WordSearch } from '../../src/miners/mining-options.ts';
import { rescoring } from '../../src/miners/rescoring.ts';
import { wordIndex } from '../../src/neighbors/word-index.ts';
import { progress } from '../progress.ts';
import type { GuideVectors } from './asked-pairs.ts';
import { crossEncoderProcess } from './cross-encoder.ts';
import type { MineOptions } from './options.ts';

/** What mining reads beside ids and vectors, where its options ask for it; to be closed after. */
export interface Sources {
  readonly corpusTexts?: Texts;
  readonly queryTexts?: Texts;
  readonly guide?: GuideVectors;
  /** what of the miner's options comes from them */
  readonly options: Pick<MiningOptions, 'words' | 'rescore' | 'guide'>;
  close(): Promise<void>;
}

/** @throws RangeError if a file cannot be read or does not fit */
export async function openSources(
  data: OpenDataFolder,
  options: MineOptions,
  signal: AbortSignal,
): Promise<Sources> {
  const { corpus, queries, queryVectors } = data;
  const command = options['cross-encoder'];
  const byWords = options.candidates !== 'vectors';
  const open: { close(): Promise<void> }[] = [queryVectors];
  const close = async (): Promise<void> => {
    for (const each of open) await each.close();
  };
  try {
    const textsOf = async (path: string): Promise<Texts> => {
      const texts = await openTexts(path);
      open.push(texts);
      return texts;
    };
    const wanted = options.texts || byWords || command !== undefined;
    const corpusTexts = wanted ? await textsOf(corpus.path) : undefined;
    const queryTexts = wanted ? await textsOf(queries.path) : undefined;
    const guide = await guideVectors(data, options);
    if (guide !== undefined) open.push(guide.queries);
    const words =
      byWords && corpusTexts && queryTexts
        ? await wordSearch(data, { corpusTexts, queryTexts }, signal)
        : undefined;
    const crossEncoder = command === undefined ? undefined : crossEncoderProcess(command);
    if (crossEncoder !== undefined) open.push({ close: async () => crossEncoder.end() });
    const rescore =
      crossEncoder && corpusTexts && queryTexts
        ? rescoring(
            async (pairs) => {
              const asked = await queryTexts.of(pairs.map(({ query }) => queries.names.rowOf[query]));
              const found = await corpusTexts.of(pairs.map(({ candidate }) => corpus.names.rowOf[candidate]));
              return crossEncoder.score(asked.map((query, i) => ({ query, document: found[i] })));
            },
            { batch: options['cross-encoder-batch'] },
          )
        : undefined;
    const guided = guide && {
      guide: (ids: Uint32Array) =>
        gather(
          guide.corpus,
          ids.map((id) => corpus.names.rowOf[id]),
        ),
    };
    return { corpusTexts, queryTexts, guide, options: { words, rescore, ...guided }, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function guideVectors(
  { corpus, queries }: OpenDataFolder,
  options: MineOptions,
): Promise<GuideVectors | undefined> {
  const [corpusPath, queryPath] = [options['guide-corpus-vectors'], options['guide-query-vectors']];
  if (corpusPath === undefined || queryPath === undefined) return undefined;
  const documents = await readNpyMatrix(corpusPath);
  checkEqual(corpusPath, 'rows', documents.rows, corpus.vectors.rows);
  const asked = await openNpyRows(queryPath);
  checkEqual(queryPath, 'rows', asked.rows, queries.names.size);
  checkEqual(queryPath, 'cols', asked.cols, documents.cols);
  return { corpus: documents, queries: asked };
}

/** Texts a piece of the index of words is made of. */
const PIECE = 1024;

async function wordSearch(
  { corpus, queries }: OpenDataFolder,
  { corpusTexts, queryTexts }: { readonly corpusTexts: Texts; readonly queryTexts: Texts },
  signal: AbortSignal,
): Promise<WordSearch> {
  const index = wordIndex();
  const shown = progress('indexing words');
  const rows = Uint32Array.from({ length: corpus.names.size }, (_, row) => row);
  for (let start = 0; start < rows.length; start += PIECE) {
    signal.throwIfAborted();
    const piece = rows.subarray(start, start + PIECE);
    index.add(
      await corpusTexts.of(piece),
      piece.map((document) => corpus.names.ofRow[document]),
    );
    shown.at(index.size / rows.length);
  }
  shown.done(`${index.size} documents`);
  return async (queryIds, count) => {
    const texts = await queryTexts.of(queryIds.map((id) => queries.names.rowOf[id]));
    return texts.map((text) => index.search(text, count));
  };
}
