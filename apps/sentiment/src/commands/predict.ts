import { once } from 'node:events';
import process from 'node:process';
import { ConfigError } from '@unroll/rnn-core';
import {
  type ByteSource,
  type Context,
  fileSource,
  formatOf,
  type JsonObject,
  type OutputStream,
  readLines,
  readRecords,
} from '@unroll/run';
import type { PredictConfig } from '../config.ts';
import { columnOf } from '../data/labelled-texts.ts';
import { decision } from '../prediction/judge.ts';
import { TrainedModel } from '../prediction/trained-model.ts';
import { type Chunk, inChunks, inOrder } from './chunks.ts';
import { JudgePool } from './judge-pool.ts';

/** A text to be judged and where it stands. */
interface Asked {
  readonly line: number;
  readonly text: string;
}

interface Answer extends Asked {
  readonly label: string;
  readonly probabilities: Float64Array;
}

type Format = 'text' | 'csv' | 'tsv' | 'jsonl';

const TOGETHER = 2048; // texts of a chunk, at most

/** `predict`: the class of each text and how probable each class is, as they come, in their order. */
export async function predictSentiment(config: PredictConfig, context: Context): Promise<JsonObject> {
  const format = formatFor(config);
  using trained = await TrainedModel.open(config, context);
  using judges = new JudgePool(trained, config);
  const { names } = trained.labels;
  const kept: JsonObject[] = [];
  if (!config.json) await write(context.out, header(names, format));
  let texts = 0;
  const judge = async (chunk: Chunk<Asked>) => ({
    ...chunk,
    judged: await judges.judge(chunk.items.map(({ text }) => text)),
  });
  const source = sourceOf(config);
  const chunks = inChunks(readTexts(source, config, format), TOGETHER);
  try {
    for await (const { items, judged, failure } of inOrder(chunks, judge, judges.atOnce)) {
      const rows = judged.map((probabilities, k) => {
        const { line, text } = items[k] as Asked;
        const answer = { line, text, label: names[decision(probabilities)] as string, probabilities };
        if (config.json) kept.push({ ...answer, probabilities: byName(names, probabilities) });
        return row(names, answer, format);
      });
      texts += rows.length;
      if (!config.json) await write(context.out, rows.join(''));
      if (failure !== undefined) throw failure;
    }
  } finally {
    if (source?.chunks === process.stdin) process.stdin.destroy(); // which would keep the process waiting for what nobody reads
  }
  return { predictions: kept, texts, run: config.dir };
}

function formatFor({ texts, data, format }: PredictConfig): Format {
  if (texts.length > 0 && data !== undefined)
    throw new ConfigError('TEXT must not stand beside --data: one of them says what to judge');
  if (format !== undefined) return format;
  if (data === undefined || data === '-') return 'text';
  const found = formatOf(data);
  if (found === 'json')
    throw new ConfigError(
      `--data must be CSV, TSV or JSONL, got ${data}; a JSON array cannot be read piece by piece`,
    );
  return found;
}

/** Where texts come from; none when they are arguments. */
function sourceOf({ texts, data }: PredictConfig): ByteSource | undefined {
  if (texts.length > 0) return undefined;
  return data === undefined || data === '-' ? { name: 'standard input', chunks: process.stdin } : fileSource(data);
}

async function* readTexts(
  source: ByteSource | undefined,
  { texts, textColumn }: PredictConfig,
  format: Format,
): AsyncGenerator<Asked> {
  if (!source) {
    for (const [k, text] of texts.entries()) yield { line: k + 1, text };
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
  return line(['line', 'label', ...names.map((name) => `p(${name})`), 'text'], format);
}

function row(names: readonly string[], { line: at, text, label, probabilities }: Answer, format: Format): string {
  switch (format) {
    case 'jsonl':
      return `${JSON.stringify({ line: at, text, label, probabilities: byName(names, probabilities) })}\n`;
    case 'text':
      return `${label}\t${Math.max(...probabilities).toFixed(4)}\t${text}\n`;
    default:
      return line([String(at), label, ...Array.from(probabilities, (p) => p.toFixed(6)), text], format);
  }
}

/** One row of a table; TSV knows no quotes, so what would end a cell there becomes a blank. */
function line(cells: readonly string[], format: 'csv' | 'tsv'): string {
  if (format === 'tsv') return `${cells.map((cell) => cell.replaceAll(/[\t\r\n]+/g, ' ')).join('\t')}\n`;
  return `${cells.map((cell) => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)).join(',')}\n`;
}

const byName = (names: readonly string[], probabilities: Float64Array): JsonObject =>
  Object.fromEntries(names.map((name, c) => [name, probabilities[c]]));

async function write(out: OutputStream, text: string): Promise<void> {
  if (text !== '' && !out.write(text)) await once(out, 'drain');
}
