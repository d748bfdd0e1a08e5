import { type LanguageModel, startOfText } from '@unroll/char-lm';
import { crossEntropy, logSoftmax, Tape } from '@unroll/rnn-core';

/** What a model says of a text, character by character: N characters, U units, V ids. */
export interface Reading {
  /** [N] */
  readonly characters: readonly string[];
  /** [N] −ln p of each character, given those before it; nats. */
  readonly nats: Float32Array;
  /** [N, U] the hidden state after each character, layer after layer; of an ensemble, that of its first network. */
  readonly hidden: Float32Array;
  readonly units: number;
  /** H of one layer. */
  readonly hiddenSize: number;
  /** [N, V] ln p of all that could stand in the place of each character, given those before it. */
  readonly logProbabilities: Float32Array;
  /** [V] */
  readonly alphabet: readonly string[];
}

/** Reads a text from a zero state. */
export function readText({ model, vocabulary, backend }: LanguageModel, text: string): Reading {
  const { ids, characters } = idsOf(vocabulary, text);
  const N = ids.length - 1;
  const V = vocabulary.size;
  using tape = new Tape(backend, { record: false });
  const embedded = model.members.map(({ embedding }) => embedding.forward(tape.ids(ids, [N + 1, 1])));
  const { logits, hidden } = model.forwardEmbedded(embedded, { state: model.zeroState(1) });
  const logProbabilities = Float32Array.from(logSoftmax(logits).view());
  const nats = Float32Array.from(
    { length: N },
    (_, n) => -(logProbabilities[n * V + (ids[n + 1] as number)] as number),
  );
  const H = model.config.hiddenSize;
  const units = H * hidden.length;
  const states = new Float32Array(N * units);
  for (const [layer, y] of hidden.entries()) {
    const values = y.view();
    for (let n = 0; n < N; n++) states.set(values.subarray((n + 1) * H, (n + 2) * H), n * units + layer * H);
  }
  return {
    characters,
    nats,
    hidden: states,
    units,
    hiddenSize: H,
    logProbabilities: logProbabilities.slice(0, N * V),
    alphabet: Array.from({ length: V }, (_, id) => (id === vocabulary.unknownId ? '�' : vocabulary.decode([id]))),
  };
}

/**
 * Connectivity: how strongly the prediction of a character depends on each one before it, in one backward pass.
 *
 *     c[k] = ‖∂ −ln p(x[position]) / ∂e[k]‖     e: the embeddings, of all networks
 *
 * Source: the gradient heat maps of Madsen, “Visualizing memorization in RNNs”, Distill 2019.
 *
 * @returns [position], of each character before
 */
export function connectivity(
  { model, vocabulary, backend }: LanguageModel,
  text: string,
  position: number,
): Float32Array {
  const { ids } = idsOf(vocabulary, text);
  const T = position + 1;
  using tape = new Tape(backend);
  const embedded = model.members.map(({ embedding, config: { embeddingSize: E } }) => {
    const table = embedding.weight.view();
    const values = new Float32Array(T * E);
    for (let t = 0; t < T; t++) {
      const id = ids[t] as number;
      values.set(table.subarray(id * E, (id + 1) * E), t * E);
    }
    return tape.constant(values, [T, 1, E], { needsGrad: true });
  });
  const { logits } = model.forwardEmbedded(embedded, { state: model.zeroState(1) });
  tape.grad(crossEntropy(logits.rows(position, T), tape.ids(ids.slice(T, T + 1), [1, 1])));
  const gradients = embedded.map((e) => ({ values: tape.gradient(e)?.view() ?? [], E: e.shape[2] as number }));
  const norms = Float32Array.from({ length: T }, (_, t) =>
    Math.hypot(...gradients.flatMap(({ values, E }) => Array.from(values.slice(t * E, (t + 1) * E)))),
  );
  return norms.subarray(1); // the first is of what stands before the text
}

/** The ids of a text after the one that begins every text. */
function idsOf(vocabulary: LanguageModel['vocabulary'], text: string) {
  const encoded = vocabulary.encode(text);
  const ids = new Int32Array(encoded.length + 1);
  ids.set(startOfText(vocabulary).subarray(0, 1));
  ids.set(encoded, 1);
  const decoder = vocabulary.streamDecoder();
  const characters =
    vocabulary.unit === 'codepoint' ? Array.from(text) : Array.from(encoded, (id) => decoder.push(id));
  return { ids, characters };
}
