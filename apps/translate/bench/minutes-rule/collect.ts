import { appendFileSync } from 'node:fs';
import { selectBackend } from '@unroll/kernels';
import { chrf, corpusScore } from '@unroll/metrics';
import { fit, loadWeights, MemoryCheckpoints } from '@unroll/rnn-core';
import { evenlySpaced } from '@unroll/text';
import { trainSchema } from '../../src/commands/train.ts';
import { type EncodedCorpus, encodeCorpus } from '../../src/data/encoded-corpus.ts';
import { type ParallelCorpus, readParallel } from '../../src/data/pairs.ts';
import { groupReferences } from '../../src/evaluation.ts';
import { TranslationTask } from '../../src/training/translation-task.ts';
import { Translator } from '../../src/translator.ts';
import { COMMON, type RuleRun } from './runs.ts';

/** The corpora of the runs. Their test splits are not used. */
const CORPORA: Readonly<Record<string, string>> = {
  captions: 'multi30k-en-fr',
  sentences: 'tatoeba-eng-fra',
};

const VALID_PAIRS = 300;

/** Makes the trainings again and appends them, with the losses they have now, to another file. */
export async function collect(runs: readonly RuleRun[], out: string): Promise<void> {
  for (const run of runs) {
    const again = await trained(run);
    appendFileSync(out, `${JSON.stringify(again)}\n`);
    const { data, pairs, hiddenSize, dropout, batchTokens, steps, loss } = run;
    console.log(
      `${data}, ${pairs} pairs: ${hiddenSize} units, dropout ${dropout}, ${steps} steps of ${batchTokens}: ${again.loss} nats per byte, was ${loss}`,
    );
  }
}

/** Trains on one thread, whose results do not depend on the machine's cores. */
async function trained(settings: RuleRun): Promise<RuleRun> {
  const { vocabSize, jointVocab, hiddenSize, dropout, batchTokens, lr, steps } = settings;
  const config = trainSchema.parse({
    ...COMMON,
    vocabSize,
    jointVocab,
    hiddenSize,
    decoderHiddenSize: hiddenSize,
    embeddingSize: hiddenSize,
    dropout,
    batchTokens,
    lr,
  });
  const corpus = await encoded(settings);
  const { tokenizer, train, valid } = corpus;
  const { backend } = await selectBackend({ backend: 'auto', threads: 1 });
  try {
    using task = new TranslationTask(config, corpus, backend, steps);
    const checkpoints = new MemoryCheckpoints();
    let read = 0;
    const { bestLoss } = await fit(task, {
      steps,
      checkpoints,
      log: ({ tokens }) => void (read += Number(tokens ?? 0)),
    });
    loadWeights(task.learner.parameters, checkpoints.best() ?? new Map());
    const { sources, references } = groupReferences(valid.map(({ pair }) => pair));
    const translator = new Translator({ model: task.model, tokenizer, backend });
    const translations = await translator.translate(sources, { beamSize: 1 });
    const bytes = valid.reduce((sum, { pair }) => sum + Buffer.byteLength(pair.target), 0);
    return {
      ...settings,
      tokens: tokensOf(train),
      read,
      loss: Number(((bestLoss * tokensOf(valid)) / bytes).toFixed(5)),
      chrf2: Number(corpusScore(chrf(), translations, references).score.toFixed(2)),
    };
  } finally {
    backend.close();
  }
}

const corpora = new Map<string, EncodedCorpus>();

async function encoded({ data, pairs, vocabSize, jointVocab }: RuleRun): Promise<EncodedCorpus> {
  const key = JSON.stringify([data, pairs, vocabSize, jointVocab]);
  const before = corpora.get(key);
  if (before) return before;
  const read = await parallel(data);
  const options = { vocabSize, jointVocab, maxPairLength: 100, maxLengthRatio: 3 };
  const corpus = encodeCorpus(
    { ...read, train: evenlySpaced(read.train, pairs), valid: evenlySpaced(read.valid, VALID_PAIRS) },
    options,
    () => {},
  );
  corpora.set(key, corpus);
  return corpus;
}

async function parallel(data: string): Promise<ParallelCorpus> {
  const dataset = CORPORA[data];
  if (dataset === undefined)
    throw new Error(`runs.jsonl: data must be one of ${Object.keys(CORPORA).join(', ')}, got ${data}`);
  return await readParallel({ dataset });
}

const tokensOf = (pairs: readonly { readonly target: Int32Array }[]): number =>
  pairs.reduce((sum, { target }) => sum + target.length + 1, 0);
