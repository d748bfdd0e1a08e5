import { statSync } from 'node:fs';
import process from 'node:process';
import { ConfigError, DataError } from '@unroll/rnn-core';
import {
  type ByteSource,
  backendFlags,
  type Chunk,
  type Context,
  columnOf,
  command,
  type Field,
  fileSource,
  formatOf,
  inChunks,
  type JsonObject,
  LIVE_WAIT,
  mapInOrder,
  modelFlags,
  outputFlags,
  plainText,
  type Requirement,
  readLines,
  readRecords,
  recordLines,
  write,
} from '@unroll/run';
import { z } from 'zod';
import { argmax } from '../prediction/probabilities.ts';
import { columnFlags, path } from './corpus-flags.ts';
import { openClassifier } from './open-classifier.ts';
import { PredictionPool } from './prediction-pool.ts';

const schema = z.object({
  ...modelFlags,
  texts: z.array(z.string()).default([]).meta({ description: 'texts to classify', argument: 'TEXT' }),
  data: path.optional().meta({
    description: 'texts to classify, one per record: CSV, TSV or JSONL; - for standard input',
    placeholder: 'FILE',
    section: 'Data',
  }),
  textColumn: columnFlags.textColumn,
  format: z.enum(['text', 'csv', 'tsv', 'jsonl']).optional().meta({
    description:
      'format of the output, and of standard input; by default that of --data by its extension, else one text per line',
    section: 'Data',
  }),
  bom: z.boolean().default(false).meta({
    description: 'begin CSV or TSV with a byte order mark, by which spreadsheets know UTF-8',
    section: 'Data',
  }),
  ...backendFlags,
  ...outputFlags,
});

export type PredictConfig = z.output<typeof schema>;

const requires: readonly Requirement<PredictConfig>[] = [
  {
    flags: ['textColumn'],
    when: (config) => config.texts.length === 0 && formatsFor(config).input !== 'text',
    needs: '--data or --format of csv, tsv or jsonl',
  },
  { flags: ['bom'], when: (config) => isDelimited(formatsFor(config).output), needs: '--format csv or tsv' },
  { flags: ['bom'], when: ({ json }) => !json, needs: 'no --json' },
  { flags: ['format'], when: (config) => !config.json || isInputOpen(config), needs: 'no --json' },
];

const predictSources = { schema, requires, exclusive: [['texts', 'data']] };

const isDelimited = (format: Format): boolean => format === 'csv' || format === 'tsv';

/** A text, its line in the source, and all columns of its record. */
interface Input {
  readonly line: number;
  readonly text: string;
  readonly fields: readonly Field[];
}

interface Output extends Input {
  readonly label: string;
  readonly probabilities: Float64Array;
}

type Format = 'text' | 'csv' | 'tsv' | 'jsonl';

const CHUNK_SIZE = 2048; // texts

/** `predict`. */
export const predictCommand = command({ ...predictSources, run: predictSentiment });

/** `predict`: prints the class of each text and its probabilities, in order and as soon as they are known. */
async function predictSentiment(config: PredictConfig, context: Context): Promise<JsonObject> {
  const { input, output } = formatsFor(config);
  using open = await openClassifier(config, context);
  const { classifier } = open;
  using pool = new PredictionPool(classifier, config);
  const { names } = classifier.labels;
  const predictions: JsonObject[] = [];
  let columns: readonly string[] | undefined; // of the input, which are known with its first record
  let count = 0;
  const predict = async (chunk: Chunk<Input>) => ({
    ...chunk,
    predicted: await pool.probabilities(chunk.items.map(({ text }) => text)),
  });
  const source = sourceOf(config);
  const read = readTexts(source, config, input);
  const inputs = isDelimited(output) ? withColumnsOfFirst(read, source?.name) : read;
  const chunks = inChunks(inputs, CHUNK_SIZE, isLive(config) ? LIVE_WAIT : undefined);
  try {
    for await (const { items, predicted, failure } of mapInOrder(chunks, predict, pool.concurrency)) {
      const outputs = predicted.map((probabilities, k) => {
        const item = items[k] as Input;
        return { ...item, label: names[argmax(probabilities)] as string, probabilities };
      });
      count += outputs.length;
      if (config.json) predictions.push(...outputs.map((output) => asJson(names, output)));
      else if (outputs.length > 0) {
        const head = columns === undefined;
        columns ??= (outputs[0] as Output).fields.map(([name]) => name);
        const lines = print(names, columns, outputs, output);
        await write(context.out, (head ? header(names, columns, output, config) : '') + lines);
      }
      if (failure !== undefined) throw failure;
    }
    if (columns === undefined && !config.json) await write(context.out, header(names, ['text'], output, config));
  } finally {
    if (source?.chunks === process.stdin) process.stdin.destroy(); // an open one keeps the process alive
  }
  return { predictions, texts: count, run: config.dir };
}

function formatsFor({ data, format }: PredictConfig): { readonly input: Format; readonly output: Format } {
  const input = data === undefined || data === '-' ? format : inputOf(data, format);
  return { input: input ?? 'text', output: format ?? input ?? 'text' };
}

