import { type ClassificationScore, spread } from '@unroll/metrics';
import { type Context, type JsonObject, table } from '@unroll/run';
import { type AblateConfig, type TrainConfig, trainSchema } from '../config.ts';
import { readLabelledTexts } from '../data/labelled-texts.ts';
import { type Judged, percent } from '../evaluation.ts';
import { trainForScores } from './training-trial.ts';

/** The parts of the method in the order they are added, and the settings under which each is still missing. */
const PARTS: readonly { readonly name: string; readonly without: Partial<TrainConfig> }[] = [
  { name: 'a recurrent network on words', without: {} },
  { name: '+ the parts of words', without: { parts: 0 } },
  { name: '+ the AFINN lexicon', without: { lexicon: false } },
  { name: '+ what the bag of words holds of each word', without: { evidence: false } },
  { name: '+ several networks, averaged', without: { members: 1 } },
];
const BAG = '+ the bag of words';
const BAG_ALONE = 'the bag of words alone';

/**
 * `ablate`: the settings' method, built up from a plain recurrent network part by part, each step trained on the same
 * texts with several seeds and judged on the validation texts; the test texts stay untouched. The bag of words comes last,
 * with the networks of the step before, and stands alone for comparison.
 */
export async function ablateSentiment({ seeds, ...given }: AblateConfig, context: Context): Promise<JsonObject> {
  const config = trainSchema.parse(given);
  const corpus = await readLabelledTexts(config);
  const texts = { ...corpus, test: corpus.valid };
  const parts = PARTS.filter(({ without }, k) => k === 0 || !isWithout(config, without));
  const scores = new Map<string, ClassificationScore[]>();
  const note = (name: string, judged: Judged | undefined): void => {
    if (judged) scores.set(name, [...(scores.get(name) ?? []), judged.score]);
  };
  for (const [k, { name }] of parts.entries()) {
    const later = parts.slice(k + 1).map(({ without }) => without);
    const settings: TrainConfig = Object.assign({}, config, ...later, later.length > 0 && { bagOfWords: false });
    for (let seed = config.seed; seed < config.seed + seeds; seed++) {
      context.err.write(`${name}, seed ${seed}\n`);
      const { judged, sides } = await trainForScores({ ...settings, seed }, texts, context);
      const [whole] = judged;
      const [network = whole, bag] = sides;
      note(name, network);
      if (bag) note(BAG, whole);
      note(BAG_ALONE, bag);
    }
  }
  const steps = [...scores].map(([name, all]) => ({
    name,
    accuracy: spread(all.map(({ accuracy }) => accuracy)),
    rocAuc: spread(all.map(({ rocAuc }) => rocAuc ?? Number.NaN)).mean,
  }));
  const rows = steps.map(({ name, accuracy: { mean, sd }, rocAuc }, k) => {
    const before = name === BAG_ALONE ? undefined : steps[k - 1];
    return [name, percent(mean), percent(sd), before ? points(mean - before.accuracy.mean) : '', rocAuc.toFixed(4)];
  });
  const title = `${texts.valid.length} validation texts, ${seeds === 1 ? '1 seed' : `${seeds} seeds`}`;
  context.out.write(`${table([title, 'accuracy', 'sd', 'gain', 'ROC-AUC'], rows)}\n`);
  return {
    steps: steps.map(({ name, accuracy, rocAuc }) => ({ name, ...accuracy, rocAuc })),
    seeds,
    examples: texts.valid.length,
  };
}

const points = (share: number): string => `${share < 0 ? '-' : '+'}${(100 * Math.abs(share)).toFixed(2)}`;

/** Whether the settings lack this part anyway. */
const isWithout = (config: TrainConfig, without: Partial<TrainConfig>): boolean =>
  Object.entries(without).every(([key, value]) => config[key as keyof TrainConfig] === value);
