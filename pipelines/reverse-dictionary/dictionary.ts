import type { Synset } from './wordnet.ts';

/** A set of lemmas: what a definition is looked up to find. */
export interface Document {
  /** its lemmas, underscores for spaces, joined by + */
  readonly id: string;
  /** in the order of the first synset that has this set */
  readonly lemmas: readonly string[];
  /** the first lemma */
  readonly group: string;
  readonly text: string;
}

/** A definition and the one document it defines. */
export interface Definition {
  readonly id: string;
  readonly text: string;
  readonly class: number;
  readonly document: Document;
}

/**
 * The definitions worth looking up: of four words or more, and without one of their own lemmas in them.
 *
 * Synsets with the same set of lemmas share one document: told apart, each would be a wrong answer to the
 * other's definition with the very same vector.
 */
export function definitions(synsets: Iterable<Synset>): Definition[] {
  const documents = new Map<string, Document>();
  const kept: Definition[] = [];
  for (const { id, class: label, lemmas, definition } of synsets) {
    if (definition.split(/\s+/).length < 4 || holdsOne(definition, lemmas)) continue;
    const key = [...lemmas].sort().join('\n');
    const document = documents.get(key) ?? documentOf(lemmas);
    documents.set(key, document);
    kept.push({ id, text: definition, class: label, document });
  }
  return kept;
}

/** All documents that are defined, each once, in the order of their first definition. */
export function documentsOf(all: Iterable<Definition>): Document[] {
  const documents = new Set<Document>();
  for (const { document } of all) documents.add(document);
  return [...documents];
}

function documentOf(lemmas: readonly string[]): Document {
  return { id: lemmas.map(escaped).join('+'), lemmas, group: lemmas[0], text: lemmas.join(', ') };
}

/** Spaces become underscores; what would make two ids equal or hold a separator of TREC files is %-escaped. */
function escaped(lemma: string): string {
  return lemma.replaceAll(/[%+_]|[^\S ]/g, encodeURIComponent).replaceAll(' ', '_');
}

/** Whether a lemma stands in the text between spaces or marks; one with a mark of its own never does. */
function holdsOne(text: string, lemmas: readonly string[]): boolean {
  const words = ` ${text.toLowerCase().replaceAll(/[^a-z0-9 ]/g, ' ')} `;
  return lemmas.some((lemma) => words.includes(` ${lemma} `));
}
