import type { Parameters } from '../core/parameters.ts';
import { bytesOf } from './bytes-of.ts';
import { bytes, message, whole } from './protobuf.ts';

/** An operator of ONNX's default domain, with its inputs and its one output by name. */
export interface OnnxNode {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly output: string;
  /** a number is an int, an array ints */
  readonly attributes?: Readonly<Record<string, number | readonly number[]>>;
}

/** A graph of rows: float32, any number of them. */
export interface OnnxGraph {
  /** in an order in which each has its inputs */
  readonly nodes: readonly OnnxNode[];
  /** constants by name */
  readonly tensors: Parameters;
  readonly input: OnnxRows;
  readonly output: OnnxRows;
}

export interface OnnxRows {
  readonly name: string;
  readonly cols: number;
}

/** reductions take their axes as an attribute up to this one, so that older runtimes read it too */
const OPSET = 17;
const IR_VERSION = 8;
const FLOAT = 1;

/**
 * A .onnx file of one graph, with strings of its own as `metadata_props`.
 *
 * @see github.com/onnx/onnx, onnx/onnx.proto
 */
export function onnxBytes(graph: OnnxGraph, metadata: Readonly<Record<string, string>> = {}): Uint8Array {
  return Buffer.concat([
    whole(1, IR_VERSION),
    bytes(2, 'nearmiss'),
    message(
      7,
      ...graph.nodes.map(nodeOf),
      bytes(2, 'nearmiss'),
      ...Object.entries(graph.tensors).map(([name, { rows, cols, data }]) =>
        message(5, whole(1, rows), whole(1, cols), whole(2, FLOAT), bytes(8, name), bytes(9, bytesOf(data))),
      ),
      valueOf(11, graph.input),
      valueOf(12, graph.output),
    ),
    message(8, bytes(1, ''), whole(2, OPSET)),
    ...Object.entries(metadata).map(([key, value]) => message(14, bytes(1, key), bytes(2, value))),
  ]);
}

function nodeOf({ op, inputs, output, attributes = {} }: OnnxNode): Uint8Array {
  return message(
    1,
    ...inputs.map((name) => bytes(1, name)),
    bytes(2, output),
    bytes(3, output),
    bytes(4, op),
    ...Object.entries(attributes).map(([name, value]) => message(5, bytes(1, name), ...attributeOf(value))),
  );
}

/** Its value and its type: INT or INTS. */
function attributeOf(value: number | readonly number[]): readonly Uint8Array[] {
  return typeof value === 'number'
    ? [whole(3, value), whole(20, 2)]
    : [...value.map((each) => whole(8, each)), whole(20, 7)];
}

/** Of float32, `rows` × cols. */
function valueOf(field: number, { name, cols }: OnnxRows): Uint8Array {
  const shape = message(2, message(1, bytes(2, 'rows')), message(1, whole(1, cols)));
  return message(field, bytes(1, name), message(2, message(1, whole(1, FLOAT), shape)));
}
