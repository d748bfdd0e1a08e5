import { ConfigError, type Param } from '@unroll/rnn-core';
import { encodeMessage } from '../protobuf/message.ts';
import {
  ATTRIBUTE_TYPES,
  ELEMENT_TYPES,
  type ElementType,
  MODEL,
  type OnnxAttribute,
  type OnnxModel,
  type OnnxNode,
  type OnnxTensor,
  type OnnxValueInfo,
} from './schema.ts';

/** A tensor of a graph, known by its name. */
export interface Value {
  readonly name: string;
}

/** An input or output of a model. */
export interface ValueSpec {
  readonly type: ElementType;
  /** A name stands for an axis of any length. */
  readonly shape: readonly (number | string)[];
  /** What it holds, for people. */
  readonly description: string;
}

/** Whole numbers are ints. */
export type Attribute =
  | number
  | string
  | readonly number[]
  | readonly string[]
  | { readonly float: number }
  | { readonly floats: readonly number[] };
/** The attributes of a node, by name. */
export type Attributes = Readonly<Record<string, Attribute>>;

/** What a model file says beside its graph. */
export interface ModelInfo {
  /** What the model computes, for people. */
  readonly description: string;
  /** Of the package that exports. */
  readonly producerVersion?: string | undefined;
  readonly metadata: Readonly<Record<string, string>>;
}

/** The oldest that has LayerNormalization, so that the most runtimes read the file. */
const OPSET = 17;
/** The version of the file format that came with opset 17. */
const IR_VERSION = 8;
/** A protobuf message is smaller than 2 GiB; some of it is left for what is not weights. */
const MAX_WEIGHT_BYTES = 2 ** 31 - 2 ** 24;

/**
 * An ONNX graph, built node by node. Source: https://onnx.ai/onnx/operators, opset 17.
 *
 *     const g = new Graph('double');
 *     const x = g.input('x', { type: 'float32', shape: ['batch'], description: 'numbers' });
 *     g.output('y', g.op('Add', [x, x]), { type: 'float32', shape: ['batch'], description: 'twice the numbers' });
 *     writeFileSync('double.onnx', g.encode({ description: 'Doubles numbers.', metadata: {} }));
 */
export class Graph {
  /** Also of its file, without `.onnx`. */
  readonly name: string;
  /** By name. */
  readonly inputs = new Map<string, ValueSpec>();
  readonly outputs = new Map<string, ValueSpec>();
  readonly #nodes: OnnxNode[] = [];
  readonly #initializers = new Map<string, OnnxTensor>();
  #weightBytes = 0;

  constructor(name: string) {
    this.name = name;
  }

  /** Adds an input of the graph, in the order of the model file. */
  input(name: string, spec: ValueSpec): Value {
    this.inputs.set(name, spec);
    return { name };
  }

  /** Makes a value an output of the graph under a name. */
  output(name: string, value: Value, spec: ValueSpec): void {
    this.outputs.set(name, spec);
    this.#nodes.push({ opType: 'Identity', name: `output ${name}`, input: [value.name], output: [name] });
  }

  /** A parameter under its full name in the model; one that several layers share is stored once. */
  parameter(param: Param): Value {
    return this.weight(param.storage.name, param.shape, () => param.view());
  }

