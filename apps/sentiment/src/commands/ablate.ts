import { type ClassificationScore, meanAndSd } from '@unroll/metrics';
import { type Context, command, type JsonObject, table } from '@unroll/run';
import { z } from 'zod';
import type { NamedScore } from '../evaluation.ts';
import { percent } from './score-tables.ts';
import { trainForScores } from './temporary-run.ts';
import { readTexts } from './train.ts';
import { type TrainConfig, trainRenamed, trainSchema, trainSources } from './train-flags.ts';

const {
  out: _out,
  resume: _resume,
  initFrom: _initFrom,
  tensorboard: _tensorboard,
  seed,
  minutes,
  ...shared
} = trainSchema.shape;

const ablateSources = {
  ...trainSources,
  schema: z.object({
    ...shared,
    minutes: minutes.meta({ description: 'minutes for each training, evaluation included' }),
    seeds: z.array(seed.unwrap()).min(1).default([1, 2, 3]).meta({
      description: 'seeds, one training of each step for each',
      placeholder: 'N,…',
      section: 'Length',
    }),
  }),
  chosenByMinutes: [],
  renamed: { ...trainRenamed, seed: 'seeds', numSeeds: 'seeds' },
};

export type AblateConfig = z.output<(typeof ablateSources)['schema']>;

/** The components of the method in the order they are added, and the settings that leave each out. */
const COMPONENTS: readonly { readonly name: string; readonly without: Partial<TrainConfig> }[] = [
  { name: 'a recurrent network on words', without: {} },
  { name: '+ character n-grams', without: { charNgramBuckets: 0 } },
  { name: '+ AFINN lexicon', without: { lexicon: false } },
  { name: '+ naive Bayes features', without: { nbFeatures: false } },
  { name: '+ ensemble of networks', without: { ensembleSize: 1 } },
];
const BAG = '+ bag of words';
const BAG_ALONE = 'bag of words alone';

/** `ablate`. */
export const ablateCommand = command({ ...ablateSources, run: ablateSentiment });

/**
 * `ablate`: starts from a plain recurrent network and adds the components of the method one by one, each step trained with
 * several seeds and scored on the validation texts; the test texts are not used. The bag of words is added last, to the
 * networks of the step before, and is scored alone too.
 */
async function ablateSentiment({ seeds, ...given }: AblateConfig, context: Context): Promise<JsonObject> {
  const config = trainSchema.parse(given);
  const corpus = await readTexts(config, context);
  const texts = { ...corpus, test: corpus.valid };
  const components = COMPONENTS.filter(({ without }, k) => k === 0 || !isWithout(config, without));
  const scores = new Map<string, ClassificationScore[]>();
  const add = (name: string, scored: NamedScore | undefined): void => {
    if (scored) scores.set(name, [...(scores.get(name) ?? []), scored.score]);
  };
  for (const [k, { name }] of components.entries()) {
    const later = components.slice(k + 1).map(({ without }) => without);
    const settings: TrainConfig = Object.assign({}, config, ...later, later.length > 0 && { bagOfWords: false });
    for (const seed of seeds) {
      context.err.write(`${name}, seed ${seed}\n`);
      const trained = await trainForScores({ ...settings, seed }, texts, context);
      const [whole] = trained.scores;
      const [network = whole, bag] = trained.components;
      add(name, network);
      if (bag) add(BAG, whole);
      add(BAG_ALONE, bag);
    }
  }
  const steps = [...scores].map(([name, all]) => ({
    name,
    accuracy: meanAndSd(all.map(({ accuracy }) => accuracy)),
    rocAuc: meanAndSd(all.map(({ rocAuc }) => rocAuc ?? Number.NaN)).mean,
  }));
  const rows = steps.map(({ name, accuracy: { mean, sd }, rocAuc }, k) => {
    const before = name === BAG_ALONE ? undefined : steps[k - 1];
    return [name, percent(mean), percent(sd), before ? points(mean - before.accuracy.mean) : '', rocAuc.toFixed(4)];
  });
  const title = `${texts.valid.length} validation texts, ${seeds.length === 1 ? '1 seed' : `${seeds.length} seeds`}`;
  context.out.write(`${table([title, 'accuracy % ↑', 'sd', 'gain', 'ROC-AUC ↑'], rows)}\n`);
  return {
    steps: steps.map(({ name, accuracy, rocAuc }) => ({ name, ...accuracy, rocAuc })),
    seeds,
    examples: texts.valid.length,
  };
}

const points = (fraction: number): string => `${fraction < 0 ? '-' : '+'}${(100 * Math.abs(fraction)).toFixed(2)}`;

/** Whether the settings leave this component out already. */
const isWithout = (config: TrainConfig, without: Partial<TrainConfig>): boolean =>
  Object.entries(without).every(([key, value]) => config[key as keyof TrainConfig] === value);
