import { checkEqual, checkOneOf, refuse } from '../core/check.ts';
import { matrix, type Matrix } from '../core/matrix.ts';
import { entriesOf } from '../formats/json-records.ts';
import { onnxBytes, type OnnxValue } from '../formats/onnx.ts';
import { allRows } from '../formats/open-rows.ts';
import type { SafetensorsHeader } from '../formats/safetensors-header.ts';
import {
  openSafetensorsRows,
  readSafetensorsBytes,
  safetensorsHeader,
  writeSafetensors,
} from '../formats/safetensors.ts';
import { wholeFile, type WholeFileOptions } from '../formats/whole-file.ts';
import { colsOf, type Embed, type Layer, onnxOf, through } from './layers.ts';
import { type BagLayer, checkBag, isBag, sumsOnnx, throughBag } from './text/bag-layer.ts';
import { readVocabulary, storedVocabulary, wordBytes } from './text/stored-vocabulary.ts';

/**
 * What rows go through, one layer after the other, or texts, of which the first layer is a `bagLayer`; queries and documents may go
 * through different ones.
 */
export type Layers =
  readonly Layer[] | { readonly query: readonly Layer[]; readonly document: readonly Layer[] };

export type Side = 'query' | 'document';

const SIDES = ['query', 'document'] as const;
const BOTH = 'both';

/** of the layout below */
const VERSION = 1;

export interface SaveModelOptions extends WholeFileOptions {
  /** More strings for the file to carry. @default none */
  readonly metadata?: Readonly<Record<string, string>>;
}

/**
 * Writes a model as .safetensors: its matrices, each once, and as metadata `nearmiss` what is done with them, `{"version": 1, "sides":
 * {"query": [{"kind": "linear", "parameters": {"weights": TENSOR}}, …], "document": […]}}`, or one side `both`. A layer of kind `bag` has
 * a `vocabulary` too, `{"words": TENSOR, "sha256": …, "nGrams": [3, 5], "buckets": 65536, "idf": TENSOR}`: words are a U8 tensor of UTF-8,
 * a line each, `idf` one row.
 *
 * @throws RangeError if the layers do not fit one another, a word has a line end, or the file cannot be written
 */
export async function saveModel(
  path: string,
  layers: Layers,
  { metadata, signal }: SaveModelOptions = {},
): Promise<void> {
  const tensors: Record<string, Matrix | Uint8Array> = {};
  const names = new Map<object, string>();
  /** the tensor that a part of the model is, which may have a name already */
  const tensorOf = (part: object, name: string, value: Matrix | Uint8Array): string => {
    const known = names.get(part);
    if (known !== undefined) return known;
    names.set(part, name);
    tensors[name] = value;
    return name;
  };
  const sides = Object.entries(sidesOf(layers)).map(([side, all]) => {
    endsOf('saveModel', all);
    const stored = all.map((layer, i) => {
      const at = `${side}.${i}`;
      const { kind } = layer;
      const parameters = Object.fromEntries(
        Object.entries(layer.parameters).map(([name, m]) => [name, tensorOf(m, `${at}.${name}`, m)]),
      );
      if (!isBag(layer)) return { kind, parameters };
      const { words, idf } = layer.vocabulary;
      const bytes = wordBytes('saveModel', words);
      const vocabulary = {
        words: tensorOf(words, `${at}.words`, bytes),
        ...storedVocabulary(layer.vocabulary, bytes),
        ...(idf && { idf: tensorOf(idf, `${at}.idf`, matrix(1, idf.length, idf)) }),
      };
      return { kind, parameters, vocabulary };
    });
    return [side, stored];
  });
  const nearmiss = JSON.stringify({ version: VERSION, sides: Object.fromEntries(sides) });
  await writeSafetensors(path, tensors, { metadata: { ...metadata, nearmiss }, signal });
}

export interface LoadOptions {
  /** Whose rows or texts: must be said of a model that embeds queries and documents differently. */
  readonly side?: Side;
}

/**
 * What `saveModel` wrote, as a function of rows.
 *
 * @throws RangeError if the file is none of these or one of texts, or its sides differ and none is named; of what it gives, if rows have
 *   other columns
 */
export async function load(path: string, options: LoadOptions = {}): Promise<Embed> {
  const layers = await storedLayers(path, options);
  if (isBag(layers[0]))
    refuse(
      path,
      'must be a model of rows where load is asked for it',
      'one of texts, which loadTexts is for',
    );
  return through(path, layers);
}

/**
 * What `saveModel` wrote, as a function of texts: a row each, to the bit what `embeddingBag` and the layers behind it made of them.
 *
 * @throws RangeError if the file is none of these or one of rows, its words are not those that were written, or its sides differ and none
 *   is named
 */
