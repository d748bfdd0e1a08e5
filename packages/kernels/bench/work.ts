import {
  Adam,
  type Backend,
  crossEntropy,
  GradientClip,
  type Module,
  Parameters,
  Rng,
  Stepper,
  Tape,
  type Tensor,
  type WeightFormat,
} from '@unroll/rnn-core';
import { CharModel } from './char-model.ts';
import { Draw } from './draw.ts';
import type { Work } from './rounds.ts';
import { SentimentModel } from './sentiment-model.ts';
import { TranslationModel } from './translation-model.ts';
import {
  CHAR_MODELS,
  type CharWorkload,
  type Mode,
  SAMPLED,
  type SampledWorkload,
  SENTIMENT,
  TRANSLATION,
  type Workload,
} from './workloads.ts';

/** A workload on one of our backends, of rnn-core's public modules; `format` is of the weights one samples with. */
export function workOn(backend: Backend, workload: Workload, mode: Mode, format: WeightFormat = 'float32'): Work {
  return mode === 'sample'
    ? sampling(backend, workload as SampledWorkload, format)
    : stepping(backend, workload, mode);
}

const rng = Rng.seeded(1);

function stepping(backend: Backend, workload: Workload, mode: Mode): Work {
  const { model, logits, targets, tokens } = modelOf(workload);
  const parameters = Parameters.create(model, backend, rng.split('init'));
  const clip = new GradientClip({ norm: 5 });
  const adam = mode === 'train' ? new Adam(parameters) : undefined;
  return {
    tokens,
    run() {
      using tape = new Tape(backend, { record: mode === 'train' });
      const loss = crossEntropy(logits(tape), tape.ids(targets, [targets.length]));
      if (!adam) return;
      tape.grad(loss, parameters);
      adam.step(1e-3, clip.apply(parameters).scale);
    },
  };
}

interface ModelOnData {
  readonly model: Module;
  readonly logits: (tape: Tape) => Tensor;
  readonly targets: Int32Array;
  readonly tokens: number;
}

const random = (count: number, below: number) => Int32Array.from({ length: count }, () => rng.integer(below));

function modelOf(workload: Workload): ModelOnData {
  if (workload in CHAR_MODELS) {
    const model = new CharModel(workload as CharWorkload);
    const { V, B, T } = model.sizes;
    const inputs = random(T * B, V);
    return {
      model,
      logits: (tape) => model.forward(tape.ids(inputs, [T, B])),
      targets: random(T * B, V),
      tokens: T * B,
    };
  }
  if (workload === 'W5') {
    const { V, B, shortest, longest } = SENTIMENT;
    const model = new SentimentModel();
    const lengths = random(B, longest - shortest + 1).map((extra) => shortest + extra);
    const T = Math.max(...lengths);
    const inputs = random(T * B, V);
    return {
      model,
      logits: (tape) => model.forward(tape.ids(inputs, [T, B]), lengths),
      targets: random(B, 2),
      tokens: lengths.reduce((sum, length) => sum + length, 0),
    };
  }
  const { V, B, S, T } = TRANSLATION;
  const model = new TranslationModel(workload === 'W6dot' ? 'dot' : 'additive');
  const [source, target] = [random(S * B, V), random(T * B, V)];
  return {
    model,
    logits: (tape) => model.forward(tape.ids(source, [S, B]), tape.ids(target, [T, B])),
    targets: random(T * B, V),
    tokens: T * B,
  };
}

/** One character after another: the model's step, softmax, a draw. */
function sampling(backend: Backend, workload: SampledWorkload, format: WeightFormat): Work {
  const model = new CharModel(SAMPLED[workload]);
  Parameters.create(model, backend, rng.split('init'));
  const stepper = new Stepper(backend, model, format);
  const draw = new Draw(model.sizes.V);
  const tokens = 100;
  let id = 1;
  const run = () => {
    for (let k = 0; k < tokens; k++) id = draw.of(stepper.step(id), rng.uniform());
  };
  return { tokens, run };
}