/** Whether --format says what the input is. */
const isInputOpen = ({ texts, data = '-' }: PredictConfig): boolean => texts.length === 0 && !isNamedTable(data);

/** A file is what its extension says; one whose extension says nothing is what --format says. */
function inputOf(data: string, format: Format | undefined): Format {
  if (format !== undefined && !isNamedTable(data)) return format;
  const found = formatOf(data);
  if (found === 'json')
    throw new ConfigError(`--data must be CSV, TSV or JSONL, got ${data}; write one JSON object a line instead`);
  return found;
}

const isNamedTable = (data: string): boolean => /\.(csv|tsv|jsonl|ndjson|json)(\.gz)?$/i.test(data);

/** Whether the source may pause: anything but a file on disk. */
const isLive = ({ data }: PredictConfig): boolean =>
  data === undefined || data === '-' || !statSync(data, { throwIfNoEntry: false })?.isFile();

/** Returns where to read from, or undefined when the texts are arguments. */
function sourceOf({ texts, data }: PredictConfig): ByteSource | undefined {
  if (texts.length > 0) return undefined;
  return data === undefined || data === '-' ? { name: 'standard input', chunks: process.stdin } : fileSource(data);
}

async function* readTexts(
  source: ByteSource | undefined,
  { texts, textColumn }: PredictConfig,
  format: Format,
): AsyncGenerator<Input> {
  if (!source) {
    for (const [k, text] of texts.entries()) yield inputLine(k + 1, plainText(text));
    return;
  }
  if (format === 'text') {
    let line = 0;
    for await (const text of readLines(source)) yield inputLine(++line, text);
    return;
  }
  const column = columnOf(textColumn);
  for await (const { line, values, fields } of readRecords(source, { text: column }, format, {
    keepEmpty: true,
  }))
    yield {
      line,
      text: values['text'] ?? '',
      fields: fields.map(([name, value]) => [
        name === String(column) && typeof column === 'number' ? 'text' : name,
        value,
      ]),
    };
}

const inputLine = (line: number, text: string): Input => ({ line, text, fields: [['text', text]] });

/** The prediction's columns, then all of the input. */
function header(
  names: readonly string[],
  columns: readonly string[],
  format: Format,
  { bom }: PredictConfig,
): string {
  if (format !== 'csv' && format !== 'tsv') return '';
  const predicted = predictedColumns(names);
  const line = recordLines([[...predicted, ...columns.map((name) => inputName(name, predicted))]], format);
  return bom ? `\uFEFF${line}` : line;
}

/** @throws DataError at a record with a column that the first has not */
async function* withColumnsOfFirst(inputs: AsyncIterable<Input>, where = 'input'): AsyncGenerator<Input> {
  let columns: Set<string> | undefined;
  for await (const input of inputs) {
    const { line, fields } = input;
    columns ??= new Set(fields.map(([name]) => name));
    for (const [name] of fields)
      if (!columns.has(name))
        throw new DataError(
          `${where}: line ${line}: must have the keys of the first record, got ${name} too; give --format jsonl`,
        );
    yield input;
  }
}

/** The cells of a record in the columns of the first. */
function cellsOf({ fields }: Input, columns: readonly string[]): string[] {
  if (fields.every(([name], k) => name === columns[k]) && fields.length === columns.length)
    return fields.map(([, value]) => cellText(value));
  const values = new Map(fields);
  return columns.map((name) => cellText(values.get(name) ?? null));
}

const predictedColumns = (names: readonly string[]): string[] => [
  'line',
  'label',
  ...names.map((name) => `p(${name})`),
];

/** The input's own name of a column; one that the prediction has too is told apart. */
const inputName = (name: string, taken: readonly string[]): string => (taken.includes(name) ? `input_${name}` : name);

const cellText = (value: unknown): string =>
  typeof value === 'string' ? value : value === null ? '' : JSON.stringify(value);

function print(
  names: readonly string[],
  columns: readonly string[],
  outputs: readonly Output[],
  format: Format,
): string {
  switch (format) {
    case 'jsonl':
      return outputs.map((output) => `${JSON.stringify(asRecord(names, output))}\n`).join('');
    case 'text':
      return outputs
        .map(({ label, probabilities, text }) => `${label}\t${Math.max(...probabilities).toFixed(4)}\t${text}\n`)
        .join('');
    default:
      return recordLines(
        outputs.map((output) => [
          String(output.line),
          output.label,
          ...Array.from(output.probabilities, (p) => p.toFixed(6)),
          ...cellsOf(output, columns),
        ]),
        format,
      );
  }
}

const asJson = (names: readonly string[], { line, text, label, probabilities }: Output): JsonObject => ({
  line,
  text,
  label,
  probabilities: Object.fromEntries(names.map((name, c) => [name, probabilities[c]])),
});

/** A prediction with all keys of its input. */
function asRecord(names: readonly string[], { fields, ...output }: Output): JsonObject {
  const { text: _, ...prediction } = asJson(names, { ...output, fields });
  const taken = Object.keys(prediction);
  return {
    ...prediction,
    ...Object.fromEntries(fields.map(([name, value]) => [inputName(name, taken), value])),
  } as JsonObject;
}
