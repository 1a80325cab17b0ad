/** What most terminals show of a line. */
const WIDTH = 100;

/** Lines of at most so many characters, but for a word that is longer; the first begins with `first`, the others with `then`. */
export function wrapped(text: string, first: string, then = first): string {
  const lines: string[] = [];
  let line = first;
  let empty = true;
  for (const word of text.split(' ')) {
    if (!empty && line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      [line, empty] = [then, true];
    }
    line += empty ? word : ` ${word}`;
    empty = false;
  }
  return [...lines, line].join('\n');
}
