/**
 * Compares priors of the ensemble weights: trains by `--minutes 0.25` on 30 to 1,000 texts of five data sets, fits the weights to the
 * few validation texts that are among them, and prints as a table in Markdown the loss of all validation texts of the set, which have no
 * part in it, and how many are right; in about a quarter of an hour.
 *
 *     node .ci/start.mjs apps/sentiment/bench/ensemble-prior.ts
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Rng } from '@unroll/rnn-core';
import { readRunTexts } from '../src/commands/evaluate.ts';
import type { Example } from '../src/data/example.ts';
import { readLabelledTexts } from '../src/data/labelled-texts.ts';
import { type EnsemblePrior, fitEnsembleWeights, type HeldOut, PRIOR } from '../src/model/ensemble-weights.ts';
import { networkLogits } from '../src/prediction/network-logits.ts';
import { argmax, ensembleProbabilities } from '../src/prediction/probabilities.ts';
import { SentimentClassifier } from '../src/prediction/sentiment-classifier.ts';
import { encodeExamples } from '../src/training/training-data.ts';

const DATASETS = [
  'uci-sentences',
  'customer-reviews',
  'multilingual-tweets-german',
  'multilingual-tweets-french',
  'imdb-10k',
];
const COUNTS = [30, 100, 300, 1000];
const SEEDS = [1, 2];
const COLUMNS = { textColumn: 'text', labelColumn: 'label' };
const PRIORS: readonly EnsemblePrior[] = [
  PRIOR,
  { mean: { bag: 0.5, network: 0.5 }, precision: 10 },
  { mean: { bag: 0.5, network: 0.5 }, precision: 20 },
  { mean: { bag: 0.7, network: 0.2 }, precision: 10 },
  { mean: { bag: 0.7, network: 0.2 }, precision: 40 },
  { mean: { bag: 0.7, network: 0.4 }, precision: 20 },
  { mean: { bag: 1, network: 0.2 }, precision: 20 },
];

/** Few validation texts, to which the weights are fitted, and many others. */
interface Trained {
  readonly count: number;
  readonly own: HeldOut;
  readonly others: HeldOut;
}

const folder = mkdtempSync(join(tmpdir(), 'ensemble-prior-'));
const trained: Trained[] = [];
for (const dataset of DATASETS) {
  const { train, valid } = await readLabelledTexts({ dataset, ...COLUMNS });
  for (const count of COUNTS)
    for (const seed of SEEDS) {
      trained.push(await trainOn(train, valid, { count, seed }));
      console.error(`${dataset}, ${count} texts, seed ${seed}`);
    }
}
rmSync(folder, { recursive: true });

const header = ['bag, network, precision', ...COUNTS.map((count) => `${count} texts`)];
const rows = PRIORS.map((prior) => [
  `${prior.mean.bag}, ${prior.mean.network}, ${prior.precision}`,
  ...COUNTS.map((count) => shown(trained.filter((one) => one.count === count).map((one) => scoreWith(prior, one)))),
]);
for (const cells of [header, header.map(() => '---'), ...rows]) console.log(`| ${cells.join(' | ')} |`);

/** Trains on some texts of a set, chosen by the seed, as a person would who has no more. */
async function trainOn(
  train: readonly Example[],
  valid: readonly Example[],
  { count, seed }: { readonly count: number; readonly seed: number },
): Promise<Trained> {
  const order = Rng.seeded(seed).permutation(train.length).subarray(0, count);
  const some = Array.from(order, (k) => train[k] as Example);
  const [data, run] = [join(folder, 'texts.csv'), join(folder, 'run')];
  const lines = some.map(({ label, text }) => `${label},"${text.replaceAll('"', '""')}"\n`);
  writeFileSync(data, `label,text\n${lines.join('')}`);
  const columns = ['--text-column', 'text', '--label-column', 'label'];
  const settings = ['--data', data, ...columns, '--minutes', '0.25', '--threads', '1', '--seed', `${seed}`];
  const cli = ['.ci/start.mjs', 'apps/sentiment/src/cli.ts', 'train', ...settings, '--out', run];
  execFileSync(process.execPath, cli, { stdio: 'pipe' });
  using classifier = await SentimentClassifier.load(run);
  const result = {
    count,
    own: await heldOut(classifier, (await readRunTexts(run)).valid),
    others: await heldOut(classifier, valid),
  };
  rmSync(run, { recursive: true });
  return result;
}

async function heldOut(
  { tokenizer, labels, model, backend }: SentimentClassifier,
  examples: readonly Example[],
): Promise<HeldOut> {
  const encoded = await encodeExamples(tokenizer, labels, examples);
  return { ...encoded, logits: await networkLogits(model, backend, encoded.texts) };
}

/** Nats per text and the fraction that is right, of the other texts. */
function scoreWith(
  prior: EnsemblePrior,
  { own, others }: Trained,
): { readonly nats: number; readonly right: number } {
  const weights = fitEnsembleWeights(own, { bag: true }, prior);
  let [nats, right] = [0, 0];
  for (const [n, probabilities] of ensembleProbabilities(weights, others.texts, others.logits).entries()) {
    const label = others.labels[n] as number;
    nats -= Math.log(probabilities[label] as number);
    if (argmax(probabilities) === label) right++;
  }
  return { nats: nats / others.labels.length, right: right / others.labels.length };
}

function shown(scores: readonly { readonly nats: number; readonly right: number }[]): string {
  const mean = (of: 'nats' | 'right') => scores.reduce((sum, score) => sum + score[of], 0) / scores.length;
  return `${mean('nats').toFixed(3)}, ${(100 * mean('right')).toFixed(1)} %`;
}
