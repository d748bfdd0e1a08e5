import { CheckpointError } from '../errors.ts';
import { host } from '../host.ts';

/** How the values of each dtype lie in a file, widest first: the order in which tensors are written. */
export const DTYPES = {
  F64: Float64Array,
  I64: BigInt64Array,
  U64: BigUint64Array,
  F32: Float32Array,
  I32: Int32Array,
  U32: Uint32Array,
  F16: Uint16Array,
  BF16: Uint16Array,
  I16: Int16Array,
  U16: Uint16Array,
  I8: Int8Array,
  U8: Uint8Array,
  BOOL: Uint8Array,
} as const;
export type Dtype = keyof typeof DTYPES;

/** One tensor of a file: `from` and `to` are positions in the bytes after the header. */
export interface HeaderEntry {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly from: number;
  readonly to: number;
}

export interface Header {
  /** In the order in which they lie in the file. */
  readonly entries: readonly HeaderEntry[];
  readonly metadata: Readonly<Record<string, string>>;
  /** Where the header ends and the values begin. */
  readonly end: number;
}

export const LENGTH_BYTES = 8;
const MAX_LENGTH = 100_000_000; // the limit of the reference implementation
const BRACE = 0x7b;
export const DAMAGED = '; the file is damaged';

/**
 * Reads the header of a safetensors file: its length in 8 bytes, then JSON. Nothing is allocated that the file does not
 * hold. JSON itself would let pass a name that occurs twice, where readers differ in which one they take, and numbers such
 * as `4.0`; both are refused, as are values that overlap, or bytes that belong to no tensor.
 *
 * Source: https://github.com/huggingface/safetensors (format and what its reader in Rust refuses).
 *
 * @param where the file's name, for messages
 * @throws CheckpointError when the file is truncated, altered, or not safetensors
 */
export function readHeader(file: Uint8Array, where: string): Header {
  const end = headerEnd(file, where);
  const { __metadata__: metadata = {}, ...tensors } = parseHeader(file.subarray(LENGTH_BYTES, end), where);
  if (!isStringMap(metadata))
    throw new CheckpointError(`${where}: __metadata__ must map strings to strings${DAMAGED}`);
  const size = file.length - end;
  const entries = Object.entries(tensors).map(([name, entry]) => checkedEntry(name, entry, size, where));
  entries.sort((a, b) => a.from - b.from || a.to - b.to);
  checkCoverage(entries, size, where);
  return { entries, metadata, end };
}

function headerEnd(file: Uint8Array, where: string): number {
  if (file.length < LENGTH_BYTES)
    throw new CheckpointError(
      `${where}: must be at least ${LENGTH_BYTES} bytes, got ${file.length}; the file is truncated`,
    );
  const length = new DataView(file.buffer, file.byteOffset).getBigUint64(0, true);
  if (length > MAX_LENGTH) throw new CheckpointError(`${where}: is not a safetensors file`);
  const end = LENGTH_BYTES + Number(length);
  if (end > file.length)
    throw new CheckpointError(
      `${where}: header must end within the file's ${file.length} bytes, got ${end}; the file is truncated`,
    );
  return end;
}

function parseHeader(bytes: Uint8Array, where: string): Record<string, unknown> {
  let json: string;
  let header: unknown;
  try {
    json = new host.TextDecoder('utf-8', { fatal: true }).decode(bytes);
    header = JSON.parse(json);
  } catch {
    header = json = ''; // said below, the same for bytes that are no UTF-8 and text that is no JSON
  }
  if (bytes[0] !== BRACE || !isObject(header))
    throw new CheckpointError(`${where}: header must be a JSON object${DAMAGED}`);
  checkTokens(json, where);
  return header;
}

/** Refuses what JSON allows and the format does not, in text that is JSON. */
function checkTokens(json: string, where: string): void {
  const keys: Set<string>[] = [];
  for (const [token, text, isKey, number] of json.matchAll(TOKENS)) {
    if (token === '{') keys.push(new Set());
    else if (token === '}') keys.pop();
    else if (number !== undefined) {
      if (!/^\d+$/.test(number))
        throw new CheckpointError(`${where}: header must hold whole numbers, got ${number}${DAMAGED}`);
    } else if (text !== undefined) {
      const name = JSON.parse(text) as string;
      if (/\p{Surrogate}/u.test(name))
        throw new CheckpointError(`${where}: header must hold Unicode text, got ${JSON.stringify(name)}${DAMAGED}`);
      if (isKey === undefined) continue;
      const object = keys.at(-1) as Set<string>;
      if (object.has(name))
        throw new CheckpointError(`${where}: header must hold ${JSON.stringify(name)} once, got it twice${DAMAGED}`);
      object.add(name);
    }
  }
}

/** An opening or closing brace, a string with the colon of a key, or a number. */
const TOKENS = /[{}]|("(?:[^"\\]|\\.)*")(\s*:)?|(-?\d[\d.eE+-]*)/g;

function checkedEntry(name: string, entry: unknown, size: number, where: string): HeaderEntry {
  const bad = (what: string): CheckpointError =>
    new CheckpointError(`${where}: tensor ${JSON.stringify(name)} ${what}`);
  if (!isEntry(entry)) throw bad(`must have dtype, shape and data_offsets${DAMAGED}`);
  const { dtype, shape } = entry;
  const [from, to] = entry.data_offsets;
  if (!isDtype(dtype)) throw bad(`must be one of ${Object.keys(DTYPES).join(', ')}, got ${dtype}`);
  if (to > size) throw bad(`must end within ${size} bytes, got ${to}; the file is truncated`);
  let bytes = DTYPES[dtype].BYTES_PER_ELEMENT;
  for (const axis of shape) {
    bytes *= axis;
    if (!Number.isSafeInteger(bytes)) throw bad(`must be of a possible size, got [${shape.join(', ')}]${DAMAGED}`);
  }
  if (to - from !== bytes)
    throw bad(`must take ${bytes} bytes for ${dtype} [${shape.join(', ')}], got ${to - from}${DAMAGED}`);
  return { name, dtype, shape, from, to };
}

/** Every byte after the header belongs to exactly one tensor: no hole, no overlap, nothing trailing. */
function checkCoverage(entries: readonly HeaderEntry[], size: number, where: string): void {
  let end = 0;
  for (const { name, from, to } of entries) {
    if (from !== end)
      throw new CheckpointError(
        `${where}: tensor ${JSON.stringify(name)} must start at byte ${end}, got ${from}${DAMAGED}`,
      );
    end = to;
  }
  if (end !== size) throw new CheckpointError(`${where}: tensors must take ${size} bytes, got ${end}${DAMAGED}`);
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isStringMap = (value: unknown): value is Record<string, string> =>
  isObject(value) && Object.values(value).every((text) => typeof text === 'string');
const isDtype = (name: string): name is Dtype => Object.hasOwn(DTYPES, name);
const isSizes = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
const isEntry = (
  value: unknown,
): value is { dtype: string; shape: readonly number[]; data_offsets: readonly [number, number] } =>
  isObject(value) &&
  typeof value['dtype'] === 'string' &&
  isSizes(value['shape']) &&
  isSizes(value['data_offsets']) &&
  value['data_offsets'].length === 2;
