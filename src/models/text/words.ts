/**
 * The words of a text: runs of letters, marks and digits of any script, in lower case and compatibility form (NFKC), so that what looks alike is
 * alike. Scripts without spaces between words, as Chinese and Thai, come as whole runs, which their n-grams take apart; `Intl.Segmenter`
 * would find the words, but not the same ones in every version of Node.js.
 */
export function wordsOf(text: string): string[] {
  return (
    text
      .normalize('NFKC')
      .toLowerCase()
      .match(/[\p{L}\p{M}\p{N}]+/gu) ?? []
  );
}
