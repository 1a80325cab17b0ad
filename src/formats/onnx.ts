import type { Parameters } from '../core/parameters.ts';
import { bytesOf } from './bytes-of.ts';
import { bytes, message, whole } from './protobuf.ts';

/** An operator of ONNX's default domain, with its inputs and its one output by name. */
export interface OnnxNode {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly output: string;
  /** a number is an int, an array ints, a string a string */
  readonly attributes?: Readonly<Record<string, number | string | readonly number[]>>;
}

/** A graph of constants of float32. */
export interface OnnxGraph {
  /** in an order in which each has its inputs */
  readonly nodes: readonly OnnxNode[];
  /** constants by name */
  readonly tensors: Parameters;
  readonly inputs: readonly OnnxValue[];
  readonly output: OnnxValue;
}

/** What goes in or comes out. */
export interface OnnxValue {
  readonly name: string;
  readonly dtype: keyof typeof ELEMENT_TYPES;
  /** a side that may be of any length has a name */
  readonly shape: readonly (string | number)[];
}

/** reductions take their axes as an attribute up to this one, so that older runtimes read it too */
const OPSET = 17;
const IR_VERSION = 8;
const ELEMENT_TYPES = { float32: 1, int64: 7 } as const;

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
        message(
          5,
          whole(1, rows),
          whole(1, cols),
          whole(2, ELEMENT_TYPES.float32),
          bytes(8, name),
          bytes(9, bytesOf(data)),
        ),
      ),
      ...graph.inputs.map((input) => valueOf(11, input)),
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

/** Its value and its type: INT, STRING or INTS. */
function attributeOf(value: number | string | readonly number[]): readonly Uint8Array[] {
  if (typeof value === 'number') return [whole(3, value), whole(20, 2)];
  if (typeof value === 'string') return [bytes(4, value), whole(20, 3)];
  return [...value.map((each) => whole(8, each)), whole(20, 7)];
}

function valueOf(field: number, { name, dtype, shape }: OnnxValue): Uint8Array {
  const sides = shape.map((side) => message(1, typeof side === 'string' ? bytes(2, side) : whole(1, side)));
  const tensor = message(1, whole(1, ELEMENT_TYPES[dtype]), message(2, ...sides));
  return message(field, bytes(1, name), message(2, tensor));
}
