import {
  backendFlags,
  type Context,
  command,
  fileSource,
  type JsonObject,
  modelFlags,
  type OutputStream,
  outputFlags,
  readPieces,
  standardInput,
  styled,
  write,
} from '@unroll/run';
import { z } from 'zod';
import type { ScoredCharacter } from '../char-lm.ts';
import { openModel } from './open-model.ts';
import { scoreTable } from './score-table.ts';

const scoreSchema = z.object({
  ...modelFlags,
  file: z.string().optional().meta({ description: 'text to score; by default standard input', argument: 'FILE' }),
  ...backendFlags,
  ...outputFlags,
});

type ScoreConfig = z.output<typeof scoreSchema>;

/** `score`: the negative log-likelihood of each character of a text. */
export const scoreCommand = command({
  schema: scoreSchema,
  run: score,
});

async function score(config: ScoreConfig, context: Context): Promise<JsonObject> {
  const { file } = config;
  using opened = await openModel(config, context);
  context.err.write(`${opened.reason}\n`);

  const { out } = context;
  const perCharacter: [character: string, bits: number][] = [];
  const pieces = readPieces(file === undefined ? standardInput('FILE') : fileSource(file));
  const score = await opened.lm.scorePieces(pieces, async (characters) => {
    await write(out, out.isTTY ? coloured(characters, out) : lines(characters));
    if (config.json) for (const { character, bits } of characters) perCharacter.push([character, bits]);
  });
  if (out.isTTY) out.write(`\n${legend(out)}\n`);
  context.err.write(`${scoreTable([{ name: file ?? 'standard input', score }], opened.lm.vocabulary.unit)}\n`);
  return config.json ? { ...score, perCharacter } : { ...score };
}

/** Colours by bits. A fair coin needs one bit, one of 64 equally probable characters six. */
const WELL_PREDICTED = { from: 0, style: ['dim'], label: 'under 1' } as const;
const COLOURS = [
  { from: 8, style: ['bgRed', 'white'], label: 'over 8 bits' },
  { from: 5, style: ['bgYellow', 'black'], label: '5–8' },
  { from: 3, style: ['yellow'], label: '3–5' },
  { from: 1, style: [], label: '1–3' },
  WELL_PREDICTED,
] as const;

function paint(text: string, bits: number, stream: OutputStream): string {
  const { style } = COLOURS.find(({ from }) => bits >= from) ?? WELL_PREDICTED;
  return styled(style, text, stream);
}

/** The text with each character coloured by its bits. */
const coloured = (characters: readonly ScoredCharacter[], stream: OutputStream): string =>
  characters
    .map(({ character, bits }) =>
      // A newline has no colour to see, so it gets a sign.
      character === '\n' ? `${bits >= 3 ? paint('⏎', bits, stream) : ''}\n` : paint(character, bits, stream),
    )
    .join('');

const legend = (stream: OutputStream): string =>
  COLOURS.toReversed()
    .map(({ from, label }) => paint(` ${label} `, from, stream))
    .join(' ');

/** One character per line, for other programs. */
const lines = (characters: readonly ScoredCharacter[]): string =>
  characters.map(({ character, bits }) => `${bits.toFixed(3)}\t${JSON.stringify(character)}\n`).join('');
