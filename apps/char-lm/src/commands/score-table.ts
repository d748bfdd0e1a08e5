import { count, type JsonObject, table } from '@unroll/run';
import type { CharacterUnit } from '@unroll/text';
import type { HeldOutScore } from '../evaluation/held-out.ts';
import type { TextScore } from '../evaluation/text-score.ts';
import { UNITS } from '../tokenizer.ts';

/** Renders the score of a held-out text and its parts for people. */
export function heldOutTable({ whole, parts }: HeldOutScore, unit: CharacterUnit): string {
  return scoreTable([...(parts.length > 1 ? parts : []), { name: 'held out', score: whole }], unit);
}

/** Renders scores for people, with a line about characters that the training text did not hold where there are any. */
export function scoreTable(
  rows: readonly { readonly name: string; readonly score: TextScore }[],
  unit: CharacterUnit,
): string {
  const isOther = unit !== 'codepoint';
  const printed = table(
    [
      'text',
      'characters',
      ...(isOther ? [UNITS[unit].many] : []),
      `nats per ${UNITS[unit].one} ↓`,
      'bits per character ↓',
      `perplexity per ${UNITS[unit].one} ↓`,
    ],
    rows.map(({ name, score }) => [
      name,
      count(score.characters),
      ...(isOther ? [count(score.tokens)] : []),
      score.nats.toFixed(4),
      score.bitsPerCharacter.toFixed(4),
      score.perplexity.toFixed(3),
    ]),
  );
  const rate = rows.at(-1)?.score.fallbackRate ?? 0;
  if (rate === 0) return printed;
  const percent = (100 * rate).toPrecision(2);
  return `${printed}\n${percent} % of the characters are not in the training text; they are spelled in bytes, and each byte counts 8 bits.`;
}

/** The score as `--json` prints it: of the whole text, and of each part under its name. */
export const heldOutJson = ({ whole, parts }: HeldOutScore): JsonObject => ({
  ...whole,
  ...(parts.length > 1 && Object.fromEntries(parts.map(({ name, score }) => [name, { ...score }]))),
});
