import { buffer } from 'node:stream/consumers';
import { styleText } from 'node:util';
import { LanguageModelTally } from '@unroll/metrics';
import { type Context, decodeText, type JsonObject, type OutputStream, readTextFile } from '@unroll/run';
import type { CharacterVocabulary } from '@unroll/text';
import { surprises } from '../evaluation.ts';
import { beginning, codePoints, encodeKnown } from '../tokenizer.ts';
import type { ScoreConfig } from './config.ts';
import { scoreTable } from './evaluate.ts';
import { openModel } from './trained-model.ts';

/** A character of a text and how much it surprised the model. */
export interface Surprise {
  readonly character: string;
  /** −log₂ p, given all that stands before it. */
  readonly bits: number;
}

/** `score`: how surprising each character of a text is to a trained model. */
export async function scoreCharLm(config: ScoreConfig, context: Context): Promise<JsonObject> {
  const { file } = config;
  const where = file ?? 'standard input';
  const text = file === undefined ? decodeText(await buffer(process.stdin), where) : readTextFile(file);
  using trained = await openModel(config);
  context.err.write(`${trained.reason}\n`);
  const { model, vocab, backend } = trained;

  const ids = encodeKnown(where, text, vocab);
  const nats = await surprises(model, backend, ids, { context: beginning(vocab) });
  const tally = new LanguageModelTally();
  tally.add(
    nats.reduce((sum, x) => sum + x, 0),
    ids.length,
    codePoints(text),
  );
  const score = tally.score();
  const scored = [...perCharacter(ids, nats, vocab)];
  context.out.write(context.out.isTTY ? coloured(scored, context.out) : lines(scored));
  context.err.write(`${scoreTable({ whole: score, parts: [] })}\n`);
  return { ...score, surprises: scored.map(({ character, bits }) => [character, bits] as const) };
}

/** Joins what several ids spell together: bytes of one character. */
function* perCharacter(ids: Int32Array, nats: Float64Array, vocab: CharacterVocabulary): Generator<Surprise> {
  const decoder = vocab.streamDecoder();
  let bits = 0;
  for (const [k, id] of ids.entries()) {
    bits += (nats[k] as number) / Math.LN2;
    const character = decoder.push(id);
    if (character === '') continue;
    yield { character, bits };
    bits = 0;
  }
}

/** From how many bits on a character has which colour. A fair coin is one bit, one of 64 likely characters is six. */
const CALM = { from: 0, style: ['dim'], label: 'under 1' } as const;
const COLOURS = [
  { from: 8, style: ['bgRed', 'white'], label: 'over 8 bits' },
  { from: 5, style: ['bgYellow', 'black'], label: '5–8' },
  { from: 3, style: ['yellow'], label: '3–5' },
  { from: 1, style: [], label: '1–3' },
  CALM,
] as const;

/** The text itself, each character the brighter the more it surprises, and what the colours mean. */
function coloured(scored: readonly Surprise[], stream: OutputStream): string {
  const paint = (text: string, bits: number): string => {
    const { style } = COLOURS.find(({ from }) => bits >= from) ?? CALM;
    return styleText([...style], text, { stream });
  };
  const shown = scored.map(({ character, bits }) =>
    // A line end shows its colour on a sign of its own.
    character === '\n' ? `${bits >= 3 ? paint('⏎', bits) : ''}\n` : paint(character, bits),
  );
  const legend = COLOURS.toReversed().map(({ from, label }) => paint(` ${label} `, from));
  return `${shown.join('')}\n${legend.join(' ')}\n`;
}

/** One character a line, for other programs. */
const lines = (scored: readonly Surprise[]): string =>
  scored.map(({ character, bits }) => `${bits.toFixed(3)}\t${JSON.stringify(character)}\n`).join('');
