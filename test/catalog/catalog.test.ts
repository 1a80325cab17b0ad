import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { fromRows, type Matrix } from '../../src/core/matrix.ts';
import { CATALOG, lossNamed } from '../../src/catalog/catalog.ts';
import type { Column } from '../../src/catalog/input.ts';
import type { NamedResult } from '../../src/catalog/row.ts';
import { documentedOptions, documentedSources, writtenDefault } from './documented.ts';

/** Of other losses, or of state: no command can make one. */
const WRAPPERS = ['crossBatchMemory'];

/** Makers of losses, each with the folder of its file, as src/index.ts exports them. */
async function exportedMakers(): Promise<ReadonlyMap<string, string>> {
  const index = await readFile(new URL('../../src/index.ts', import.meta.url), 'utf8');
  const makers = new Map<string, string>();
  for (const [, names, folder] of index.matchAll(/^export \{([^}]*)\} from '\.\/losses\/(\w+)\/[^']*';/gm)) {
    for (const name of names.split(',').map((word) => word.trim())) {
      if (name !== '' && !name.startsWith('type ') && !WRAPPERS.includes(name)) makers.set(name, folder);
    }
  }
  return makers;
}

function made(name: string, texts: Readonly<Record<string, string>> = {}) {
  return lossNamed('test', name).make(new Map(Object.entries(texts)));
}

const ROWS = Object.values(CATALOG).flat();

describe('the catalog of losses', () => {
  it('has a row for every loss that nearmiss exports, in the folder of its file', async () => {
    const makers = await exportedMakers();
    expect(makers.size).toBeGreaterThan(40);
    for (const [name, folder] of makers) {
      expect(
        CATALOG[folder].map((row) => row.name),
        folder,
      ).toContain(name);
    }
  });

  it('makes each loss by its own name, once', () => {
    expect(new Set(ROWS.map(({ name }) => name)).size).toBe(ROWS.length);
    for (const { name, make } of ROWS) {
      expect(() => make(new Map([['noSuchOption', '1']]))).toThrow(
        new RegExp(`^${name}: an option must be .*, got noSuchOption$`),
      );
    }
  });

  it('can read every default as it is written', () => {
    const unread = ROWS.flatMap(({ name, options }) =>
      Object.entries(options)
        .filter(([, { byDefault, read }]) => byDefault !== undefined && read(byDefault) === undefined)
        .map(([option]) => `${name} ${option}`),
    );
    expect(unread).toEqual([]);
  });

  it.each(ROWS)('has the defaults of $name itself', async ({ options, make }) => {
    const texts = Object.entries(options).flatMap(([option, { byDefault }]) =>
      byDefault === undefined ? [] : [[option, byDefault] as const],
    );
    const silent = await valuesOf(make(new Map()));
    expect(silent.some((value) => value !== undefined)).toBe(true);
    expect(await valuesOf(make(new Map(texts)))).toEqual(silent);
  });

  it.each(ROWS)(
    'writes gradients of $name over those that are spent, whatever they hold',
    async ({ make }) => {
      const loss = make(new Map());
      let answers = 0;
      for (const columns of BATCHES) {
        const [fresh, spent] = [await answerOf(loss, columns), await answerOf(loss, columns)];
        if (fresh === undefined || spent === undefined) continue;
        const matrices = new Map<string, Matrix>();
        for (const [name, gradient] of spent.gradients)
          if (typeof gradient !== 'number') matrices.set(name, gradient);
        for (const { data } of matrices.values()) data.fill(NaN);
        const again = await loss(columns, spent);
        expect(again).toEqual(fresh);
        for (const [name, { data }] of matrices) expect(dataOf(again, name)).toBe(data);
        answers++;
      }
      expect(answers).toBeGreaterThan(0);
    },
  );

  it.each(ROWS)(
    'has every option of $name, with the default that its docstring says',
    ({ name, options }) => {
      const documented = documentedOptions(name);
      const plain = (value = 'none'): string => (Number.isNaN(Number(value)) ? value : `${Number(value)}`);
      expect(Object.keys(options).sort()).toEqual([...documented.keys()].sort());
      for (const [option, defaults] of documented) {
        // required, of a maker that may go without options
        if (name === 'dice' && option === 'convention') continue;
        const written = defaults.map(writtenDefault);
        const { byDefault, kind } = options[option];
        if (kind.includes(' by convention ')) {
          for (const each of written) expect(kind, option).toContain(`(${each} by default)`);
        } else {
          expect(plain(byDefault), option).toBe(plain(written[0]));
        }
      }
    },
  );

  it.each(ROWS)('names the papers of $name that its docstring names', ({ name, paper }) => {
    const sources = documentedSources(name);
    for (const source of paper.split('; ')) {
      const [, authors, year] = /^(.*?)(?: et al\.)? (\d{4})(?: \(.*\))?$/.exec(source) ?? [];
      if (authors === undefined) expect(sources).toContain(source.replace('’', "'"));
      else expect(sources).toMatch(new RegExp(`${authors}( et al\\.)?,.* ${year}`));
    }
  });

  it.each([
    ['triplet', { margin: 'wide' }, "triplet: margin must be a number, got 'wide'"],
    ['huber', { delta: '-1' }, 'huber: delta must be a finite number > 0, got -1'],
    ['multiClassHinge', { power: '3' }, "multiClassHinge: power must be 1 or 2, got '3'"],
    ['batchHardTriplet', { margin: 'hard' }, "batchHardTriplet: margin must be a number or soft, got 'hard'"],
    [
      'dice',
      { convention: 'monai', floor: '1' },
      'dice: an option must be activation or reduction or over or smoothAbove or smoothBelow or squared or jaccard or background where convention is monai, got floor',
    ],
    [
      'infoNce',
      { hardness: 'strength=2' },
      "infoNce: hardness must be strength=VALUE (a number) and of=VALUE (own or inBatch or all) with commas between them, got 'strength=2'",
    ],
  ])('refuses what %s does not take in one sentence', (name, texts, sentence) => {
    expect(() => made(name, { ...texts })).toThrow(new RangeError(sentence));
  });

  it('reads options of several parts', () => {
    expect(() => made('infoNce', { hardness: 'strength=2,of=own', joined: 'anchorToAnchor' })).not.toThrow();
    const falseNegatives = 'countAs=positives,margin=0.1,strategy=relative';
    expect(() => made('infoNce', { falseNegatives, knownPositives: 'counted' })).not.toThrow();
  });

  it('gives a loss its options and names its gradients', async () => {
    // e = 3: 2 · (3 - 2 / 2)
    const result = await made('huber', { delta: '2' })(
      new Map<string, Column>([
        ['predictions', fromRows([[4]])],
        ['targets', fromRows([[1]])],
      ]),
    );
    expect(result.value).toBeCloseTo(4, 6);
    expect([...result.gradients.keys()]).toEqual(['predictions']);
  });

  it('asks for an input that is missing', async () => {
    await expect(made('arcFace')(new Map())).rejects.toThrow(
      new RangeError('arcFace: embeddings must be given, got none'),
    );
  });
});

