import { CheckpointError, ConfigError } from '../errors.ts';
import { host } from '../host.ts';
import { fromHalf, toHalf } from './half-precision.ts';
import { DAMAGED, DTYPES, type Dtype, type HeaderEntry, LENGTH_BYTES, readHeader } from './safetensors-header.ts';
import { sha256 } from './sha256.ts';

/** The values of a tensor, in the array of its dtype. */
export type TensorData =
  | Float64Array
  | BigInt64Array
  | BigUint64Array
  | Float32Array
  | Int32Array
  | Uint32Array
  | Int16Array
  | Uint16Array
  | Int8Array
  | Uint8Array;

/** One array as it lies in a file. `data.length` is the product of `shape`. */
export interface SavedTensor {
  readonly shape: readonly number[];
  readonly data: TensorData;
}

/** The tensors of a safetensors file, by name. */
export type SavedTensors = ReadonlyMap<string, SavedTensor>;

/** The dtypes that floating-point values can be stored in. */
export type FloatDtype = 'F32' | 'F16' | 'BF16';

const ALIGNMENT = 8;
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
 *
 * @param floats the dtype of floating-point tensors, rounded to nearest; by default that of their arrays
 * @throws ConfigError when a finite value is too large for that dtype
 */
export function encodeSafetensors(
  tensors: SavedTensors,
  metadata: Readonly<Record<string, string>> = {},
  { floats }: { readonly floats?: FloatDtype | undefined } = {},
): Uint8Array[] {
  const sorted = [...tensors]
    .map(([name, { shape, data }]) => ({ name, shape, ...stored(name, data, floats) }))
    .sort((a, b) => ORDER.indexOf(a.dtype) - ORDER.indexOf(b.dtype) || (a.name < b.name ? -1 : 1));

  let offset = 0;
  const entries = sorted.map(({ name, shape, data, dtype }): [string, object] => {
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

  const body = sorted.map(({ data }) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  head.set(ascii(sha256([head, ...body])), sumPosition(head));
  return [head, ...body];
}

/**
 * Reads what {@link encodeSafetensors} or Python's safetensors wrote; F16 and BF16 become float32, BOOL bytes. A file
 * without our `sha256` cannot be checked; `isSummed` says which it was.
 *
 * @param where the file's name, for messages
 * @throws CheckpointError as `readHeader`, and when the file is not what its `sha256` says
 */
export function decodeSafetensors(
  file: Uint8Array,
  where: string,
): { tensors: Map<string, SavedTensor>; metadata: Readonly<Record<string, string>>; isSummed: boolean } {
  const { entries, metadata, end } = readHeader(file, where);
  const sum = metadata['sha256'];
  if (sum !== undefined) {
    const at = sumPosition(file.subarray(0, end));
    const found = sha256([file.subarray(0, at), ascii(NO_SUM), file.subarray(at + NO_SUM.length)]);
    if (found !== sum)
      throw new CheckpointError(`${where}: sha256 must be ${brief(sum)}, got ${brief(found)}${DAMAGED}`);
  }
  const body = file.subarray(end);
  const tensors = new Map(entries.map((entry) => [entry.name, readTensor(body, entry)]));
  return { tensors, metadata, isSummed: sum !== undefined };
}

const brief = (sum: string): string => `${sum.slice(0, 12)}…`;

function readTensor(body: Uint8Array, { dtype, shape, from, to }: HeaderEntry): SavedTensor {
  const Stored = DTYPES[dtype];
  const data = new Stored((to - from) / Stored.BYTES_PER_ELEMENT);
  new Uint8Array(data.buffer).set(body.subarray(from, to));
  return { shape, data: dtype === 'F16' || dtype === 'BF16' ? fromHalf(data as Uint16Array, dtype) : data };
}

/** Where the digits of `sha256` begin in a header: {@link encodeSafetensors} writes no such key before it. */
function sumPosition(head: Uint8Array): number {
  const key = ascii(SUM_KEY);
  let at = LENGTH_BYTES;
  while (at < head.length && !key.every((byte, k) => head[at + k] === byte)) at++;
  return at + key.length;
}

const ascii = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));

const ORDER = Object.keys(DTYPES) as Dtype[];

/** An array as it is written, and its dtype. */
function stored(
  name: string,
  data: TensorData,
  floats: FloatDtype | undefined,
): { readonly data: TensorData; readonly dtype: Dtype } {
  const isFloat = data instanceof Float32Array || data instanceof Float64Array;
  if (isFloat && floats === 'F32') return { data: Float32Array.from(data), dtype: 'F32' };
  if (isFloat && (floats === 'F16' || floats === 'BF16')) {
    const halves = toHalf(data, floats);
    const bad = fromHalf(halves, floats).findIndex((half, k) => !Number.isFinite(half) && Number.isFinite(data[k]));
    if (bad >= 0)
      throw new ConfigError(
        `${name}: values must fit ${floats} (at most ${LARGEST[floats]}), got ${data[bad]} at index ${bad}; store it as ${floats === 'F16' ? 'BF16 or ' : ''}F32`,
      );
    return { data: halves, dtype: floats };
  }
  const dtype = ORDER.find((name) => name !== 'F16' && name !== 'BF16' && data instanceof DTYPES[name]);
  if (!dtype) throw new TypeError('encodeSafetensors: data must be a typed array of numbers');
  return { data, dtype };
}

const LARGEST = { F16: '65504', BF16: '3.39e38' };
