/**
 * Speed of batched translation, compared with the same model and search in PyTorch where it is installed:
 *
 *     npm run bench -w apps/translate -- [ROUNDS]
 *
 * Weights are random and every translation is as long as its source, so that both do the same work. Rounds alternate
 * between the two; the median counts.
 */
import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Parameters, Rng } from '@unroll/rnn-core';
import { openBackend, significant, table } from '@unroll/run';
import { TranslationModel } from '../src/model/translation-model.ts';
import { beamSearch } from '../src/search/beam-search.ts';

const SIZES = { vocab: 4000, embedding: 256, hidden: 256, decoderHidden: 256, sentences: 64, tokens: 16 };
const ROUNDS = Number(process.argv[2] ?? 7);

/** `round` returns the seconds it took. */
type Contender = { readonly name: string; readonly round: () => Promise<number>; readonly close: () => void };

async function ours(beam: number): Promise<Contender> {
  const opened = await openBackend({ backend: 'auto' });
  const { backend } = opened;
  const { vocab, embedding, hidden, decoderHidden, sentences, tokens } = SIZES;
  const model = new TranslationModel({
    embeddingSize: embedding,
    hiddenSize: hidden,
    decoderHiddenSize: decoderHidden,
    cell: 'gru',
    sourceVocabSize: vocab,
    targetVocabSize: vocab,
    sharedEmbedding: false,
    tieWeights: true,
    numLayers: 1,
    decoder: 'interleaved',
    attention: 'general',
  });
  Parameters.create(model, backend, Rng.seeded(1));
  const rng = Rng.seeded(2);
  const sources = Array.from({ length: sentences }, () =>
    Int32Array.from({ length: tokens }, () => rng.integer(vocab)),
  );
  const options = {
    beamSize: beam,
    nBest: 1,
    lengthPenalty: 1,
    coveragePenalty: 0,
    noRepeatNgramSize: 0,
    withAttention: false,
  };
  const search = () =>
    beamSearch({ model, backend, eos: 0 }, sources, {
      ...options,
      minLength: tokens - 1,
      maxLength: tokens - 1,
    });
  search();
  return {
    name: `Unroll, ${backend.description}`,
    round: async () => {
      const start = performance.now();
      search();
      return (performance.now() - start) / 1000;
    },
    close: () => opened[Symbol.dispose](),
  };
}

/** PyTorch in its own process; undefined where it is not installed. */
async function pytorch(beam: number): Promise<Contender | undefined> {
  const threads = availableParallelism();
  const script = fileURLToPath(new URL('translation-speed.py', import.meta.url));
  const python = process.env['PYTHON'] ?? 'python3';
  const child = spawn(python, [script, JSON.stringify({ ...SIZES, beam, threads })], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const ended = new Promise<undefined>((resolve) => {
    child.on('error', () => resolve(undefined));
    child.on('exit', () => resolve(undefined));
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<string | undefined> =>
    Promise.race([lines.next().then(({ value }) => value), ended]);
  if ((await next()) !== 'ready') return undefined;
  return {
    name: `PyTorch, ${threads} threads`,
    round: async () => {
      child.stdin.write('\n');
      return Number(await next());
    },
    close: () => child.stdin.end(),
  };
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

const rows: string[][] = [];
for (const beam of [1, 5]) {
  const contenders = [await ours(beam), await pytorch(beam)].filter((contender) => contender !== undefined);
  const seconds = new Map<Contender, number[]>(contenders.map((contender) => [contender, []]));
  for (let round = 0; round < ROUNDS; round++)
    for (const [contender, times] of seconds) times.push(await contender.round());
  for (const [{ name, close }, times] of seconds) {
    const perSecond = SIZES.sentences / median(times);
    const range = (Math.max(...times) - Math.min(...times)) / median(times);
    rows.push([
      beam === 1 ? 'greedy' : `beam ${beam}`,
      name,
      significant(perSecond),
      significant(perSecond * SIZES.tokens),
      `${(100 * range).toFixed(0)} %`,
    ]);
    close();
  }
}
console.log(table(['search', 'program', 'sentences/s', 'tokens/s', 'range'], rows));
process.exit(0);
