import { checkOneOf, refuse } from '../core/check.ts';
import type { Matrix } from '../core/matrix.ts';
import type { Parameters } from '../core/parameters.ts';
import { entriesOf } from '../formats/json-records.ts';
import { onnxBytes } from '../formats/onnx.ts';
import { readSafetensorsParameters, safetensorsHeader, writeSafetensors } from '../formats/safetensors.ts';
import { wholeFile, type WholeFileOptions } from '../formats/whole-file.ts';
import { colsOf, type Embed, type Layer, onnxOf, through } from './layers.ts';

/** What rows go through, one layer after the other; queries and documents may go through different ones. */
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
 * {"query": [{"kind": "linear", "parameters": {"weights": TENSOR}}, …], "document": […]}}`, or one side `both`.
 *
 * @throws RangeError if the layers do not fit one another, or the file cannot be written
 */
export async function saveModel(
  path: string,
  layers: Layers,
  { metadata, signal }: SaveModelOptions = {},
): Promise<void> {
  const tensors: Record<string, Matrix> = {};
  const names = new Map<Matrix, string>();
  const sides = Object.entries(sidesOf(layers)).map(([side, all]) => {
    colsOf('saveModel', all);
    const stored = all.map(({ kind, parameters }, i) => ({
      kind,
      parameters: Object.fromEntries(
        Object.entries(parameters).map(([name, m]) => {
          const tensor = names.get(m) ?? `${side}.${i}.${name}`;
          names.set(m, tensor);
          tensors[tensor] = m;
          return [name, tensor];
        }),
      ),
    }));
    return [side, stored];
  });
  const nearmiss = JSON.stringify({ version: VERSION, sides: Object.fromEntries(sides) });
  await writeSafetensors(path, tensors, { metadata: { ...metadata, nearmiss }, signal });
}

export interface LoadOptions {
  /** Whose rows: must be said of a model that embeds queries and documents differently. */
  readonly side?: Side;
}

/**
 * What `saveModel` wrote, as a function of rows.
 *
 * @throws RangeError if the file is none of these, or its sides differ and none is named; of what it gives, if rows have other columns
 */
export async function load(path: string, { side }: LoadOptions = {}): Promise<Embed> {
  if (side !== undefined) checkOneOf(path, 'side', side, SIDES);
  const stored = await loadLayers(path);
  if (stored.has(BOTH)) return through(path, stored.get(BOTH) ?? []);
  if (side === undefined)
    refuse(path, 'side must be query or document, which this model embeds differently', 'none');
  return through(path, stored.get(side) ?? []);
}

/**
 * Writes a model as .onnx of one input, `input`, rows × columns of float32, and one output, `output`. Rows come out as `load` makes
 * them, to rounding.
 *
 * @throws RangeError if the layers do not fit one another or take any number of columns, or the file cannot be written
 */
export async function saveOnnx(
  path: string,
  layers: readonly Layer[],
  { metadata, signal }: SaveModelOptions = {},
): Promise<void> {
  const [from, to] =
    colsOf('saveOnnx', layers) ?? refuse('saveOnnx', 'a layer must say how many columns it takes', 'none');
  const { nodes, tensors, output } = onnxOf('saveOnnx', layers, 'input');
  const named = [...nodes, { op: 'Identity', inputs: [output], output: 'output' }];
  const graph = {
    nodes: named,
    tensors,
    input: { name: 'input', cols: from },
    output: { name: 'output', cols: to },
  };
  await wholeFile(path, (write) => write(onnxBytes(graph, metadata)), { signal });
}

function sidesOf(layers: Layers): Readonly<Record<string, readonly Layer[]>> {
  return 'query' in layers ? { query: layers.query, document: layers.document } : { [BOTH]: layers };
}

async function loadLayers(path: string): Promise<ReadonlyMap<string, readonly Layer[]>> {
  const { metadata } = await safetensorsHeader(path);
  const text =
    metadata.get('nearmiss') ?? refuse(path, 'must be a model that nearmiss wrote', 'other safetensors');
  const wrong = (): never =>
    refuse(path, 'must say what its model is as nearmiss writes it', text.slice(0, 80));
  const stored = entriesOf(parsed(text));
  if (stored.get('version') !== VERSION) refuse(path, `must be of version ${VERSION}`, stored.get('version'));
  const sides = entriesOf(stored.get('sides'));
  const named = [...sides.keys()].sort().join();
  if (named !== BOTH && named !== 'document,query') return wrong();
  const tensors = await readSafetensorsParameters(path);
  return new Map(
    Array.from(sides, ([side, list]) => {
      if (!Array.isArray(list)) return wrong();
      const layers = list.map((layer: unknown): Layer => layerOf(entriesOf(layer), tensors) ?? wrong());
      return [side, layers];
    }),
  );
}

function layerOf(stored: ReadonlyMap<string, unknown>, tensors: Parameters): Layer | undefined {
  const kind = stored.get('kind');
  if (typeof kind !== 'string') return undefined;
  const parameters: [string, Matrix][] = [];
  for (const [name, tensor] of entriesOf(stored.get('parameters'))) {
    if (typeof tensor !== 'string' || !Object.hasOwn(tensors, tensor)) return undefined;
    parameters.push([name, tensors[tensor]]);
  }
  return { kind, parameters: Object.fromEntries(parameters) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
