import { type LanguageModelScore, LanguageModelTally } from '@unroll/metrics';
import type { Backend } from '@unroll/rnn-core';
import { type Context, count, type JsonObject, readRunRecord, readTextFile, table } from '@unroll/run';
import type { CharacterVocabulary } from '@unroll/text';
import { surprises } from '../evaluation.ts';
import type { CharLm } from '../model.ts';
import { beginning, codePoints, type EncodedCorpus, encodeKnown, readEncodedCorpus } from '../tokenizer.ts';
import { corpusSchema, type EvaluateConfig } from './config.ts';
import { openModel } from './trained-model.ts';

/** The figure of a text, and of its parts where it has several. */
export interface HeldOutScore {
  readonly whole: LanguageModelScore;
  readonly parts: readonly { readonly name: string; readonly score: LanguageModelScore }[];
}

/**
 * Every held-out character once, as one stream whose state is carried from the first to the last. It begins at zero
 * and reads the last character of the training text first, which the held-out text follows.
 */
export async function scoreHeldOut(
  model: CharLm,
  backend: Backend,
  { train, heldOut }: Pick<EncodedCorpus, 'train' | 'heldOut'>,
  breathe?: () => Promise<void>,
): Promise<HeldOutScore> {
  const text = Int32Array.from(heldOut.flatMap(({ ids }) => [...ids]));
  const nats = await surprises(model, backend, text, { context: train.slice(-1), breathe });
  const whole = new LanguageModelTally();
  let from = 0;
  const parts = heldOut.map(({ name, ids, characters }) => {
    const sum = nats.subarray(from, from + ids.length).reduce((sum, x) => sum + x, 0);
    from += ids.length;
    whole.add(sum, ids.length, characters);
    const part = new LanguageModelTally();
    part.add(sum, ids.length, characters);
    return { name, score: part.score() };
  });
  return { whole: whole.score(), parts };
}

/** A score as `--json` prints it: the whole's figures, and under each part's name its own. */
export const scoreJson = ({ whole, parts }: HeldOutScore): JsonObject => ({
  ...whole,
  ...(parts.length > 1 && Object.fromEntries(parts.map(({ name, score }) => [name, { ...score }]))),
});

/** A score as a person reads it. */
export function scoreTable({ whole, parts }: HeldOutScore): string {
  const rows = [...(parts.length > 1 ? parts : []), { name: 'held out', score: whole }];
  return table(
    ['text', 'characters', 'nats', 'bits per character', 'perplexity'],
    rows.map(({ name, score }) => [
      name,
      count(score.characters),
      score.nats.toFixed(4),
      score.bitsPerCharacter.toFixed(4),
      score.perplexity.toFixed(3),
    ]),
  );
}

/**
 * What a run held out, and what it learnt from.
 *
 * @throws ConfigError when it is no longer where it was
 */
export async function readHeldOut(dir: string, vocab: CharacterVocabulary, dataDir?: string): Promise<EncodedCorpus> {
  const from = corpusSchema.parse(readRunRecord(dir, 'char-lm').config);
  return await readEncodedCorpus({ ...from, vocab, dataDir: dataDir ?? from.dataDir });
}

/** `evaluate`: the figure of a trained model on what its run held out, or on a text of one's own. */
export async function evaluateCharLm(config: EvaluateConfig, context: Context): Promise<JsonObject> {
  using trained = await openModel(config);
  context.err.write(`${trained.reason}\n`);
  const { model, vocab, backend } = trained;
  const score = await scoreHeldOut(model, backend, await readText());
  context.out.write(`${scoreTable(score)}\n`);
  return { ...scoreJson(score), backend: backend.name, run: config.dir };

  async function readText(): Promise<Pick<EncodedCorpus, 'train' | 'heldOut'>> {
    const { data } = config;
    if (data === undefined) return await readHeldOut(config.dir, vocab, config.dataDir);
    const text = readTextFile(data);
    return {
      train: beginning(vocab),
      heldOut: [{ name: data, ids: encodeKnown(data, text, vocab), characters: codePoints(text) }],
    };
  }
}
