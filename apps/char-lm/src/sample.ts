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
  /** What the text goes on from. */
  readonly prompt: string;
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

/**
 * Writes a text, character by character.
 *
 * @throws DataError when the prompt holds characters the model does not know
 */
export function* write(
  { model, vocab, backend }: Writer,
  { prompt, length, rng, ...choice }: Writing,
): Generator<Written> {
  const before = prompt === '' ? beginning(vocab) : encodeKnown('--prompt', prompt, vocab);
  using _session = new Tape(backend, { record: false }); // holds the state
  const state = model.zeroState(1);
  const recent = [...before].slice(-RECENT);
  let logits = next(model, backend, before, state);
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
  using trained = await openModel(config, context);
  const samples: JsonObject[] = [];
  for (let k = 0; k < config.count; k++) {
    if (config.count > 1) context.out.write(`${k > 0 ? '\n' : ''}── ${k + 1} of ${config.count} ──\n`);
    const rng = Rng.seeded(config.seed).split('sample').split(k);
    samples.push(await writeOut(trained, { ...config, rng }, config, context));
  }
  return { seed: config.seed, step: trained.step, samples };
}

/** Streams one text to where people read. */
export async function writeOut(
  writer: Writer,
  writing: Writing,
  { stop, probabilities = 0 }: Partial<Pick<SampleConfig, 'stop' | 'probabilities'>>,
  { out }: Context,
): Promise<JsonObject> {
  const { vocab } = writer;
  const decoder = vocab.streamDecoder();
  const gate = new StopString(stop);
  const steps: JsonObject[] = [];
  let text = '';
  const show = (piece: string): void => {
    text += piece;
    if (probabilities === 0) out.write(piece);
  };

  if (probabilities === 0) out.write(writing.prompt);
  for (const { id, candidates } of write(writer, writing)) {
    if (probabilities > 0) {
      const likeliest = candidates
        .slice(0, probabilities)
        .map(({ id, probability }) => [nameOf(id), probability] as const);
      steps.push({ character: nameOf(id), candidates: likeliest });
      out.write(`${nameOf(id)}\t${likeliest.map(([name, p]) => `${name} ${p.toFixed(3)}`).join('  ')}\n`);
    }
    show(gate.push(decoder.push(id)));
    if (gate.isReached) break;
    await flushed();
  }
  if (!gate.isReached) show(gate.push(decoder.end()) + gate.end());
  if (probabilities === 0) out.write('\n');
  return { prompt: writing.prompt, text, ...(probabilities > 0 && { probabilities: steps }) };

  /** A character by itself, line ends and the like made visible. */
  function nameOf(id: number): string {
    return JSON.stringify(vocab.unit === 'byte' ? byteName(id) : vocab.decode([id]));
  }

  /** Lets what was written out before more is made, and Ctrl-C in. */
  async function flushed(): Promise<void> {
    if (out.writableNeedDrain) await new Promise((resolve) => out.once('drain', resolve));
  }
}

const byteName = (id: number): string => (id < 0x80 ? String.fromCharCode(id) : `0x${id.toString(16)}`);
