import { CheckpointError } from '../errors.ts';
import { host } from '../host.ts';
import { sha256 } from './sha256.ts';

export type TensorData = Float32Array | Float64Array | Int32Array | BigInt64Array | Uint8Array;

/** One array as it lies in a file. `data.length` is the product of `shape`. */
export interface SavedTensor {
  readonly shape: readonly number[];
  readonly data: TensorData;
}

export type SavedTensors = ReadonlyMap<string, SavedTensor>;

interface Entry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [number, number];
}

interface Span {
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

/** How each dtype is stored; the half-precision ones are read alone, and become float32. */
const STORED = {
  F64: Float64Array,
  I64: BigInt64Array,
  F32: Float32Array,
  I32: Int32Array,
  F16: Uint16Array,
  BF16: Uint16Array,
  U8: Uint8Array,
} as const;
type Dtype = keyof typeof STORED;
const WRITTEN = ['F64', 'I64', 'F32', 'I32', 'U8'] as const; // widest first, the order in which tensors lie in a file

const ALIGNMENT = 8;
const LENGTH_BYTES = 8;
const MAX_HEADER = 100_000_000; // the limit of the reference implementation
const NO_SUM = '0'.repeat(64);
const SUM_KEY = '"sha256":"';
const BLANK = 0x20;

/**
 * Returns the bytes of a safetensors file in parts, which saves a copy: header, then each tensor as a view. Little endian,
 * as the format demands and as every processor that JavaScript runs on is.
 *
 * The metadata gains `sha256`: the hash of the whole file while those 64 digits are zeros, so that one flipped bit
 * anywhere, header included, is found on reading.
 *
 * Source: https://github.com/huggingface/safetensors (format), whose order of tensors (widest dtype first, then by name)
 * and 8-byte alignment are kept.
 */
export function encodeSafetensors(
  tensors: SavedTensors,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array[] {
  const sorted = [...tensors]
    .map(([name, tensor]) => ({ name, tensor, dtype: dtypeOf(tensor.data) }))
    .sort((a, b) => WRITTEN.indexOf(a.dtype) - WRITTEN.indexOf(b.dtype) || (a.name < b.name ? -1 : 1));

  let offset = 0;
  const entries = sorted.map(({ name, tensor: { shape, data }, dtype }): [string, Entry] => {
    const start = offset;
    offset += data.byteLength;
    return [name, { dtype, shape, data_offsets: [start, offset] }];
  });
  // From entries, because a tensor may bear the name of a setter.
  const header = Object.fromEntries([['__metadata__', { sha256: NO_SUM, ...metadata }], ...entries]);
  const json = new host.TextEncoder().encode(JSON.stringify(header));
  const length = Math.ceil(json.length / ALIGNMENT) * ALIGNMENT;
  const head = new Uint8Array(LENGTH_BYTES + length).fill(BLANK);
  new DataView(head.buffer).setBigUint64(0, BigInt(length), true);
  head.set(json, LENGTH_BYTES);

  const body = sorted.map(({ tensor: { data } }) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  head.set(ascii(sha256([head, ...body])), sumPosition(head));
  return [head, ...body];
}

/**
 * Reads what {@link encodeSafetensors} or Python's safetensors wrote; F16 and BF16 become float32. A file without our
 * `sha256` cannot be checked; `isSummed` says which it was.
 *
 * @param where the file's name, for messages
 * @throws CheckpointError when the file is truncated, altered, or not safetensors
 */
export function decodeSafetensors(
  file: Uint8Array,
  where: string,
): { tensors: Map<string, SavedTensor>; metadata: Record<string, string>; isSummed: boolean } {
  const start = headerEnd(file, where);
  const { __metadata__: metadata = {}, ...entries } = parseHeader(file.subarray(LENGTH_BYTES, start), where);
  if (!isStringMap(metadata))
    throw new CheckpointError(`${where}: __metadata__ must map strings to strings${DAMAGED}`);

  const body = file.subarray(start);
  const spans: Span[] = [];
  const tensors = new Map<string, SavedTensor>();
  for (const [name, entry] of Object.entries(entries)) {
    if (!isEntry(entry))
      throw new CheckpointError(
        `${where}: tensor ${JSON.stringify(name)} must have dtype, shape and data_offsets${DAMAGED}`,
      );
    spans.push({ name, from: entry.data_offsets[0], to: entry.data_offsets[1] });
    tensors.set(name, readTensor(body, name, entry, where));
  }
  checkCoverage(spans, body.length, where);

  const sum = metadata['sha256'];
  if (sum !== undefined) {
    const at = sumPosition(file.subarray(0, start));
    const found = sha256([file.subarray(0, at), ascii(NO_SUM), file.subarray(at + NO_SUM.length)]);
    if (found !== sum)
      throw new CheckpointError(`${where}: sha256 must be ${brief(sum)}, got ${brief(found)}${DAMAGED}`);
  }
  return { tensors, metadata, isSummed: sum !== undefined };
}

const DAMAGED = '; the file is damaged';
const brief = (sum: string): string => `${sum.slice(0, 12)}…`;

function headerEnd(file: Uint8Array, where: string): number {
  if (file.length < LENGTH_BYTES)
    throw new CheckpointError(
      `${where}: must be at least ${LENGTH_BYTES} bytes, got ${file.length}; the file is truncated`,
    );
  const length = new DataView(file.buffer, file.byteOffset).getBigUint64(0, true);
  if (length > MAX_HEADER) throw new CheckpointError(`${where}: is not a safetensors file`);
  const end = LENGTH_BYTES + Number(length);
  if (end > file.length)
    throw new CheckpointError(
      `${where}: header must end within the file's ${file.length} bytes, got ${end}; the file is truncated`,
    );
  return end;
}

function parseHeader(json: Uint8Array, where: string): Record<string, unknown> {
  try {
    const header: unknown = JSON.parse(new host.TextDecoder('utf-8', { fatal: true }).decode(json));
    if (isObject(header)) return header;
  } catch {
    // said below, the same for bytes that are no UTF-8 and text that is no JSON
  }
  throw new CheckpointError(`${where}: header must be a JSON object${DAMAGED}`);
}

function readTensor(body: Uint8Array, name: string, entry: Entry, where: string): SavedTensor {
  const bad = (what: string): CheckpointError =>
    new CheckpointError(`${where}: tensor ${JSON.stringify(name)} ${what}`);
  const { dtype, shape, data_offsets: offsets } = entry;
  if (!isDtype(dtype)) throw bad(`must be one of ${Object.keys(STORED).join(', ')}, got ${dtype}`);
  const { BYTES_PER_ELEMENT: width } = STORED[dtype];
  const [from, to] = offsets;
  if (to > body.length) throw bad(`must end within ${body.length} bytes, got ${to}; the file is truncated`);
  const length = shape.reduce((product, size) => product * size, 1);
  if (to - from !== length * width)
    throw bad(`must take ${length * width} bytes for ${dtype} [${shape.join(', ')}], got ${to - from}${DAMAGED}`);
  const stored = new STORED[dtype](length);
  new Uint8Array(stored.buffer).set(body.subarray(from, to));
  return { shape, data: stored instanceof Uint16Array ? fromHalf(stored, dtype) : stored };
}

/** Every byte after the header belongs to exactly one tensor: no hole, no overlap, nothing trailing. */
function checkCoverage(spans: Span[], length: number, where: string): void {
  let end = 0;
  for (const { name, from, to } of spans.sort((a, b) => a.from - b.from || a.to - b.to)) {
    if (from !== end)
      throw new CheckpointError(
        `${where}: tensor ${JSON.stringify(name)} must start at byte ${end}, got ${from}${DAMAGED}`,
      );
    end = to;
  }
  if (end !== length) throw new CheckpointError(`${where}: tensors must take ${length} bytes, got ${end}${DAMAGED}`);
}

/** Where the digits of `sha256` begin in a header: {@link encodeSafetensors} writes no such key before it. */
function sumPosition(head: Uint8Array): number {
  const key = ascii(SUM_KEY);
  let at = LENGTH_BYTES;
  while (at < head.length && !key.every((byte, k) => head[at + k] === byte)) at++;
  return at + key.length;
}

const ascii = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));

/** BF16 is the upper half of a float32; F16 has 5 bits of exponent and 10 of fraction. Both fit a float32 exactly. */
function fromHalf(stored: Uint16Array, dtype: Dtype): Float32Array {
  const bits = dtype === 'BF16' ? (half: number) => half << 16 : float32Bits;
  return new Float32Array(Int32Array.from(stored, bits).buffer);
}

/** The bits of a float32 of the same value as an IEEE 754 half. */
function float32Bits(half: number): number {
  const sign = (half & 0x8000) << 16;
  const exponent = (half >> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0x1f) return sign | 0x7f800000 | (fraction << 13); // infinity, NaN
  if (exponent > 0) return sign | ((exponent + 112) << 23) | (fraction << 13); // 127 - 15 = 112
  if (fraction === 0) return sign;
  const shift = Math.clz32(fraction) - 21; // a subnormal half is a normal float32
  return sign | ((113 - shift) << 23) | (((fraction << shift) & 0x3ff) << 13);
}

function dtypeOf(data: TensorData): (typeof WRITTEN)[number] {
  const dtype = WRITTEN.find((name) => data instanceof STORED[name]);
  if (!dtype) throw new TypeError(`encodeSafetensors: data must be one of ${WRITTEN.join(', ')}`);
  return dtype;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isStringMap = (value: unknown): value is Record<string, string> =>
  isObject(value) && Object.values(value).every((text) => typeof text === 'string');
const isDtype = (name: string): name is Dtype => Object.hasOwn(STORED, name);
const isSizes = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
const isEntry = (value: unknown): value is Entry =>
  isObject(value) &&
  typeof value['dtype'] === 'string' &&
  isSizes(value['shape']) &&
  isSizes(value['data_offsets']) &&
  value['data_offsets'].length === 2;
