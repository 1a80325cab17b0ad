import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export interface BuildLine {
  readonly do: 'build';
  readonly M: number;
  readonly efConstruction: number;
}
export interface SearchLine {
  readonly do: 'search';
  readonly ef: number;
  readonly k: number;
}

/** What a process of Node's that is told what to do was started with: the folder of the rows, their dim, and its threads. */
export function inputs() {
  const [, , folder, dim, threads] = process.argv;
  const read = (name: string): Float32Array => {
    const bytes = readFileSync(join(folder, name));
    return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
  };
  return { rows: read('rows.f32'), queries: read('queries.f32'), dim: Number(dim), threads: Number(threads) };
}

export function writeIds(ids: Uint32Array): void {
  writeFileSync(join(process.argv[2], 'ids.u32'), ids);
}

/** Does what each line says and answers how many seconds that took. What a search returns is done after. */
export async function answerLines(doers: {
  build(line: BuildLine): Promise<void>;
  search(line: SearchLine): Promise<() => void>;
}): Promise<void> {
  for await (const line of createInterface(process.stdin)) {
    const asked: BuildLine | SearchLine = JSON.parse(line);
    const begun = performance.now();
    const then = asked.do === 'build' ? await doers.build(asked) : await doers.search(asked);
    const seconds = (performance.now() - begun) / 1000;
    then?.();
    console.log(JSON.stringify({ seconds }));
  }
}
