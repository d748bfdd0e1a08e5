import { encodeMessage, type Message, type MessageType } from '../protobuf/message.ts';
import { tfRecord } from './record.ts';

// Source: event.proto, summary.proto and tensor.proto of tensorboard/compat/proto.
const HISTOGRAM = {
  min: { id: 1, type: 'double' },
  max: { id: 2, type: 'double' },
  num: { id: 3, type: 'double' },
  sum: { id: 4, type: 'double' },
  sumSquares: { id: 5, type: 'double' },
  bucketLimit: { id: 6, type: 'double', repeated: true },
  bucket: { id: 7, type: 'double', repeated: true },
} as const satisfies MessageType;

const TENSOR = {
  dtype: { id: 1, type: 'int32' },
  shape: { id: 2, type: { dim: { id: 2, type: { size: { id: 1, type: 'int64' } }, repeated: true } } },
  strings: { id: 8, type: 'bytes', repeated: true },
} as const satisfies MessageType;

const VALUE = {
  tag: { id: 1, type: 'string' },
  simpleValue: { id: 2, type: 'float' },
  histogram: { id: 5, type: HISTOGRAM },
  tensor: { id: 8, type: TENSOR },
  metadata: { id: 9, type: { plugin: { id: 1, type: { name: { id: 1, type: 'string' } } } } },
} as const satisfies MessageType;

const EVENT = {
  wallTime: { id: 1, type: 'double' },
  step: { id: 2, type: 'int64' },
  fileVersion: { id: 3, type: 'string' },
  summary: { id: 5, type: { values: { id: 1, type: VALUE, repeated: true } } },
  session: { id: 7, type: { status: { id: 1, type: 'int32' } } },
} as const satisfies MessageType;

const FILE_VERSION = 'brain.Event:2';
const SESSION_START = 1;
const DT_STRING = 7;
const HISTOGRAM_BUCKETS = 30;

/** What is known of one step, by the name under which TensorBoard shows it. */
export interface Summary {
  readonly step: number;
  /** When, in seconds since 1970. */
  readonly wallTime: number;
  readonly scalars?: Readonly<Record<string, number>>;
  /** Values whose distribution is shown; empty ones are left out. */
  readonly histograms?: Readonly<Record<string, readonly number[]>>;
  /** Markdown. */
  readonly texts?: Readonly<Record<string, string>>;
}

/**
 * The records that begin an event file whose first step is `step`. TensorBoard drops what older files beside it hold of this
 * step and later ones, which are those of a run that was interrupted.
 */
export function eventFileStart(wallTime: number, step: number): Uint8Array<ArrayBuffer> {
  const version = record({ wallTime, fileVersion: FILE_VERSION });
  const start = record({ wallTime, step, session: { status: SESSION_START } });
  return Uint8Array.from([...version, ...start]);
}

/** The record of one event, to be appended to an event file. */
export function summaryEvent({ step, wallTime, scalars, histograms, texts }: Summary): Uint8Array<ArrayBuffer> {
  return record({
    wallTime,
    step,
    summary: {
      values: [
        ...Object.entries(scalars ?? {}).map(([tag, simpleValue]) => ({ tag, simpleValue })),
        ...Object.entries(histograms ?? {})
          .filter(([, values]) => values.length > 0)
          .map(([tag, values]) => ({ tag, histogram: histogramOf(values) })),
        ...Object.entries(texts ?? {}).map(([tag, text]) => textValue(tag, text)),
      ],
    },
  });
}

const record = (event: Message<typeof EVENT>): Uint8Array<ArrayBuffer> => tfRecord(encodeMessage(EVENT, event));

function textValue(tag: string, text: string): Message<typeof VALUE> {
  return {
    tag: `${tag}/text_summary`,
    metadata: { plugin: { name: 'text' } },
    tensor: { dtype: DT_STRING, shape: { dim: [{ size: 1 }] }, strings: [new TextEncoder().encode(text)] },
  };
}

/** Counts in buckets of equal width. */
function histogramOf(values: readonly number[]): Message<typeof HISTOGRAM> {
  const min = values.reduce((least, value) => Math.min(least, value));
  const max = values.reduce((most, value) => Math.max(most, value));
  const count = max > min ? HISTOGRAM_BUCKETS : 1;
  const width = (max - min) / count;
  const bucket = new Array<number>(count).fill(0);
  for (const value of values) {
    const k = width > 0 ? Math.min(Math.floor((value - min) / width), count - 1) : 0;
    bucket[k] = (bucket[k] as number) + 1;
  }
  return {
    min,
    max,
    num: values.length,
    sum: values.reduce((sum, value) => sum + value, 0),
    sumSquares: values.reduce((sum, value) => sum + value * value, 0),
    bucketLimit: bucket.map((_, k) => (k === count - 1 ? max : min + (k + 1) * width)),
    bucket,
  };
}