const rows = fromRows([
  [1, 0.2],
  [0.7, -0.5],
  [0.3, 0.9],
  [-0.4, 0.6],
]);
const others = fromRows([
  [0.8, 0.5],
  [0.9, -0.1],
  [-0.2, 0.7],
  [-0.6, 0.1],
]);
const halves = fromRows([
  [1, 0],
  [0, 1],
  [0.5, 0.5],
  [0, 1],
]);
const ones = fromRows([
  [1, 0],
  [0, 1],
  [0, 1],
  [1, 0],
]);
const signs = fromRows([
  [1, -1],
  [-1, 1],
  [1, 1],
  [-1, -1],
]);
const labels = Int32Array.of(0, 0, 1, 1);
const scores = Float32Array.of(1.2, 0.3, -0.4, 0.9);

/** Columns by name; a loss takes those it knows. */
function batch(of: Readonly<Record<string, Column>>): ReadonlyMap<string, Column> {
  return new Map(Object.entries(of));
}

const shared = {
  embeddings: rows,
  labels,
  // of several centers a class too
  proxies: fromRows(Array.from({ length: 60 }, (_, i) => [Math.cos(i), Math.sin(i + 0.1)])),
  logits: rows,
  logProbabilities: rows,
  anchors: rows,
  positives: others,
  negatives: fromRows([
    [0.5, 0.4],
    [0.1, -0.9],
    [-0.7, 0.2],
    [0.6, 0.6],
  ]),
  teacherPositives: scores,
  teacherNegatives: Float32Array.of(0.1, -0.2, 0.4, 0.3),
  left: rows,
  right: others,
  views: 2,
};

const { labels: _, ...unlabelled } = shared;

const BATCHES = [
  batch({ ...unlabelled, predictions: rows, targets: halves }),
  batch({ ...shared, predictions: rows, targets: halves }),
  batch({ ...shared, predictions: rows, targets: signs }),
  batch({ predictions: rows, targets: ones }),
  batch({ left: fromRows([[1], [0.2]]), right: fromRows([[0.7], [0.9]]), targets: Float32Array.of(-1, 1) }),
  batch({ ...shared, targets: Float32Array.of(1, 0, 1, 0) }),
  batch({ ...shared, targets: Float32Array.of(1, -1, 1, -1) }),
];

type Made = ReturnType<typeof made>;

/** undefined where the loss refuses the batch: its targets are of another kind, or its labels of another number. */
async function answerOf(loss: Made, columns: ReadonlyMap<string, Column>): Promise<NamedResult | undefined> {
  try {
    return await loss(columns);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function dataOf({ gradients }: NamedResult, name: string): Float32Array | undefined {
  const gradient = gradients.get(name);
  return typeof gradient === 'object' ? gradient.data : undefined;
}

/** Of each batch. */
async function valuesOf(loss: Made): Promise<(number | undefined)[]> {
  const answers = await Promise.all(BATCHES.map((columns) => answerOf(loss, columns)));
  return answers.map((answer) => answer?.value);
}
