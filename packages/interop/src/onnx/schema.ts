import type { Message, MessageType } from '../protobuf/message.ts';

/** The element types that our models use, by their numbers in ONNX. Source: TensorProto.DataType of onnx.proto. */
export const ELEMENT_TYPES = { float32: 1, int32: 6, int64: 7, bool: 9 } as const;
/** The element type of a tensor in a model file. */
export type ElementType = keyof typeof ELEMENT_TYPES;

/** The kinds of attribute that our models use. Source: AttributeProto.AttributeType of onnx.proto. */
export const ATTRIBUTE_TYPES = { float: 1, int: 2, string: 3, floats: 6, ints: 7, strings: 8 } as const;

const tensor = {
  dims: { id: 1, type: 'int64', repeated: true },
  dataType: { id: 2, type: 'int32' },
  name: { id: 8, type: 'string' },
  /** Little-endian. */
  rawData: { id: 9, type: 'bytes' },
} as const satisfies MessageType;

const attribute = {
  name: { id: 1, type: 'string' },
  f: { id: 2, type: 'float' },
  i: { id: 3, type: 'int64' },
  s: { id: 4, type: 'string' },
  floats: { id: 7, type: 'float', repeated: true },
  ints: { id: 8, type: 'int64', repeated: true },
  strings: { id: 9, type: 'string', repeated: true },
  type: { id: 20, type: 'int32' },
} as const satisfies MessageType;

const node = {
  input: { id: 1, type: 'string', repeated: true },
  output: { id: 2, type: 'string', repeated: true },
  name: { id: 3, type: 'string' },
  opType: { id: 4, type: 'string' },
  attribute: { id: 5, type: attribute, repeated: true },
} as const satisfies MessageType;

const dimension = {
  dimValue: { id: 1, type: 'int64' },
  /** The name of an axis of any length. */
  dimParam: { id: 2, type: 'string' },
} as const satisfies MessageType;
const tensorShape = { dim: { id: 1, type: dimension, repeated: true } } as const satisfies MessageType;
const tensorType = {
  elemType: { id: 1, type: 'int32' },
  shape: { id: 2, type: tensorShape },
} as const satisfies MessageType;
const valueInfo = {
  name: { id: 1, type: 'string' },
  type: { id: 2, type: { tensorType: { id: 1, type: tensorType } } },
  docString: { id: 3, type: 'string' },
} as const satisfies MessageType;

const graph = {
  node: { id: 1, type: node, repeated: true },
  name: { id: 2, type: 'string' },
  initializer: { id: 5, type: tensor, repeated: true },
  input: { id: 11, type: valueInfo, repeated: true },
  output: { id: 12, type: valueInfo, repeated: true },
} as const satisfies MessageType;

/** A model file: the part of ModelProto, of onnx.proto, that our models use. */
export const MODEL = {
  irVersion: { id: 1, type: 'int64' },
  producerName: { id: 2, type: 'string' },
  producerVersion: { id: 3, type: 'string' },
  docString: { id: 6, type: 'string' },
  graph: { id: 7, type: graph },
  opsetImport: {
    id: 8,
    type: { domain: { id: 1, type: 'string' }, version: { id: 2, type: 'int64' } },
    repeated: true,
  },
  metadataProps: {
    id: 14,
    type: { key: { id: 1, type: 'string' }, value: { id: 2, type: 'string' } },
    repeated: true,
  },
} as const satisfies MessageType;

export type OnnxNode = Message<typeof node>;
export type OnnxTensor = Message<typeof tensor>;
export type OnnxAttribute = Message<typeof attribute>;
export type OnnxValueInfo = Message<typeof valueInfo>;
export type OnnxModel = Message<typeof MODEL>;
