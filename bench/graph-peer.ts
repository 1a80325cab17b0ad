import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { refuse } from '../src/core/check.ts';
import type { BuildLine, SearchLine } from './graph-lines.ts';

/** An index in a process of its own, which sleeps until it is told what to do. */
export interface GraphPeer {
  readonly name: string;
  /** seconds */
  build(M: number, efConstruction: number): Promise<number>;
  /** seconds of all queries, and what was found */
  search(ef: number, k: number): Promise<{ readonly seconds: number; readonly ids: Uint32Array }>;
  end(): void;
}

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** How each is started: Python's lie in the sources, ours are compiled. */
const COMMANDS = {
  ours: [process.execPath, here('peers/graph-ours.js')],
  'hnswlib-node': [process.execPath, here('peers/graph-hnswlib-node.js')],
  'python3-hnswlib': ['/usr/bin/python3', here('../../bench/peers/graph_hnswlib.py')],
} as const;

export function startGraphPeer(
  name: keyof typeof COMMANDS,
  given: { readonly folder: string; readonly dim: number; readonly threads: number },
): GraphPeer {
  const { folder, dim, threads } = given;
  const [program, script] = COMMANDS[name];
  const child: ChildProcess = spawn(program, [script, folder, String(dim), String(threads)], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, NEARMISS_THREADS: String(threads), OMP_NUM_THREADS: String(threads) },
  });
  const { stdin, stdout } = child;
  if (stdin === null || stdout === null) return refuse(name, 'it must have been started', 'no pipes');
  const lines = createInterface(stdout)[Symbol.asyncIterator]();
  const ask = async (line: BuildLine | SearchLine): Promise<number> => {
    stdin.write(`${JSON.stringify(line)}\n`);
    const { value, done } = await lines.next();
    if (done === true) return refuse(`bench graphs: ${name}`, 'it must answer', 'its end');
    const { seconds }: { seconds: number } = JSON.parse(value);
    return seconds;
  };
  return {
    name,
    build: (M, efConstruction) => ask({ do: 'build', M, efConstruction }),
    async search(ef, k) {
      const seconds = await ask({ do: 'search', ef, k });
      const bytes = readFileSync(join(folder, 'ids.u32'));
      return {
        seconds,
        ids: new Uint32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length)),
      };
    },
    end() {
      stdin.end();
      void once(child, 'exit');
    },
  };
}
