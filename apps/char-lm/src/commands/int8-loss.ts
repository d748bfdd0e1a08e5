import { LanguageModelTally } from '@unroll/metrics';
import { UnrollError, type WeightFormat } from '@unroll/rnn-core';
import { type Context, count, type JsonObject } from '@unroll/run';
import type { LanguageModel } from '../generation/generate.ts';
import { steppedNegativeLogLikelihood } from '../generation/stepped-likelihood.ts';
import { readRunCorpus } from './encoded-corpus.ts';

const SCORED = 2000; // ids: about a second of work

/**
 * Reports what 8-bit weights cost: bits per character on the beginning of the text that the run held out, beside those of
 * the float32 weights. Reports why when that text cannot be read.
 */
export async function reportInt8Loss(lm: LanguageModel, dir: string, { err }: Context): Promise<JsonObject> {
  const { model, vocabulary, backend } = lm;
  try {
    const { train, valid } = await readRunCorpus(dir, vocabulary);
    const start = vocabulary.decode(valid.encoded.ids.subarray(0, SCORED), valid.encoded.fallback);
    const { ids, characters, fallbackNats } = vocabulary.encodeWithFallback(start);
    const bitsPerCharacter = (format: WeightFormat): number => {
      const tally = new LanguageModelTally();
      const nats = steppedNegativeLogLikelihood(model, backend, train.at(-1) as number, ids, format);
      tally.add(nats + fallbackNats, ids.length, characters);
      return tally.score().bitsPerCharacter;
    };
    const [int8, float32] = [bitsPerCharacter('int8'), bitsPerCharacter('float32')];
    err.write(
      `int8 weights: ${int8.toFixed(4)} bits per character on the first ${count(characters)} held-out characters; float32: ${float32.toFixed(4)}\n`,
    );
    return { weightFormat: 'int8', bitsPerCharacter: { int8, float32, characters } };
  } catch (error) {
    if (!(error instanceof UnrollError)) throw error;
    err.write(`int8 weights: their loss on held-out text is unknown; ${error.message}\n`);
    return { weightFormat: 'int8' };
  }
}
