import { execFile, spawnSync } from 'node:child_process';
import { stripVTControlCharacters } from 'node:util';
import { cli } from './command.ts';

/** Runs a program on a terminal of its own, and types each step's keys once the words it waits for have been shown. */
const DRIVER = `
import json, os, pty, sys
words, steps = json.loads(sys.argv[1])
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(words[0], words)
shown, from_here = b"", 0
while True:
    if steps and steps[0][0].encode() in shown[from_here:]:
        from_here = len(shown)
        os.write(terminal, steps.pop(0)[1].encode())
        continue
    try:
        piece = os.read(terminal, 65536)
    except OSError:
        piece = b""
    if not piece:
        break
    shown += piece
_, status = os.waitpid(pid, 0)
print(json.dumps([os.waitstatus_to_exitcode(status), shown.decode()]))
`;

/** What a step waits for, and what is typed then. */
export type Step = readonly [shown: string, keys: string];

/** Whether there is a python3 with a pty module, which makes terminals. */
export const hasTerminals =
  spawnSync('python3', ['-c', 'import os, pty; os.waitstatus_to_exitcode']).status === 0;

/** Runs a command of nearmiss on a terminal: its exit code, and everything that was to be seen there. */
export function onTerminal(
  words: readonly string[],
  steps: readonly Step[],
): Promise<{ readonly code: number; readonly shown: string }> {
  const task = JSON.stringify([[process.execPath, cli, ...words], steps]);
  return new Promise((resolve, reject) => {
    execFile('python3', ['-c', DRIVER, task], { timeout: 30_000 }, (error, stdout) => {
      if (error !== null) return reject(error);
      const [code, shown]: [number, string] = JSON.parse(stdout);
      resolve({ code, shown: stripVTControlCharacters(shown).replaceAll('\r', '') });
    });
  });
}
