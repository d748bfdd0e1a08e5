import { once } from 'node:events';
import { statSync } from 'node:fs';
import process from 'node:process';
import { ConfigError } from '@unroll/rnn-core';
import {
  type ByteSource,
  backendFlags,
  type Context,
  fileSource,
  formatOf,
  type JsonObject,
  type OutputStream,
  outputFlags,
  plainText,
  type Requirement,
  readLines,
  readRecords,
  recordLines,
} from '@unroll/run';
import { z } from 'zod';
import { columnOf } from '../data/labelled-texts.ts';
import { argmax } from '../prediction/probabilities.ts';
import { type Chunk, inChunks, LIVE_WAIT, mapInOrder } from './chunks.ts';
import { columnFlags, modelFlags, path } from './flags.ts';
import { openClassifier } from './open-classifier.ts';
import { PredictionPool } from './prediction-pool.ts';

const schema = z.object({
  ...modelFlags,
  texts: z.array(z.string()).default([]).meta({ description: 'texts to classify', argument: 'TEXT' }),
  data: path.optional().meta({
    description: 'texts to classify, one a record: CSV, TSV or JSONL; - for standard input',
    placeholder: 'FILE',
    section: 'Data',
  }),
  textColumn: columnFlags.textColumn,
  format: z.enum(['text', 'csv', 'tsv', 'jsonl']).optional().meta({
    description: 'format of input and output; by default the extension of --data, else one text a line',
    section: 'Data',
  }),
  ...backendFlags,
  ...outputFlags,
});

export type PredictConfig = z.output<typeof schema>;

const requires: readonly Requirement<PredictConfig>[] = [
  {
    flags: ['textColumn'],
    when: ({ data, format, texts }) => texts.length === 0 && isTable(format ?? (data && formatOf(data))),
    needs: '--data or --format of csv, tsv or jsonl',
  },
];

export const predictSources = { schema, requires };

const isTable = (format: string | undefined): boolean => format !== undefined && format !== 'text';

/** A text and its line in the source. */
interface Input {
  readonly line: number;
  readonly text: string;
}

interface Output extends Input {
  readonly label: string;
  readonly probabilities: Float64Array;
}

type Format = 'text' | 'csv' | 'tsv' | 'jsonl';

const CHUNK_SIZE = 2048; // texts

/** `predict`: prints the class of each text and its probabilities, in order and as soon as they are known. */
export async function predictSentiment(config: PredictConfig, context: Context): Promise<JsonObject> {
  const format = formatFor(config);
  using open = await openClassifier(config, context);
  const { classifier } = open;
  using pool = new PredictionPool(classifier, config);
  const { names } = classifier.labels;
  const predictions: JsonObject[] = [];
  let head = config.json ? '' : header(names, format);
  let count = 0;
  const predict = async (chunk: Chunk<Input>) => ({
    ...chunk,
    predicted: await pool.probabilities(chunk.items.map(({ text }) => text)),
  });
  const source = sourceOf(config);
  const chunks = inChunks(readTexts(source, config, format), CHUNK_SIZE, isLive(config) ? LIVE_WAIT : undefined);
  try {
    for await (const { items, predicted, failure } of mapInOrder(chunks, predict, pool.concurrency)) {
      const outputs = predicted.map((probabilities, k) => {
        const { line, text } = items[k] as Input;
        return { line, text, label: names[argmax(probabilities)] as string, probabilities };
      });
      count += outputs.length;
      if (config.json) predictions.push(...outputs.map((output) => asJson(names, output)));
      else if (outputs.length > 0) {
        await write(context.out, head + print(names, outputs, format));
        head = '';
      }
      if (failure !== undefined) throw failure;
    }
    await write(context.out, head); // of a table without rows
  } finally {
    if (source?.chunks === process.stdin) process.stdin.destroy(); // an open one keeps the process alive
  }
  return { predictions, texts: count, run: config.dir };
}

function formatFor({ texts, data, format }: PredictConfig): Format {
  if (texts.length > 0 && data !== undefined)
    throw new ConfigError('TEXT and --data must not be given together; give one of them');
  if (format !== undefined) return format;
  if (data === undefined || data === '-') return 'text';
  const found = formatOf(data);
  if (found === 'json')
    throw new ConfigError(`--data must be CSV, TSV or JSONL, got ${data}; write one JSON object a line instead`);
  return found;
}

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
    for (const [k, text] of texts.entries()) yield { line: k + 1, text: plainText(text) };
    return;
  }
  if (format === 'text') {
    let line = 0;
    for await (const text of readLines(source)) yield { line: ++line, text };
    return;
  }
  for await (const { line, values } of readRecords(source, { text: columnOf(textColumn) }, format, {
    keepEmpty: true,
  }))
    yield { line, text: values['text'] ?? '' };
}

function header(names: readonly string[], format: Format): string {
  if (format !== 'csv' && format !== 'tsv') return '';
  return recordLines([['line', 'label', ...names.map((name) => `p(${name})`), 'text']], format);
}

function print(names: readonly string[], outputs: readonly Output[], format: Format): string {
  switch (format) {
    case 'jsonl':
      return outputs.map((output) => `${JSON.stringify(asJson(names, output))}\n`).join('');
    case 'text':
      return outputs
        .map(({ label, probabilities, text }) => `${label}\t${Math.max(...probabilities).toFixed(4)}\t${text}\n`)
        .join('');
    default:
      return recordLines(
        outputs.map(({ line, label, probabilities, text }) => [
          String(line),
          label,
          ...Array.from(probabilities, (p) => p.toFixed(6)),
          text,
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

async function write(out: OutputStream, text: string): Promise<void> {
  if (text !== '' && !out.write(text)) await once(out, 'drain');
}
