// What a thread of `pretrain` runs: it reads the texts of a folder and takes them apart.
import type { Bags } from '../../src/core/bags.ts';
import { openTexts, type Texts } from '../../src/formats/texts.ts';
import type { Side } from '../../src/models/model-file.ts';
import { textBags, type Vocabulary } from '../../src/models/text/vocabulary.ts';
import type { JobOptions } from './options.ts';
import { answers } from './thread.ts';
import { wordsOfJob } from './words-of-job.ts';

export interface FolderTextsAsked {
  /** where the texts of each side are */
  readonly paths: Readonly<Record<Side, string>>;
  /** records whose words are counted */
  readonly counted: Readonly<Record<Side, Uint32Array>>;
  readonly options: JobOptions;
}

/** What can be asked of it: to open them comes first. */
export interface FolderTextsThread {
  open(asked: FolderTextsAsked): Promise<Vocabulary>;
  query(rows: Uint32Array): Promise<Bags>;
  document(rows: Uint32Array): Promise<Bags>;
  /** Closes the files. */
  done(): Promise<void>;
}

let texts: Readonly<Record<Side, Texts>>;
let bagsOf: ReturnType<typeof textBags>;

answers<FolderTextsThread>({
  async open({ paths, counted, options }) {
    texts = { query: await openTexts(paths.query), document: await openTexts(paths.document) };
    const counts = wordsOfJob(options);
    for (const side of ['document', 'query'] as const)
      for (const text of await texts[side].of(counted[side])) counts.count(text);
    const words = counts.done();
    bagsOf = textBags(words);
    // what is answered is handed over
    return structuredClone(words);
  },
  query: async (rows) => bagsOf(await texts.query.of(rows)),
  document: async (rows) => bagsOf(await texts.document.of(rows)),
  async done() {
    await texts.query.close();
    await texts.document.close();
  },
});
