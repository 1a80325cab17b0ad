import { readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

interface SourceFile {
  /** from the top of the repository, with slashes: src/core/matrix.ts */
  readonly path: string;
  readonly text: string;
}

/** What a rule finds wrong, one sentence a place. */
type Rule = (files: readonly SourceFile[]) => string[];

/** From the cellar up. A folder imports folders of the storeys below its own, and itself. */
const STOREYS = [
  ['core'],
  ['kernels'],
  ['distances'],
  ['formats'],
  ['neighbors'],
  ['losses', 'miners', 'metrics', 'models', 'optimizers'],
  ['catalog'],
  ['streams'],
  ['service', 'cluster', 'report'],
  ['index.ts'],
  ['pipelines'],
  ['bench'],
];

/** Which folders may know a package. */
const OWNERS = new Map([
  ['rxjs', ['streams', 'service', 'cluster', 'pipelines', 'bench']],
  ['hnswlib-node', ['bench']],
  ['yargs', ['pipelines', 'bench']],
  ['minisearch', ['neighbors']],
  ['yauzl', ['formats']],
  ['hyparquet', ['formats']],
  ['@huggingface', ['models']],
  ['fastify', ['service', 'pipelines']],
  ['prom-client', ['service']],
  ['@nats-io', ['cluster', 'bench']],
  ['pino', ['pipelines']],
  ['vega', ['pipelines']],
  ['vega-lite', ['pipelines']],
]);

const importsGoDown: Rule = (files) =>
  eachImport(files, (from, to) => {
    if (!to.startsWith('src/') && !to.startsWith('pipelines/')) return undefined;
    const [low, high] = [storeyOf(to), storeyOf(from)];
    if (low < 0 || high < 0) return `${low < 0 ? to : from} is on no storey`;
    return low < high || folderOf(from) === folderOf(to) ? undefined : `${from} imports ${to}`;
  });

const coreImportsNothing: Rule = (files) =>
  eachImport(files, (from, to) =>
    folderOf(from) === 'core' && folderOf(to) !== 'core' ? `${from} imports ${to}` : undefined,
  );

/** The interface, and rows that are searched where they stand. */
const SEARCHED = ['src/neighbors/neighbor-index.ts', 'src/neighbors/flat.ts'];

const minersKnowOnlyTheInterfaceOfNeighbors: Rule = (files) =>
  eachImport(files, (from, to) =>
    folderOf(from) === 'miners' && folderOf(to) === 'neighbors' && !SEARCHED.includes(to)
      ? `${from} imports ${to}`
      : undefined,
  );

const packagesHaveOwners: Rule = (files) =>
  eachImport(files, (from, to) => {
    const owners = OWNERS.get(to.split('/')[0]);
    return owners === undefined || owners.includes(folderOf(from)) ? undefined : `${from} imports ${to}`;
  });

const onlyTheIndexReexports: Rule = (files) =>
  files.flatMap((file) => {
    const { code } = read(file.text);
    const found: string[] = [];
    if (/\bexport\s+(type\s+)?\*/.test(code)) found.push(`${file.path} exports *`);
    if (file.path !== 'src/index.ts' && /\bexport\s+(type\s+)?\{[^}]*\}\s*from\b/.test(code)) {
      found.push(`${file.path} exports from another file`);
    }
    return found;
  });

const noCycles: Rule = (files) => {
  const edges = new Map(files.map((file) => [file.path, new Set(importsOf(file))]));
  // what imports nothing that is left, or is imported by nothing that is left, is on no cycle
  for (let before = -1; before !== edges.size;) {
    before = edges.size;
    for (const [path, targets] of edges) {
      const leaf = ![...targets].some((target) => edges.has(target));
      const root = ![...edges.values()].some((others) => others.has(path));
      if (leaf || root) edges.delete(path);
    }
  }
  return [...edges.keys()].map((path) => `${path} is on a cycle`);
};

