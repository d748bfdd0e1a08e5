import {
  backendFlags,
  type Context,
  command,
  type JsonObject,
  modelFlags,
  type OutputStream,
  outputFlags,
  plainText,
  styled,
  table,
} from '@unroll/run';
import { z } from 'zod';
import { type Explanation, explain, type Influence } from '../prediction/explanation.ts';
import type { SentimentClassifier } from '../prediction/sentiment-classifier.ts';
import { openClassifier } from './open-classifier.ts';

const explainSchema = z.object({
  ...modelFlags,
  texts: z.array(z.string()).min(1).meta({ description: 'texts to explain', argument: 'TEXT' }),
  ...backendFlags,
  ...outputFlags,
});

export type ExplainConfig = z.output<typeof explainSchema>;

/** `explain`. */
export const explainCommand = command({ schema: explainSchema, run: explainSentiment });

/** `explain`: shows which words influenced the prediction of each text. */
async function explainSentiment(config: ExplainConfig, context: Context): Promise<JsonObject> {
  using open = await openClassifier(config, context);
  return { explanations: explainTexts(open.classifier, config.texts.map(plainText), context), run: config.dir };
}

/** Prints the explanation of each prediction. */
export function explainTexts(
  classifier: SentimentClassifier,
  texts: readonly string[],
  { out }: Context,
): JsonObject[] {
  const { names } = classifier.labels;
  return texts.map((text) => {
    const explanation = explain(classifier, text);
    out.write(`${explanationText(explanation, names, out)}\n`);
    const { label, probabilities, tokens } = explanation;
    return {
      text,
      label,
      probabilities: Object.fromEntries(names.map((name, c) => [name, probabilities[c]])),
      tokens: tokens.map((token) => ({ ...token })),
    };
  });
}

const TOP_WORDS = 6; // in the table under a text

/** Formats a prediction, the text coloured by the influence of each word, and the words with the most influence. */
function explanationText(
  { text, label, probabilities, tokens }: Explanation,
  names: readonly string[],
  stream: OutputStream,
): string {
  const sorted = names.map((name, c) => ({ name, p: probabilities[c] as number })).sort((a, b) => b.p - a.p);
  const prediction = styled(['bold'], `${label}: ${percent(sorted[0]?.p ?? 0)}`, stream);
  const others = sorted.slice(1, 3).map(({ name, p }) => `${name}: ${percent(p)}`);
  const top = tokens.toSorted((a, b) => Math.abs(b.gradient) - Math.abs(a.gradient)).slice(0, TOP_WORDS);
  const influences = table(
    ['word', 'gradient × input', 'drop in probability without it, % points'],
    top.map(({ value, gradient, occlusion }) => [value, signed(gradient, 3), signed(100 * occlusion, 1)]),
  );
  return [
    `${prediction} (${others.join(', ')})`,
    coloured(text, tokens, stream),
    top.length === 0 ? '  The text has no words: the prediction is that of an unknown word.' : indented(influences),
    '',
  ].join('\n');
}

/** Colours words green that raise the predicted class's logit and red that lower it, the strongest in bold. */
function coloured(text: string, tokens: readonly Influence[], stream: OutputStream): string {
  const max = Math.max(...tokens.map(({ gradient }) => Math.abs(gradient)), Number.MIN_VALUE);
  let shown = '';
  let at = 0;
  for (const { value, start, gradient } of tokens) {
    const strength = Math.abs(gradient) / max;
    const word = text.slice(start, start + value.length);
    const colour = gradient > 0 ? 'green' : 'red';
    const style =
      strength > BOLD_FROM ? (['bold', colour] as const) : strength > COLOUR_FROM ? ([colour] as const) : [];
    shown += text.slice(at, start) + styled(style, word, stream);
    at = start + value.length;
  }
  return shown + text.slice(at);
}

const BOLD_FROM = 0.5; // of the strongest word
const COLOUR_FROM = 0.15;

const percent = (p: number): string => `${(100 * p).toFixed(1)} %`;
const signed = (x: number, digits: number): string => `${x < 0 ? '-' : '+'}${Math.abs(x).toFixed(digits)}`;
const indented = (lines: string): string => lines.replaceAll(/^/gm, '  ');
