import { LanguageModelTally } from '@unroll/metrics';
import {
  type Backend,
  carryState,
  crossEntropy,
  Parameters,
  Rng,
  type State,
  Tape,
  type Tensor,
} from '@unroll/rnn-core';
import {
  type Context,
  count,
  type Figures,
  type JsonObject,
  Learner,
  loadTensors,
  openBackend,
  plannedSteps,
  Run,
  type TrainingTask,
  train,
  type Upkeep,
  type Validation,
} from '@unroll/run';
import { type WindowCursor, WindowStream } from '@unroll/text';
import { z } from 'zod';
import type { TrainConfig } from './config.ts';
import { type HeldOutScore, scoreHeldOut, scoreJson, scoreTable } from './evaluate.ts';
import { surprises } from './evaluation.ts';
import { CharLm, type CharLmShape } from './model.ts';
import { type EncodedCorpus, readEncodedCorpus } from './text.ts';
import { WindowPlan } from './window-plan.ts';

/**
 * The method: truncated back-propagation through time over B parallel streams of the text, whose state is carried from
 * window to window and begins anew, at another place of the text, every epoch.
 */
export class CharLmTask implements TrainingTask {
  readonly model: CharLm;
  readonly learner: Learner;
  readonly carried: ReadonlyMap<string, Tensor>;
  /** Seconds spent in steps, and characters read in them, in this sitting. */
  readonly spent = { seconds: 0, characters: 0 };
  readonly #config: TrainConfig;
  readonly #corpus: EncodedCorpus;
  readonly #backend: Backend;
  readonly #session: Tape;
  readonly #state: State;
  readonly #windows: WindowPlan;
  readonly #steps: number;
  readonly #dropout: Rng;
  #stream: WindowStream;

