import { createHash } from 'node:crypto';
import type { Definition, Document } from './dictionary.ts';

export interface Splits {
  readonly train: readonly Definition[];
  readonly dev: readonly Definition[];
  readonly test: readonly Definition[];
}

/**
 * Splits definitions by a hash of their document's first lemma, 5 % to test and 3 % to dev.
 *
 * What would leak is in no split: a train or dev definition that is also a test definition, or whose document
 * shares a lemma with a test document; and a train definition that does so with dev.
 */
export function split(definitions: readonly Definition[]): Splits {
  const drawn = (from: number, to: number) =>
    definitions.filter(({ document }) => {
      const percent = hash(document, 0) % 100;
      return from <= percent && percent < to;
    });
  const [test, dev, train] = [drawn(0, 5), drawn(5, 8), drawn(8, 100)];
  const leaksFromTest = leaksFrom(test);
  // the whole of dev, with what it loses to test
  const leaksFromDev = leaksFrom(dev);
  return {
    test,
    dev: dev.filter((definition) => !leaksFromTest(definition)),
    train: train.filter((definition) => !leaksFromTest(definition) && !leaksFromDev(definition)),
  };
}

/** A share of the documents in [0, 1], by first lemma and whatever their split. */
export function inSample(document: Document, share: number): boolean {
  return hash(document, 8) < share * 2 ** 32;
}

/** 32 bits of the sha1 of the first lemma, from a hexadecimal digit on. */
function hash({ group }: Document, digit: number): number {
  const digest = createHash('sha1').update(group).digest('hex');
  return parseInt(digest.slice(digit, digit + 8), 16);
}

function leaksFrom(heldOut: readonly Definition[]): (definition: Definition) => boolean {
  const lemmas = new Set(heldOut.flatMap(({ document }) => document.lemmas));
  const texts = new Set(heldOut.map(({ text }) => text));
  return ({ text, document }) => texts.has(text) || document.lemmas.some((lemma) => lemmas.has(lemma));
}
