import { LanguageModelTally } from '@unroll/metrics';
import { type Backend, Stepper, UnrollError, type WeightFormat } from '@unroll/rnn-core';
import { type Context, count, type JsonObject } from '@unroll/run';
import type { CharLm } from '../model.ts';
import { codePoints } from '../tokenizer.ts';
import { readHeldOut } from './evaluate.ts';
import type { TrainedModel } from './trained-model.ts';

/** How much of the held-out text is read to say what eight bits cost: a second or so of work. */
const SCORED = 2000;

/**
 * What it costs to write with weights rounded to eight bits: the loss on the beginning of what the run held out, beside
 * that of the weights as they are. Where that text is not to be had, it says so.
 */
export async function showCostOfInt8(trained: TrainedModel, dir: string, { err }: Context): Promise<JsonObject> {
  const { model, vocab, backend } = trained;
  try {
    const { train, valid } = await readHeldOut(dir, vocab);
    const ids = valid.ids.subarray(0, SCORED);
    const characters = codePoints(vocab.decode(ids));
    const bitsPerCharacter = (format: WeightFormat): number => {
      const tally = new LanguageModelTally();
      tally.add(steppedNats(model, backend, train.at(-1) as number, ids, format), ids.length, characters);
      return tally.score().bitsPerCharacter;
    };
    const [int8, float32] = [bitsPerCharacter('int8'), bitsPerCharacter('float32')];
    err.write(
      `weights in 8 bits: ${int8.toFixed(4)} bits per character on the first ${count(characters)} held out, ${float32.toFixed(4)} in float32\n`,
    );
    return { weights: 'int8', bitsPerCharacter: { int8, float32, characters } };
  } catch (error) {
    if (!(error instanceof UnrollError)) throw error;
    err.write(`weights in 8 bits, at a loss that is not known here: ${error.message}\n`);
    return { weights: 'int8' };
  }
}

/**
 * Σ −ln p of a text, read as sampling reads, one token after another.
 *
 * @param before the id that stands before it
 */
export function steppedNats(
  model: CharLm,
  backend: Backend,
  before: number,
  text: Int32Array,
  format: WeightFormat,
): number {
  using stepper = new Stepper(backend, model.stepped(), format);
  let nats = 0;
  let previous = before;
  for (const id of text) {
    const logits = stepper.step(previous);
    let highest = -Infinity;
    for (const x of logits) highest = Math.max(highest, x);
    let sum = 0;
    for (const x of logits) sum += Math.exp(x - highest);
    nats += highest + Math.log(sum) - (logits[id] as number);
    previous = id;
  }
  return nats;
}