export async function loadTexts(
  path: string,
  options: LoadOptions = {},
): Promise<(texts: readonly string[]) => Matrix> {
  const [bag, ...layers] = await storedLayers(path, options);
  if (!isBag(bag))
    return refuse(
      path,
      'must be a model of texts where loadTexts is asked for it',
      'one of rows, which load is for',
    );
  endsOf(path, [bag, ...layers]);
  const [bagged, embed] = [throughBag(bag), through(path, layers)];
  return (texts) => embed(bagged(texts));
}

/**
 * Writes a model as .onnx of one output, `output`, and one input, `input`, rows × columns of float32; of texts two, as `paddedBags` gives
 * them: `ids`, texts × parts of int64, and `weights`, as many of float32. Rows come out as `load` or `loadTexts` makes them, to rounding.
 *
 * @throws RangeError if the layers do not fit one another or take any number of columns, or the file cannot be written
 */
export async function saveOnnx(
  path: string,
  layers: readonly Layer[],
  { metadata, signal }: SaveModelOptions = {},
): Promise<void> {
  const [from, to] =
    endsOf('saveOnnx', layers) ?? refuse('saveOnnx', 'a layer must say how many columns it takes', 'none');
  const [first, ...others] = layers;
  const { inputs, start, rest } = isBag(first)
    ? { ...sumsOnnx(first), rest: [{ kind: 'normalize', parameters: {} }, ...others] }
    : { inputs: [rowsOf('input', from)], start: { nodes: [], tensors: {}, output: 'input' }, rest: layers };
  const { nodes, tensors, output } = onnxOf('saveOnnx', rest, start);
  const named = [...nodes, { op: 'Identity', inputs: [output], output: 'output' }];
  const graph = { nodes: named, tensors, inputs, output: rowsOf('output', to) };
  await wholeFile(path, (write) => write(onnxBytes(graph, metadata)), { signal });
}

function rowsOf(name: string, cols: number): OnnxValue {
  return { name, dtype: 'float32', shape: ['rows', cols] };
}

/** Columns that go in and come out, as `colsOf` says; of texts, as many as their table has go in. */
function endsOf(where: string, layers: readonly Layer[]): readonly [from: number, to: number] | undefined {
  const [bag, ...rest] = layers;
  if (!isBag(bag)) return colsOf(where, layers);
  checkBag(where, bag);
  const { cols } = bag.parameters.table;
  const ends = colsOf(where, rest) ?? [cols, cols];
  checkEqual(where, 'columns that the layers behind bag take', ends[0], cols);
  return ends;
}

function sidesOf(layers: Layers): Readonly<Record<string, readonly Layer[]>> {
  return 'query' in layers ? { query: layers.query, document: layers.document } : { [BOTH]: layers };
}

/** The layers of a side, and no tensors but theirs. */
async function storedLayers(path: string, { side }: LoadOptions): Promise<readonly Layer[]> {
  if (side !== undefined) checkOneOf(path, 'side', side, SIDES);
  const header = await safetensorsHeader(path);
  const text =
    header.metadata.get('nearmiss') ??
    refuse(path, 'must be a model that nearmiss wrote', 'other safetensors');
  const wrong = (): never =>
    refuse(path, 'must say what its model is as nearmiss writes it', text.slice(0, 80));
  const stored = entriesOf(parsed(text));
  if (stored.get('version') !== VERSION) refuse(path, `must be of version ${VERSION}`, stored.get('version'));
  const sides = entriesOf(stored.get('sides'));
  const named = [...sides.keys()].sort().join();
  if (named !== BOTH && named !== 'document,query') return wrong();
  if (named !== BOTH && side === undefined)
    refuse(path, 'side must be query or document, which this model embeds differently', 'none');
  const list = sides.get(named === BOTH ? BOTH : (side ?? ''));
  if (!Array.isArray(list)) return wrong();
  const layers: Layer[] = [];
  for (const layer of list) layers.push((await layerOf(path, header, entriesOf(layer))) ?? wrong());
  return layers;
}

async function layerOf(
  path: string,
  { tensors }: SafetensorsHeader,
  stored: ReadonlyMap<string, unknown>,
): Promise<Layer | BagLayer | undefined> {
  const kind = stored.get('kind');
  if (typeof kind !== 'string') return undefined;
  const parameters = new Map<string, Matrix>();
  for (const [name, tensor] of entriesOf(stored.get('parameters'))) {
    if (typeof tensor !== 'string' || !tensors.has(tensor)) return undefined;
    parameters.set(name, await allRows(await openSafetensorsRows(path, tensor)));
  }
  if (kind !== 'bag') return { kind, parameters: Object.fromEntries(parameters) };
  const table = parameters.get('table');
  const said = entriesOf(stored.get('vocabulary'));
  const [words, idf] = [said.get('words'), said.get('idf')];
  if (table === undefined || typeof words !== 'string') return undefined;
  if (idf !== undefined && typeof idf !== 'string') return undefined;
  const vocabulary = readVocabulary(path, said, await readSafetensorsBytes(path, words));
  const weights = idf && { idf: (await allRows(await openSafetensorsRows(path, idf))).data };
  return { kind, parameters: { table }, vocabulary: { ...vocabulary, ...weights } };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
