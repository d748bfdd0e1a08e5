import {
  Attention,
  type AttentionMemory,
  concat,
  Embedding,
  Gru,
  type Ids,
  Linear,
  Module,
  type State,
  type Tensor,
  tanh,
} from '@unroll/rnn-core';
import { TRANSLATION } from './workloads.ts';

/** W6: the decoder runs over the whole target and attends after (dot), or step by step with what it attended to (additive). */
export class TranslationModel extends Module {
  readonly score: 'dot' | 'additive';
  readonly source: Embedding;
  readonly target: Embedding;
  readonly encoder: Gru;
  readonly bridge: Linear;
  readonly decoder: Gru;
  readonly attention: Attention;
  readonly mix: Linear | undefined;
  readonly head: Linear;

  constructor(score: 'dot' | 'additive') {
    super();
    this.score = score;
    const { V, E, H, D } = TRANSLATION;
    const M = 2 * H;
    this.source = new Embedding({ numEmbeddings: V, embeddingDim: E });
    this.target = new Embedding({ numEmbeddings: V, embeddingDim: E });
    this.encoder = new Gru({ inputSize: E, hiddenSize: H, bidirectional: true });
    this.bridge = new Linear({ inFeatures: M, outFeatures: D });
    this.decoder = new Gru({ inputSize: score === 'dot' ? E : E + M, hiddenSize: D });
    this.attention = new Attention({ querySize: D, memorySize: M, score, hiddenSize: H });
    if (score === 'dot') this.mix = new Linear({ inFeatures: D + M, outFeatures: D });
    this.head = new Linear({ inFeatures: D, outFeatures: V });
  }

  /** @returns logits of every target token, [T, B, V] or [B·T, V] */
  forward(source: Ids, target: Ids): Tensor {
    const encoded = this.encoder.forward(this.source.forward(source));
    const memory = this.attention.projectMemory(encoded.y);
    const h = tanh(
      this.bridge.forward(
        concat(
          encoded.state.map(({ h }) => h),
          -1,
        ),
      ),
    );
    const inputs = this.target.forward(target);
    return this.head.forward(
      this.mix ? this.decodeAtOnce(inputs, memory, [{ h }], this.mix) : this.decodeByStep(inputs, memory, [{ h }]),
    );
  }

  private decodeAtOnce(inputs: Tensor, memory: AttentionMemory, state: State, mix: Linear): Tensor {
    const { y } = this.decoder.forward(inputs, { state });
    return tanh(mix.forward(concat([y, this.attention.forward(y, memory).context], -1)));
  }

  private decodeByStep(inputs: Tensor, memory: AttentionMemory, first: State): Tensor {
    const [T = 0] = inputs.shape;
    const { B, D } = TRANSLATION;
    let state = first;
    const steps: Tensor[] = [];
    for (let t = 0; t < T; t++) {
      const query = (state[0] as State[number]).h.reshape(1, B, D);
      const { context } = this.attention.forward(query, memory);
      const out = this.decoder.forward(concat([inputs.rows(t, t + 1), context], -1), { state });
      state = out.state;
      steps.push(out.y.row(0));
    }
    return concat(steps, -1).reshape(B * T, D); // the rows of one entry after another
  }
}
