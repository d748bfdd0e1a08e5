import { once } from 'node:events';
import { type Backend, Rng, Stepper, type WeightFormat } from '@unroll/rnn-core';
import type { Context, JsonObject } from '@unroll/run';
import type { CharacterVocabulary } from '@unroll/text';
import { type Candidate, type Choice, NextCharacter } from '../generation/sampler.ts';
import { StopString } from '../generation/stop-string.ts';
import type { CharLm } from '../model.ts';
import { beginning, encodeKnown } from '../tokenizer.ts';
import type { SampleConfig } from './config.ts';
import { openModel } from './trained-model.ts';
import { showCostOfInt8 } from './weight-format.ts';

export interface Writer {
  readonly model: CharLm;
  readonly vocab: CharacterVocabulary;
  readonly backend: Backend;
}

export interface Writing extends Choice {
  /** What the text goes on from, one id at least. */
  readonly prompt: Int32Array;
  /** How many characters to write. */
  readonly length: number;
  readonly weights: WeightFormat;
  readonly rng: Rng;
}

/** One character written, and what might have been: valid until the next is asked for. */
export interface Written {
  readonly id: number;
  /** The likeliest, so many at most. */
  readonly likeliest: (count: number) => readonly Candidate[];
}

const RECENT = 64; // how far back a repetition is one

/** Writes a text, character by character. */
export function* write(
  { model, vocab, backend }: Writer,
  { prompt, length, weights, rng, ...choice }: Writing,
): Generator<Written> {
  using stepper = new Stepper(backend, model.stepped(), weights);
  const next = new NextCharacter(vocab.size, choice, vocab.unknownId);
  const recent = [...prompt].slice(-RECENT);
  for (const id of prompt.subarray(0, -1)) stepper.step(id);
  let id = prompt.at(-1) as number;
  for (let k = 0; k < length; k++) {
    next.weigh(stepper.step(id), recent);
    id = next.draw(rng);
    yield { id, likeliest: (count) => next.likeliest(count) };
    recent.push(id);
    if (recent.length > RECENT) recent.shift();
  }
}

/** `sample`: texts written by a trained model, shown as they come. */
export async function sampleCharLm(config: SampleConfig, context: Context): Promise<JsonObject> {
  using trained = await openModel(config);
  context.err.write(`${trained.reason}\n`);
  const cost = config.weights === 'int8' ? await showCostOfInt8(trained, config.dir, context) : {};
  const samples: JsonObject[] = [];
  for (let k = 0; k < config.count; k++) {
    if (config.count > 1) context.out.write(`${k > 0 ? '\n' : ''}── ${k + 1} of ${config.count} ──\n`);
    samples.push(await show(trained, config, Rng.seeded(config.seed).split('sample').split(k), context));
  }
  return { seed: config.seed, step: trained.step, ...cost, samples };
}

export type Showing = Omit<SampleConfig, 'dir' | 'checkpoint' | 'backend' | 'threads' | 'json' | 'count' | 'seed'>;

/**
 * Writes one text to where people read, as it comes.
 *
 * @throws DataError when the prompt holds characters the model does not know
 */
export async function show(
  writer: Writer,
  { prompt, stop, probabilities, ...how }: Showing,
  rng: Rng,
  { out }: Context,
): Promise<JsonObject> {
  const { vocab } = writer;
  const before = prompt === '' ? beginning(vocab) : encodeKnown('--prompt', prompt, vocab);
  const decoder = vocab.streamDecoder();
  const gate = new StopString(stop);
  const alternatives: JsonObject[] = [];
  let text = '';
  const pass = (piece: string): void => {
    text += piece;
    if (probabilities === 0) out.write(piece);
  };

  if (probabilities === 0) out.write(prompt);
  for (const { id, likeliest } of write(writer, { ...how, prompt: before, rng })) {
    if (probabilities > 0) {
      const character = nameOf(id, vocab);
      const candidates = likeliest(probabilities).map(
        ({ id, probability }) => [nameOf(id, vocab), probability] as const,
      );
      alternatives.push({ character, candidates });
      const odds = candidates.map(([name, p]) => `${JSON.stringify(name)} ${p.toFixed(3)}`);
      out.write(`${JSON.stringify(character)}\t${odds.join('  ')}\n`);
    }
    pass(gate.push(decoder.push(id)));
    if (gate.isReached) break;
    if (out.writableNeedDrain) await once(out, 'drain');
  }
  if (!gate.isReached) pass(gate.push(decoder.end()) + gate.end());
  if (probabilities === 0) out.write('\n');
  return { prompt, text, ...(probabilities > 0 && { probabilities: alternatives }) };
}

/** A character by itself; a byte that is none, by its number. */
const nameOf = (id: number, vocab: CharacterVocabulary): string =>
  vocab.unit === 'byte' && id >= 0x80 ? `0x${id.toString(16)}` : vocab.decode([id]);
