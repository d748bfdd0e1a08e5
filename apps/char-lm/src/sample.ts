import { once } from 'node:events';
import { type Backend, carryState, Rng, type State, Tape } from '@unroll/rnn-core';
import type { Context, JsonObject } from '@unroll/run';
import type { CharacterVocabulary } from '@unroll/text';
import type { SampleConfig } from './config.ts';
import type { CharLm } from './model.ts';
import { type Candidate, type Choice, candidates, draw } from './next-character.ts';
import { StopString } from './stop-string.ts';
import { beginning, encodeKnown } from './text.ts';
import { openModel } from './trained-model.ts';

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
  readonly rng: Rng;
}

/** One character written, and what might have been. */
export interface Written {
  readonly id: number;
  readonly candidates: readonly Candidate[];
}

const RECENT = 64; // how far back a repetition is one

/** Writes a text, character by character. */
export function* write(
  { model, vocab, backend }: Writer,
  { prompt, length, rng, ...choice }: Writing,
): Generator<Written> {
  using _session = new Tape(backend, { record: false }); // holds the state
  const state = model.zeroState(1);
  const recent = [...prompt].slice(-RECENT);
  let logits = next(model, backend, prompt, state);
  for (let k = 0; k < length; k++) {
    const repeated = choice.repetitionPenalty === 1 ? NONE : new Set(recent);
    const possible = candidates(logits, choice, repeated, vocab.unknownId);
    const id = draw(possible, rng);
    yield { id, candidates: possible };
    recent.push(id);
    if (recent.length > RECENT) recent.shift();
    logits = next(model, backend, Int32Array.of(id), state);
  }
}

const NONE: ReadonlySet<number> = new Set();

/** Reads ids, [T], and gives the logits after the last, [V]. */
function next(model: CharLm, backend: Backend, ids: Int32Array, state: State): Float32Array | Float64Array {
  using tape = new Tape(backend, { record: false });
  const out = model.forward(tape.ids(ids, [ids.length, 1]), { state });
  carryState(out.state, state);
  return out.logits.row(ids.length - 1).toArray();
}

/** `sample`: texts written by a trained model, shown as they come. */
export async function sampleCharLm(config: SampleConfig, context: Context): Promise<JsonObject> {
  using trained = await openModel(config);
  context.err.write(`${trained.reason}\n`);
  const samples: JsonObject[] = [];
  for (let k = 0; k < config.count; k++) {
    if (config.count > 1) context.out.write(`${k > 0 ? '\n' : ''}── ${k + 1} of ${config.count} ──\n`);
    samples.push(await show(trained, config, Rng.seeded(config.seed).split('sample').split(k), context));
  }
  return { seed: config.seed, step: trained.step, samples };
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
  for (const { id, candidates } of write(writer, { ...how, prompt: before, rng })) {
    if (probabilities > 0) {
      const character = nameOf(id, vocab);
      const likeliest = candidates
        .slice(0, probabilities)
        .map(({ id, probability }) => [nameOf(id, vocab), probability] as const);
      alternatives.push({ character, candidates: likeliest });
      const odds = likeliest.map(([name, p]) => `${JSON.stringify(name)} ${p.toFixed(3)}`);
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