const typesCarryIt: Rule = (files) =>
  files.flatMap(({ path, text }) => {
    const code = read(text).code.replace(/\b(import|export)\s+(type\s+)?(\{[^}]*\}|\*\s*as\s+\w+)/g, '');
    const found: string[] = [];
    for (const [, word] of code.matchAll(/(?<![.\w])(any)\b/g)) found.push(`${path} says ${word}`);
    for (const [cast] of code.matchAll(/(?<![.\w])as\s+(?!const\b)[\w({['"]+/g))
      found.push(`${path} casts: ${cast}`);
    for (const [asserted] of code.matchAll(/[\w)\]}"]!(?!=)/g)) found.push(`${path} asserts: ${asserted}`);
    return found;
  });

const importsCanBeRead: Rule = (files) =>
  files.flatMap(({ path, text }) =>
    /\b(import|require)\s*\((?!\s*")/.test(read(text).code)
      ? [`${path} imports what only running it tells`]
      : [],
  );

/** Calls with every import: the file it stands in, and the file or package it names. */
function eachImport(
  files: readonly SourceFile[],
  fault: (from: string, to: string) => string | undefined,
): string[] {
  return files.flatMap((file) => importsOf(file).flatMap((to) => fault(file.path, to) ?? []));
}

/** Static, dynamic and of types; relative ones as paths from the top. */
function importsOf({ path, text }: SourceFile): string[] {
  const { code, strings } = read(text);
  const statements = /\b(?:import|export)\b[^;"]*?\bfrom\s*"(\d+)"|\b(?:import|require)\s*\(?\s*"(\d+)"/g;
  return Array.from(code.matchAll(statements), ([, from, direct]) => strings[Number(from ?? direct)]).map(
    (name) => (name.startsWith('.') ? posix.join(posix.dirname(path), name) : name),
  );
}

function folderOf(path: string): string {
  const [top, folder] = path.split('/');
  return top === 'src' ? folder : top;
}

function storeyOf(path: string): number {
  return STOREYS.findIndex((folders) => folders.includes(folderOf(path)));
}

/** Code without comments, where "0", "1", … stand for its strings, pieces of templates and regular expressions. */
function read(text: string): { readonly code: string; readonly strings: readonly string[] } {
  const strings: string[] = [];
  let [code, at] = ['', 0];
  /** for each template we are in a hole of, how many braces are open in the hole */
  const holes: number[] = [];
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    const taken = pattern.exec(text)?.[0];
    at += taken?.length ?? 0;
    return taken;
  };
  const keep = (string: string): void => {
    code += `"${strings.push(string) - 1}"`;
  };
  const template = (): void => {
    keep(take(/(?:\\[\s\S]|\$(?!\{)|[^`\\$])*/y) ?? '');
    if (take(/\$\{/y) === undefined) {
      at++;
    } else {
      code += '+(';
      holes.push(0);
    }
  };
  // a slash divides after a value and opens a regular expression elsewhere
  const opens = /(?:^|[(,=:[!&|?{};+\-*%<>~^]|\b(?:return|typeof|case|in|of|yield|await))\s*$/;

  take(/#!.*/y);
  while (at < text.length) {
    code += take(/[^'"`/{}]+/y) ?? '';
    if (take(/\/\/.*|\/\*[\s\S]*?\*\//y) !== undefined) continue;
    const quoted =
      take(/'(?:\\[\s\S]|[^'\\])*'|"(?:\\[\s\S]|[^"\\])*"/y)?.slice(1, -1) ??
      (opens.test(code.slice(-40))
        ? take(/\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/[a-z]*/y)
        : undefined);
    if (quoted !== undefined) {
      keep(quoted);
      continue;
    }
    const character = text.charAt(at++);
    const hole = holes.length - 1;
    if (character === '`') {
      template();
    } else if (character === '}' && holes[hole] === 0) {
      holes.pop();
      code += ')+';
      template();
    } else {
      if (hole >= 0 && character === '{') holes[hole]++;
      if (hole >= 0 && character === '}') holes[hole]--;
      code += character;
    }
  }
  return { code, strings };
}

const top = fileURLToPath(new URL('..', import.meta.url));
const house: readonly SourceFile[] = ['src', 'pipelines', 'bench'].flatMap((folder) =>
  readdirSync(`${top}${folder}`, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => `${folder}/${name.replaceAll('\\', '/')}`)
    .map((path) => ({ path, text: readFileSync(`${top}${path}`, 'utf8') })),
);

/** A made-up file. */
const file = (path: string, text: string): SourceFile => ({ path, text });

describe('the house', () => {
  it('is found, and its imports are read', () => {
    expect(house.length).toBeGreaterThan(60);
    const nearMisses = house.filter(({ path }) => path === 'src/miners/near-misses.ts').flatMap(importsOf);
    expect(nearMisses).toContain('src/neighbors/flat.ts');
    const learn = house.filter(({ path }) => path === 'pipelines/training/contrast.ts').flatMap(importsOf);
    expect(learn).toContain('rxjs');
    const known = new Set(house.map(({ path }) => path));
    const relative = house
      .flatMap(importsOf)
      .filter((to) => to.startsWith('src/') || to.startsWith('pipelines/'));
    expect(relative.filter((to) => !known.has(to))).toEqual([]);
  });

  it('imports go down and never up, and the rooms of one storey are strangers', () => {
    expect(importsGoDown(house)).toEqual([]);
    const faults = [
      file('src/core/matrix.ts', `import type { Kernels } from '../kernels/kernels.ts';`),
      file('src/losses/triplet.ts', `import {\n  batchHard,\n} from '../miners/batch-hard.ts';`),
      file('src/metrics/mrr.ts', `const { linear } = await import('../models/linear.ts');`),
      file('src/optimizers/adamw.ts', `export { ndcg } from '../metrics/ndcg.ts';`),
      file('src/kernels/plain/top-k.ts', `import '../../distances/cosine.ts';`),
      file('src/streams/mine.ts', `let x: typeof import('../../pipelines/train.ts');`),
      file('src/formats/npy.ts', `import { exact } from "../neighbors/exact.ts";`),
      file('pipelines/train.ts', `import { gadget } from '../src/gadgets/gadget.ts';`),
    ];
    const sound = [
      file(
        'src/miners/near-misses.ts',
        `import type { NeighborIndex } from '../neighbors/neighbor-index.ts';`,
      ),
      file('src/kernels/plain/top-k.ts', `import type { TopK } from '../kernels.ts';`),
      file('pipelines/words/build.ts', `import { run } from '../interruption.ts';\nimport 'node:fs';`),
      file(
        'src/core/ids.ts',
        `// import { up } from '../streams/up.ts'\nconst s = "import '../streams/up.ts'";`,
      ),
      file('src/index.ts', `export { pull } from './streams/pull.ts';`),
    ];
    expect(importsGoDown([...faults, ...sound])).toEqual([
      'src/core/matrix.ts imports src/kernels/kernels.ts',
      'src/losses/triplet.ts imports src/miners/batch-hard.ts',
      'src/metrics/mrr.ts imports src/models/linear.ts',
      'src/optimizers/adamw.ts imports src/metrics/ndcg.ts',
      'src/kernels/plain/top-k.ts imports src/distances/cosine.ts',
      'src/streams/mine.ts imports pipelines/train.ts',
      'src/formats/npy.ts imports src/neighbors/exact.ts',
      'src/gadgets/gadget.ts is on no storey',
    ]);
  });

  it('losses and miners never import one another, as types neither', () => {
    const [loss, miner] = [
      file('src/losses/triplet.ts', `import type { Mined } from '../miners/miner.ts';`),
      file('src/miners/batch-hard.ts', `import { type Loss } from '../losses/loss.ts';`),
    ];
    expect(importsGoDown([loss, miner])).toHaveLength(2);
  });

  it('core imports nothing', () => {
    expect(coreImportsNothing(house)).toEqual([]);
    expect(coreImportsNothing([file('src/core/ids.ts', `import { hash } from 'node:crypto';`)])).toEqual([
      'src/core/ids.ts imports node:crypto',
    ]);
  });

  it('miners know of neighbors only the interface', () => {
    expect(minersKnowOnlyTheInterfaceOfNeighbors(house)).toEqual([]);
    const fault = file('src/miners/near-misses.ts', `import { hnsw } from '../neighbors/hnsw.ts';`);
    expect(minersKnowOnlyTheInterfaceOfNeighbors([fault])).toEqual([
      'src/miners/near-misses.ts imports src/neighbors/hnsw.ts',
    ]);
  });

  it('rxjs is for streams, pipelines and the bench, hnswlib-node for the bench, yargs for pipelines and the bench', () => {
    expect(packagesHaveOwners(house)).toEqual([]);
    const faults = [
      file('src/miners/miner.ts', `import type { Observable } from 'rxjs';`),
      file('src/metrics/ndcg.ts', `import { map } from 'rxjs/operators';`),
      file('src/streams/remember.ts', `type Hnswlib = typeof import('hnswlib-node');`),
      file('src/streams/cli.ts', `import { hideBin } from 'yargs/helpers';`),
      file('src/index.ts', `import yargs from 'yargs';`),
    ];
    const sound = [
      file('src/streams/pull.ts', `import { map } from 'rxjs';`),
      file('bench/peers/graph-hnswlib-node.ts', `await import('hnswlib-node');`),
      file('pipelines/cli.ts', `#!/usr/bin/env node\nimport yargs from 'yargs';`),
    ];
    expect(packagesHaveOwners([...faults, ...sound])).toEqual([
      'src/miners/miner.ts imports rxjs',
      'src/metrics/ndcg.ts imports rxjs/operators',
      'src/streams/remember.ts imports hnswlib-node',
      'src/streams/cli.ts imports yargs/helpers',
      'src/index.ts imports yargs',
    ]);
  });

  it('only src/index.ts re-exports, name by name', () => {
    expect(onlyTheIndexReexports(house)).toEqual([]);
    const planted = [
      file('src/losses/loss.ts', `export { triplet } from './triplet.ts';`),
      file('src/miners/miner.ts', `export type {\n  Views,\n} from '../core/batches.ts';`),
      file('src/index.ts', `export { triplet } from './losses/triplet.ts';\nexport * from './core/ids.ts';`),
      file('pipelines/train.ts', `export * as all from './options.ts';`),
      file('src/core/ids.ts', `const x = 1;\nexport { x };\nexport const from = '*';`),
    ];
    expect(onlyTheIndexReexports(planted)).toEqual([
      'src/losses/loss.ts exports from another file',
      'src/miners/miner.ts exports from another file',
      'src/index.ts exports *',
      'pipelines/train.ts exports *',
    ]);
  });

  it('no file imports itself by way of others', () => {
    expect(noCycles(house)).toEqual([]);
    const planted = [
      file('src/core/a.ts', `import { b } from './b.ts';`),
      file('src/core/b.ts', `import { type C } from './c.ts';`),
      file('src/core/c.ts', `export type C = import('./a.ts').A;\nimport './leaf.ts';`),
      file('src/core/leaf.ts', ''),
      file('src/core/root.ts', `import './a.ts';`),
    ];
    expect(noCycles(planted)).toEqual([
      'src/core/a.ts is on a cycle',
      'src/core/b.ts is on a cycle',
      'src/core/c.ts is on a cycle',
    ]);
    expect(noCycles([file('src/core/a.ts', `import './a.ts';`)])).toEqual(['src/core/a.ts is on a cycle']);
  });

  it('types carry it: no any, no as but as const, no !', () => {
    expect(typesCarryIt(house)).toEqual([]);
    const faults: readonly [code: string, fault: string][] = [
      ['let x: any;', 'says any'],
      ['const f = (x: Map<string, any>) => x;', 'says any'],
      ['type T = any[] | undefined;', 'says any'],
      ['const x = y as Matrix;', 'casts: as Matrix'],
      ['const x = (y as unknown as { z: number }).z;', 'casts: as unknown'],
      ['const t = `a ${x as Loss} b`;', 'casts: as Loss'],
      ['const x = y as\n  [number];', 'casts: as\n  [number'],
      ['const x = y!.z;', 'asserts: y!'],
      ['const x = f()![0];', 'asserts: )!'],
      ['const x = a[0]!;', 'asserts: ]!'],
      ['let x!: number;', 'asserts: x!'],
    ];
    for (const [code, fault] of faults) {
      expect(typesCarryIt([file(code, code)])[0]).toBe(`${code} ${fault}`);
    }
    const sound = [
      `import { a as b } from './a.ts';`,
      `import * as fc from 'fast-check';`,
      `const x = [1] as const;`,
      `const x = !y && z !== w; // as good as any!`,
      `const x = 'any as Matrix!'; const y = "b!"; const z = \`as X \${w} any!\`;`,
      `const x = y.replace(/any as X!/g, '');`,
      `const signal = AbortSignal.any([a, b]);`,
      `/* any of these as Matrix! */ if (!found) many = company / any_1;`,
      `const half = a / b; const s = 'x as Y'; const q = c / d;`,
    ];
    expect(typesCarryIt(sound.map((code) => file(code, code)))).toEqual([]);
  });

  it('names what it imports', () => {
    expect(importsCanBeRead(house)).toEqual([]);
    expect(importsCanBeRead([file('src/x.ts', 'await import(path);')])).toHaveLength(1);
    expect(importsCanBeRead([file('src/x.ts', `await import('rxjs');`)])).toEqual([]);
  });
});
