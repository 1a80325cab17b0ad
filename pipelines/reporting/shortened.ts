/** Characters of a text that are shown. */
const MOST = 300;

/**
 * A text as it is shown: the first 300 characters, on one line. Control characters, and those that turn the direction of what
 * follows, stand as U+FFFD: in a page of other texts they would show what is not there.
 */
export function shortened(text: string, most = MOST): string {
  // no more is looked at than can be shown: a character takes two units at most
  const start = text
    .slice(0, 8 * most)
    .replace(/\s+/g, ' ')
    .trim();
  const characters = Array.from(start.slice(0, 2 * most + 2));
  const cut = characters.length > most || text.length > 8 * most;
  const shown = cut ? `${characters.slice(0, most - 1).join('')}…` : characters.join('');
  // oxlint-disable-next-line no-control-regex -- they are what is looked for
  return shown.replace(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]|\p{Surrogate}/gu, '\ufffd');
}