  /**
   * @param values called when no weight of that name is there yet
   * @throws ConfigError when the weights are larger than an ONNX file can be
   */
  weight(name: string, dims: readonly number[], values: () => ArrayLike<number>): Value {
    if (this.#initializers.has(name)) return { name };
    this.#weightBytes += 4 * dims.reduce((product, n) => product * n, 1);
    if (this.#weightBytes > MAX_WEIGHT_BYTES)
      throw new ConfigError(
        `${this.name}.onnx: must be smaller than 2 GB, the limit of ONNX files, got over ${(this.#weightBytes / 1e9).toFixed(1)} GB of weights; export to safetensors, which has no limit`,
      );
    this.#initializers.set(name, tensor(name, 'float32', dims, values()));
    return { name };
  }

  /** A constant; equal ones are stored once. @param dims [] for a scalar */
  constant(type: ElementType, dims: readonly number[], values: readonly number[]): Value {
    const name = `${type}[${String(dims)}] ${String(values)}`;
    if (!this.#initializers.has(name)) this.#initializers.set(name, tensor(name, type, dims, values));
    return { name };
  }

  /** A vector of int64: axes, a shape, split sizes. */
  ints(...values: readonly number[]): Value {
    return this.constant('int64', [values.length], values);
  }

  /** A node with one output. @param inputs undefined for an optional one that is left out */
  op(type: string, inputs: readonly (Value | undefined)[], attributes: Attributes = {}): Value {
    return this.ops(type, inputs, 1, attributes)[0] as Value;
  }

  /** A node with several outputs. */
  ops(type: string, inputs: readonly (Value | undefined)[], outputs: number, attributes: Attributes = {}): Value[] {
    const name = `${type} ${this.#nodes.length}`;
    const output = Array.from({ length: outputs }, (_, k) => (outputs === 1 ? name : `${name}:${k}`));
    this.#nodes.push({
      opType: type,
      name,
      input: inputs.map((value) => value?.name ?? ''),
      output,
      attribute: Object.entries(attributes).map(([name, value]) => attribute(name, value)),
    });
    return output.map((name) => ({ name }));
  }

  /** The bytes of the model file. */
  encode({ description, producerVersion, metadata }: ModelInfo): Uint8Array<ArrayBuffer> {
    const initializer = [...this.#initializers.values()];
    const model: OnnxModel = {
      irVersion: IR_VERSION,
      producerName: 'unroll',
      ...(producerVersion && { producerVersion }),
      docString: description,
      graph: {
        name: this.name,
        node: this.#nodes,
        initializer,
        input: Array.from(this.inputs, valueInfo),
        output: Array.from(this.outputs, valueInfo),
      },
      opsetImport: [{ domain: '', version: OPSET }],
      metadataProps: Object.entries(metadata).map(([key, value]) => ({ key, value })),
    };
    return encodeMessage(MODEL, model);
  }
}

const valueInfo = ([name, { type, shape, description }]: readonly [string, ValueSpec]): OnnxValueInfo => ({
  name,
  type: {
    tensorType: {
      elemType: ELEMENT_TYPES[type],
      shape: { dim: shape.map((axis) => (typeof axis === 'number' ? { dimValue: axis } : { dimParam: axis })) },
    },
  },
  docString: description,
});

function tensor(name: string, type: ElementType, dims: readonly number[], values: ArrayLike<number>): OnnxTensor {
  return { name, dims, dataType: ELEMENT_TYPES[type], rawData: rawData(type, values) };
}

/** Numbers as little-endian bytes. */
function rawData(type: ElementType, values: ArrayLike<number>): Uint8Array {
  switch (type) {
    case 'float32':
      return new Uint8Array(Float32Array.from(values).buffer);
    case 'int32':
      return new Uint8Array(Int32Array.from(values).buffer);
    case 'int64':
      return new Uint8Array(BigInt64Array.from(Array.from(values, BigInt)).buffer);
    case 'bool':
      return Uint8Array.from(values);
  }
}

function attribute(name: string, value: Attribute): OnnxAttribute {
  if (typeof value === 'number') return { name, i: value, type: ATTRIBUTE_TYPES.int };
  if (typeof value === 'string') return { name, s: value, type: ATTRIBUTE_TYPES.string };
  if ('float' in value) return { name, f: value.float, type: ATTRIBUTE_TYPES.float };
  if ('floats' in value) return { name, floats: value.floats, type: ATTRIBUTE_TYPES.floats };
  return value.every((entry) => typeof entry === 'string')
    ? { name, strings: value, type: ATTRIBUTE_TYPES.strings }
    : { name, ints: value, type: ATTRIBUTE_TYPES.ints };
}