  constructor(config: TrainConfig, corpus: EncodedCorpus, backend: Backend, steps: number) {
    this.#config = config;
    this.#corpus = corpus;
    this.#backend = backend;
    this.#steps = steps;
    this.#stream = this.#streamFrom();
    const rng = Rng.seeded(config.seed);
    this.#dropout = rng.split('dropout');
    this.model = new CharLm(shapeOf(config, corpus), config);
    const parameters = Parameters.create(this.model, backend, rng.split('init'));
    this.learner = new Learner(parameters, config, steps);
    this.#windows = new WindowPlan({ ...config, steps });
    this.#session = new Tape(backend, { record: false }); // holds the state from step to step
    this.#state = this.model.zeroState(config.batch);
    this.carried = new Map(
      this.#state.flatMap(
        ({ h, c }, k) => [[`state.${k}.h`, h], ...(c ? [[`state.${k}.c`, c] as const] : [])] as const,
      ),
    );
  }

  step(step: number): Figures {
    const start = performance.now();
    using tape = new Tape(this.#backend);
    const { x, y, T, B, fresh } = this.#stream.next(this.#windows.windowAt(step));
    if (fresh) for (const tensor of this.carried.values()) tensor.view().fill(0);

    const out = this.model.forward(tape.ids(x, [T, B]), { state: this.#state, rng: this.#dropout.split(step) });
    const { loss } = crossEntropy(out.logits, tape.ids(y, [T, B])); // nats per character
    const update = this.learner.update(tape, loss, step, this.#windows.progressAt(step) * this.#steps);
    carryState(out.state, this.#state); // truncated: the state crosses, its gradient does not

    this.spent.seconds += (performance.now() - start) / 1000;
    this.spent.characters += T * B;
    return { ...update, characters: T * B };
  }

  /** The whole of the validation text, in parallel stretches for speed; the final figure is that of one stream. */
  async validate(): Promise<Validation> {
    const { train, heldOut } = this.#corpus;
    const [valid] = heldOut;
    const tally = new LanguageModelTally();
    if (valid) {
      const context = train.slice(-VALIDATION_CONTEXT);
      const nats = await surprises(this.model, this.#backend, valid.ids, { context, streams: VALIDATION_STREAMS });
      tally.add(
        nats.reduce((sum, x) => sum + x, 0),
        valid.ids.length,
        valid.characters,
      );
    }
    const { nats, bitsPerCharacter } = tally.score();
    return { loss: nats, figures: { validLoss: nats, validBitsPerCharacter: bitsPerCharacter } };
  }

  state(): JsonObject {
    return { ...this.#stream.cursor };
  }

  restore(state: JsonObject): void {
    this.#stream = this.#streamFrom(cursorSchema.parse(state));
  }

  [Symbol.dispose](): void {
    this.#session[Symbol.dispose]();
    this.learner[Symbol.dispose]();
  }

  #streamFrom(cursor?: WindowCursor): WindowStream {
    const { batch, window, seed } = this.#config;
    const turns = Rng.seeded(seed).split('turns');
    return new WindowStream(
      this.#corpus.train,
      { B: batch, T: window, random: (epoch) => turns.split(epoch) },
      cursor,
    );
  }
}

const VALIDATION_STREAMS = 64;
const VALIDATION_CONTEXT = 129; // characters read before each stretch, so that its state is warm
const cursorSchema = z.object({ epoch: z.int(), position: z.int() });

/** A run that came to its end. */
export interface TrainedRun {
  readonly run: string;
  readonly score: HeldOutScore;
  /** What `--json` prints. */
  readonly result: JsonObject;
}

/** From a text to a run folder and its figure on the held-out text. */
export async function trainCharLm(config: TrainConfig, context: Context): Promise<TrainedRun> {
  const corpus = await readEncodedCorpus(config);
  using compute = await openBackend(config);
  const { backend } = compute;
  context.err.write(`${compute.reason}\n`);

  const build = (steps: number): CharLmTask => new CharLmTask(config, corpus, backend, steps);
  const steps = await plannedSteps(config, { stepsPerEpoch: stepsPerEpoch(config, corpus), trial: build, finale });

  using run = Run.open({
    app: 'char-lm',
    context,
    out: config.out,
    resume: config.resume,
    data: corpus.name,
    config: { ...config, steps, epochs: undefined, minutes: undefined },
    model: shapeOf(config, corpus),
    tokenizer: { ...corpus.vocab.toJSON() },
    steps,
    unit: 'characters',
    figures: [
      { key: 'loss', label: 'loss', unit: 'nats' },
      { key: 'validBitsPerCharacter', label: 'valid', unit: 'bits/char' },
    ],
  });
  using task = build(steps);
  run.say(
    `${run.folder.path}: ${config.layers}×${config.hidden} ${config.cell}, ${count(task.model.parameterCount)} weights, ${count(corpus.train.length)} characters of ${corpus.name}`,
  );
  const ended = await train(run, task, config);

  loadTensors(task.learner.parameters, run.folder.weights('best').tensors, run.folder.path);
  const score = await scoreHeldOut(task.model, backend, corpus, () => run.breathe());
  const result = {
    ...scoreJson(score),
    ...ended,
    seconds: run.seconds,
    charactersPerSecond: task.spent.characters / task.spent.seconds || 0,
    backend: backend.name,
    run: run.folder.path,
  };
  run.finish(result);
  return { run: run.folder.path, score, result };

  /** A part of the final evaluation, to see how long it takes. */
  function finale({ model }: CharLmTask): Pick<Upkeep, 'run' | 'share'> {
    const characters = corpus.heldOut.reduce((sum, { ids }) => sum + ids.length, 0);
    const part = corpus.heldOut[0]?.ids.subarray(0, FINALE_CHARACTERS) ?? new Int32Array(0);
    return {
      run: () => surprises(model, backend, part, { context: corpus.train.slice(-1) }),
      share: part.length / characters,
    };
  }
}

/** `train`. */
export async function trainCommand(config: TrainConfig, context: Context): Promise<JsonObject> {
  const { run, score, result } = await trainCharLm(config, context);
  context.out.write(`${scoreTable(score)}\nSample from it with: ${context.invocation} sample ${run}\n`);
  return result;
}

const FINALE_CHARACTERS = 2048;

/** What decides the weights' names and shapes. */
function shapeOf(config: TrainConfig, { vocab }: EncodedCorpus) {
  const { cell, hidden, layers, embedding, tied, layerNorm } = config;
  return { vocabSize: vocab.size, cell, hidden, layers, embedding, tied, layerNorm } satisfies CharLmShape;
}

/** How many steps read the training text once. */
function stepsPerEpoch(config: TrainConfig, { train }: EncodedCorpus): number {
  return new WindowPlan({ ...config, steps: 10_000 }).stepsFor(Math.floor((train.length - 1) / config.batch));
}
