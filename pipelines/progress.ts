/** Tells on stderr how far something is: on a terminal in one line that changes, elsewhere in a line now and then. */
export interface Progress {
  /** `share` in [0, 1] */
  at(share: number, note?: string): void;
  done(note?: string): void;
}

/** What takes less is not spoken of. */
const QUIET_MS = 1000;
const TERMINAL_MS = 100;
const ELSEWHERE_MS = 5000;

export function progress(task: string): Progress {
  const begun = performance.now();
  const terminal = process.stderr.isTTY === true;
  let spoken = -Infinity;
  const say = (text: string): void => {
    process.stderr.write(terminal ? `\r\x1b[K${text}` : `${text}\n`);
    spoken = performance.now();
  };
  // what cannot say how far it is says at least that it goes on
  const first = setTimeout(() => say(`${task} ...`), QUIET_MS).unref();
  return {
    at(share, note = '') {
      const now = performance.now();
      if (now - begun < QUIET_MS || now - spoken < (terminal ? TERMINAL_MS : ELSEWHERE_MS)) return;
      clearTimeout(first);
      const left = ((now - begun) / share - (now - begun)) / 1000;
      const rest = share > 0 ? `, ${Math.ceil(left)} s left` : '';
      say(`${task}: ${Math.floor(100 * share)} %${rest}${note && ` (${note})`}`);
    },
    done(note = '') {
      clearTimeout(first);
      const seconds = (performance.now() - begun) / 1000;
      if (spoken === -Infinity && seconds * 1000 < QUIET_MS) return;
      say(`${task}: done in ${seconds.toFixed(1)} s${note && ` (${note})`}`);
      if (terminal) process.stderr.write('\n');
    },
  };
}
