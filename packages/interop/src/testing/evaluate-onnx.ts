import {
  ELEMENT_TYPES,
  MODEL,
  type OnnxModel,
  type OnnxNode,
  type OnnxTensor,
  type OnnxValueInfo,
} from '../onnx/schema.ts';
import { decodeMessage } from '../protobuf/message.ts';
import { array, type NumberArray } from './number-array.ts';
import { OPERATORS } from './operators.ts';

/** Inputs and outputs of a model by name. */
export type Feeds = Readonly<Record<string, NumberArray>>;

/** An exported model, to evaluate without an ONNX runtime. */
export class EvaluatedOnnx {
  readonly model: OnnxModel;
  readonly #weights: ReadonlyMap<string, NumberArray>;

  /** @throws Error when the bytes are not a valid model */
  constructor(bytes: Uint8Array) {
    this.model = decodeMessage(MODEL, bytes);
    this.#weights = new Map(this.#graph.initializer?.map((tensor) => [tensor.name ?? '', numbersOf(tensor)]));
  }

  /** Names of the graph's inputs, in order. */
  get inputs(): string[] {
    return this.#graph.input?.map(({ name = '' }) => name) ?? [];
  }

  /** The model file's metadata, by key. */
  get metadata(): Record<string, string> {
    return Object.fromEntries(this.model.metadataProps?.map(({ key = '', value = '' }) => [key, value]) ?? []);
  }

  /**
   * Computes every output, in float64.
   *
   * @throws Error when a shape is not as the model says, a name is unknown or twice, or an operator is not one that we export
   */
  run(feeds: Feeds): Record<string, NumberArray> {
    const values = new Map(this.#weights);
    const axes = new Map<string, number>();
    const add = (name: string, value: NumberArray): void => {
      if (name === '' || values.has(name)) throw new Error(`${name}: must be named once`);
      values.set(name, value);
    };
    const checked = (info: OnnxValueInfo, value: NumberArray | undefined) => {
      const dims = info.type?.tensorType?.shape?.dim ?? [];
      const lengths = dims.map(({ dimValue, dimParam = '' }, k) => {
        if (dimValue !== undefined) return dimValue;
        if (!axes.has(dimParam)) axes.set(dimParam, value?.shape[k] ?? -1);
        return axes.get(dimParam);
      });
      if (!value || lengths.join() !== value.shape.join())
        throw new Error(`${info.name}: must be [${String(lengths)}], got [${String(value?.shape)}]`);
      return value;
    };
    for (const input of this.#graph.input ?? []) add(input.name ?? '', checked(input, feeds[input.name ?? '']));
    for (const node of this.#graph.node ?? []) {
      const inputs = node.input?.map((name) => {
        if (name !== '' && !values.has(name)) throw new Error(`${node.name}: its input ${name} must come before it`);
        return values.get(name);
      });
      const operator = OPERATORS[node.opType ?? ''];
      if (!operator) throw new Error(`${node.name}: ${node.opType} must be an operator that we export`);
      const names = node.output ?? [];
      const outputs = operator(inputs ?? [], attributesOf(node), names.length);
      for (const [k, name] of names.entries()) add(name, outputs[k] as NumberArray);
    }
    return Object.fromEntries(
      this.#graph.output?.map((output) => [output.name, checked(output, values.get(output.name ?? ''))]) ?? [],
    );
  }

  get #graph() {
    return this.model.graph ?? {};
  }
}

function attributesOf({ attribute = [] }: OnnxNode) {
  return Object.fromEntries(
    attribute.map(
      ({ name, f, i, s, floats, ints, strings }) => [name, f ?? i ?? s ?? floats ?? ints ?? strings] as const,
    ),
  );
}

function numbersOf({ name, dims = [], dataType, rawData = new Uint8Array() }: OnnxTensor): NumberArray {
  const { buffer } = Uint8Array.from(rawData);
  switch (dataType) {
    case ELEMENT_TYPES.float32:
      return array(dims, new Float32Array(buffer));
    case ELEMENT_TYPES.int32:
      return array(dims, new Int32Array(buffer));
    case ELEMENT_TYPES.int64:
      return array(dims, Array.from(new BigInt64Array(buffer), Number));
    default:
      throw new Error(`${name}: must be of a type that we export, got ${dataType}`);
  }
}
