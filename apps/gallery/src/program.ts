import { type Command, command, invocationOf, outputFlags, type Program, table } from '@unroll/run';
import { z } from 'zod';
import { captions } from './captions/captions.ts';
import { imageClass } from './image-class/image-class.ts';
import { imagePixels, imageRows } from './image-rows/image-rows.ts';
import { movingDigits } from './moving-digits/moving-digits.ts';
import { names } from './names/names.ts';
import { APP, pieceCommand } from './piece/command.ts';
import type { Piece } from './piece/piece.ts';
import { predictCommand } from './piece/predict.ts';
import { trainCommand } from './piece/train-command.ts';
import { spokenDigits } from './spoken-digits/spoken-digits.ts';

const PIECES: readonly Piece[] = [imageClass, imageRows, imagePixels, spokenDigits, movingDigits, names, captions];

/** The pieces, a line each. */
const listCommand: Command = command({
  schema: z.object(outputFlags),
  run: async (_, { out, invocation }) => {
    const rows = PIECES.map(({ name, shape, summary }) => [name, shape, summary]);
    out.write(
      `${table(['piece', 'shape', 'what it does'], rows)}\n\n${invocation} NAME trains one; --short takes seconds.\n`,
    );
    return { pieces: PIECES.map(({ name, shape, summary }) => ({ name, shape, summary })) };
  },
});

/** The program `gallery`: a command a piece. */
export const program: Program = {
  app: APP,
  invocation: invocationOf(APP),
  summary: 'Small programs for what is not text: images, speech, video, and writing from a label or a picture.',
  defaultCommand: 'list',
  commands: {
    list: { summary: 'Lists the pieces.', ...listCommand },
    ...Object.fromEntries(
      PIECES.map((piece) => [piece.name, { summary: `${piece.shape}: ${piece.summary}`, ...pieceCommand(piece) }]),
    ),
    train: {
      summary: 'Trains one model of a piece with any cell and size, as compare does.',
      ...trainCommand(PIECES),
    },
    predict: { summary: 'Runs a trained model on a file or a word of yours.', ...predictCommand(PIECES) },
  },
};
