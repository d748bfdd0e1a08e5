import { type Backend, type Rng, Stepper, type WeightFormat } from '@unroll/rnn-core';
import type { CharacterVocabulary } from '@unroll/text';
import type { CharLmModel } from '../model/char-lm-model.ts';
import { startOfText } from '../tokenizer.ts';
import { type Candidate, Sampler, type SamplerOptions } from './sampler.ts';
import { StopString } from './stop-string.ts';

/** A network with its vocabulary. */
export interface LanguageModel {
  readonly model: CharLmModel;
  readonly vocabulary: CharacterVocabulary;
  readonly backend: Backend;
}

export interface GenerateOptions extends SamplerOptions {
  /** The text that is continued; the beginning of a text when empty. */
  readonly prompt: string;
  /** Maximum number of characters to generate. */
  readonly maxLength: number;
  /** Generation ends before this string. */
  readonly stop?: string | undefined;
  readonly weightFormat: WeightFormat;
  readonly rng: Rng;
}

/** What {@link generate} does where nothing else is said. */
export const GENERATE_DEFAULTS = {
  prompt: '',
  maxLength: 500,
  temperature: 0.8,
  topK: 0,
  topP: 1,
  repetitionPenalty: 1,
  weightFormat: 'float32',
} as const satisfies Omit<GenerateOptions, 'rng'>;

/** A generated character. */
export interface GeneratedCharacter {
  readonly id: number;
  /** The text that is certain now: empty within a character, and while the text may be the start of the stop string. */
  readonly text: string;
  /** The most probable ids, at most `count`, in descending order. Valid until the next character is generated. */
  readonly candidates: (count: number) => readonly Candidate[];
}

const REPETITION_WINDOW = 64; // characters; a repetition further back is not penalised

/** Continues the prompt, one character after another. */
export function* generate(
  { model, vocabulary, backend }: LanguageModel,
  { prompt, maxLength, stop, weightFormat, rng, ...sampling }: GenerateOptions,
): Generator<GeneratedCharacter, void> {
  const context = prompt === '' ? startOfText(vocabulary) : vocabulary.encode(prompt.normalize('NFC'));
  const decoder = vocabulary.streamDecoder();
  const stopper = new StopString(stop?.normalize('NFC'));
  const sampler = new Sampler(vocabulary.size, sampling, vocabulary.unknownId);
  const recent = [...context].slice(-REPETITION_WINDOW);
  const candidates = (count: number): Candidate[] => sampler.candidates(count);

  using stepper = new Stepper(backend, model, weightFormat);
  for (const id of context.subarray(0, -1)) stepper.step(id);
  let id = context.at(-1) as number;
  for (let length = 1; length <= maxLength && !stopper.isReached; length++) {
    sampler.weigh(stepper.step(id), recent);
    id = sampler.draw(rng);
    recent.push(id);
    if (recent.length > REPETITION_WINDOW) recent.shift();

    let text = stopper.push(decoder.push(id));
    if (length === maxLength && !stopper.isReached) text += stopper.push(decoder.end()) + stopper.end();
    yield { id, text, candidates };
  }
}
