import {
  Adam,
  type Backend,
  carryState,
  crossEntropy,
  Embedding,
  GradientClip,
  Linear,
  Lstm,
  Module,
  Parameters,
  Rng,
  Tape,
} from '@unroll/rnn-core';

const SIZES = { V: 31, E: 24, H: 40, B: 6, T: 20, STEPS: 200 };

class SmallModel extends Module {
  readonly embedding = new Embedding({ numEmbeddings: SIZES.V, embeddingDim: SIZES.E });
  readonly cells = new Lstm({ inputSize: SIZES.E, hiddenSize: SIZES.H, numLayers: 2, dropout: 0.1 });
  readonly head = new Linear({ inFeatures: SIZES.H, outFeatures: SIZES.V });
}

/**
 * Trains a small character model on text it makes up, and gives what came of it: two hosts that agree on every bit of
 * the weights after 200 steps agree on every bit before.
 */
export async function trainingDigest(backend: Backend): Promise<{ sha256: string; loss: number }> {
  const { V, B, T, STEPS } = SIZES;
  const rng = Rng.seeded(20);
  const model = new SmallModel();
  const parameters = Parameters.create(model, backend, rng.split('init'));
  const adam = new Adam(parameters);
  const clip = new GradientClip({ norm: 1 });
  // Every character follows from the one before it, but for some noise.
  const text = new Int32Array(B * (STEPS * T + 1));
  for (let k = 0; k < text.length; k++)
    text[k] = rng.uniform() < 0.1 ? rng.integer(V) : (3 * (text[k - 1] ?? 1) + 7) % V;
  const at = (b: number, t: number) => text[b * (STEPS * T + 1) + t] as number;

  using _outer = new Tape(backend);
  const state = model.cells.zeroState(B);
  let last = Number.NaN;
  for (let step = 0; step < STEPS; step++) {
    const window = (shift: number) =>
      Int32Array.from({ length: T * B }, (_, k) => at(k % B, step * T + Math.floor(k / B) + shift));
    using tape = new Tape(backend);
    const { y, state: ended } = model.cells.forward(model.embedding.forward(tape.ids(window(0), [T, B])), {
      state,
      rng: rng.split(step),
    });
    const loss = crossEntropy(model.head.forward(y), tape.ids(window(1), [T * B]));
    tape.grad(loss, parameters);
    adam.step(5e-3, clip.apply(parameters).scale);
    carryState(ended, state);
    last = loss.item();
  }
  const weights = new Uint8Array(backend.heap.real(parameters.values, parameters.size).slice().buffer);
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', weights));
  return { sha256: Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join(''), loss: last };
}
