import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';

/** A message type as data: its fields by name. What a file format does not need of its .proto is left out. */
export type MessageType = { readonly [field: string]: Field };

export interface Field {
  /** The field's number. */
  readonly id: number;
  readonly type: ScalarType | MessageType;
  readonly repeated?: boolean;
}

type ScalarType = keyof Scalars;
interface Scalars {
  readonly int32: number;
  /** A whole number within ±2⁵³. */
  readonly int64: number;
  readonly float: number;
  readonly double: number;
  readonly string: string;
  readonly bytes: Uint8Array;
}

/** A message of a type. Absent fields are left out. */
export type Message<M extends MessageType> = { readonly [K in keyof M]?: FieldValue<M[K]> };
type FieldValue<F> = F extends { readonly repeated: true; readonly type: infer T }
  ? readonly ValueOf<T>[]
  : F extends { readonly type: infer T }
    ? ValueOf<T>
    : never;
type ValueOf<T> = T extends ScalarType ? Scalars[T] : T extends MessageType ? Message<T> : never;

const WIRE_TYPES = {
  int32: WireType.Varint,
  int64: WireType.Varint,
  float: WireType.Bit32,
  double: WireType.Bit64,
  string: WireType.LengthDelimited,
  bytes: WireType.LengthDelimited,
} as const satisfies Record<ScalarType, WireType>;

/** The bytes of a message. Repeated numbers are packed. */
export function encodeMessage<M extends MessageType>(type: M, message: Message<M>): Uint8Array<ArrayBuffer> {
  const writer = new BinaryWriter();
  writeFields(writer, type, message);
  return writer.finish();
}

/**
 * Reads a message. Fields that the type does not name are skipped.
 *
 * @throws Error when the bytes end early or are no message
 */
export function decodeMessage<M extends MessageType>(type: M, bytes: Uint8Array): Message<M> {
  return readFields(new BinaryReader(bytes), type, bytes.length) as Message<M>;
}

function writeFields(writer: BinaryWriter, type: MessageType, message: Readonly<Record<string, unknown>>): void {
  for (const [name, field] of Object.entries(type)) {
    const value = message[name];
    if (value === undefined) continue;
    if (!field.repeated) writeField(writer, field, value);
    else if (isPacked(field)) writePacked(writer, field, value as readonly number[]);
    else for (const entry of value as readonly unknown[]) writeField(writer, field, entry);
  }
}

function writeField(writer: BinaryWriter, { id, type }: Field, value: unknown): void {
  if (typeof type === 'string') {
    writer.tag(id, WIRE_TYPES[type]);
    writeScalar(writer, type, value);
  } else {
    writer.tag(id, WireType.LengthDelimited).fork();
    writeFields(writer, type, value as Readonly<Record<string, unknown>>);
    writer.join();
  }
}

function writePacked(writer: BinaryWriter, { id, type }: Field, values: readonly number[]): void {
  if (values.length === 0) return;
  writer.tag(id, WireType.LengthDelimited).fork();
  for (const value of values) writeScalar(writer, type as ScalarType, value);
  writer.join();
}

function writeScalar(writer: BinaryWriter, type: ScalarType, value: unknown): void {
  if (type === 'string') writer.string(value as string);
  else if (type === 'bytes') writer.bytes(value as Uint8Array);
  else writer[type](value as number);
}

function readFields(reader: BinaryReader, type: MessageType, end: number): Record<string, unknown> {
  const named = new Map(Object.entries(type).map(([name, field]) => [field.id, { ...field, name }]));
  const message: Record<string, unknown> = {};
  while (reader.pos < end) {
    const [id, wireType] = reader.tag();
    const field = named.get(id);
    if (!field) {
      reader.skip(wireType, id);
      continue;
    }
    if (!field.repeated) {
      message[field.name] = readValue(reader, field.type);
      continue;
    }
    const list = (message[field.name] ??= []) as unknown[];
    if (isPacked(field) && wireType === WireType.LengthDelimited)
      for (const last = reader.uint32() + reader.pos; reader.pos < last; ) list.push(readValue(reader, field.type));
    else list.push(readValue(reader, field.type));
  }
  return message;
}

function readValue(reader: BinaryReader, type: ScalarType | MessageType): unknown {
  if (typeof type !== 'string') {
    const length = reader.uint32();
    return readFields(reader, type, reader.pos + length);
  }
  return type === 'int64' ? Number(reader.int64()) : reader[type]();
}

/** Whether repeated values stand behind one tag. */
const isPacked = ({ type, repeated }: Field): boolean =>
  repeated === true && typeof type === 'string' && type !== 'string' && type !== 'bytes';
