import process from 'node:process';
import { styleText } from 'node:util';
import { type Context, type JsonObject, type OutputStream, table } from '@unroll/run';
import type { ExplainConfig } from '../config.ts';
import { type Explanation, explain, type Influence } from '../prediction/explanation.ts';
import { TrainedModel } from '../prediction/trained-model.ts';

/** `explain`: which words moved the verdict on each text. */
export async function explainSentiment(config: ExplainConfig, context: Context): Promise<JsonObject> {
  using trained = await TrainedModel.open(config, context);
  return { explanations: explainTexts(trained, config.texts, context), run: config.dir };
}

/** Prints what moved each verdict. */
export function explainTexts(trained: TrainedModel, texts: readonly string[], { out }: Context): JsonObject[] {
  const { names } = trained.labels;
  return texts.map((text) => {
    const explanation = explain(trained, text);
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

const SHOWN = 6; // words in the list under a text

/** A verdict, the text coloured by what each word did, and the words that did most. */
export function explanationText(
  { text, label, probabilities, tokens }: Explanation,
  names: readonly string[],
  stream: OutputStream,
): string {
  const sorted = names.map((name, c) => ({ name, p: probabilities[c] as number })).sort((a, b) => b.p - a.p);
  const verdict = styled(['bold'], `${label}: ${percent(sorted[0]?.p ?? 0)}`, stream);
  const others = sorted.slice(1, 3).map(({ name, p }) => `${name}: ${percent(p)}`);
  const strongest = tokens.toSorted((a, b) => Math.abs(b.gradient) - Math.abs(a.gradient)).slice(0, SHOWN);
  return [
    `${verdict} (${others.join(', ')})`,
    coloured(text, tokens, stream),
    ...(strongest.length === 0
      ? ['  no words: the verdict is what is usual']
      : [
          indented(
            table(
              ['word', 'gradient × input', 'lost without it, points'],
              strongest.map(({ value, gradient, occlusion }) => [
                value,
                signed(gradient, 3),
                signed(100 * occlusion, 1),
              ]),
            ),
          ),
        ]),
    '',
  ].join('\n');
}

/** The text with every word green that speaks for the verdict and red that speaks against it, the strong ones bold. */
function coloured(text: string, tokens: readonly Influence[], stream: OutputStream): string {
  const most = Math.max(...tokens.map(({ gradient }) => Math.abs(gradient)), Number.MIN_VALUE);
  let shown = '';
  let at = 0;
  for (const { value, start, gradient } of tokens) {
    const share = Math.abs(gradient) / most;
    const word = text.slice(start, start + value.length);
    const colour = gradient > 0 ? 'green' : 'red';
    const style: Style[] = share > STRONG ? ['bold', colour] : share > NOTABLE ? [colour] : [];
    shown += text.slice(at, start) + styled(style, word, stream);
    at = start + value.length;
  }
  return shown + text.slice(at);
}

type Style = 'bold' | 'green' | 'red';

/** Coloured on a terminal, plain elsewhere. */
const styled = (style: readonly Style[], text: string, { isTTY = false }: OutputStream): string =>
  isTTY && style.length > 0 && !process.env['NO_COLOR'] ? styleText([...style], text) : text;

const STRONG = 0.5; // of the strongest word
const NOTABLE = 0.15;

const percent = (p: number): string => `${(100 * p).toFixed(1)} %`;
const signed = (x: number, digits: number): string => `${x < 0 ? '-' : '+'}${Math.abs(x).toFixed(digits)}`;
const indented = (lines: string): string => lines.replaceAll(/^/gm, '  ');
