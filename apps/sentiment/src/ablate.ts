import { spread } from '@unroll/metrics';
import { type Context, type JsonObject, table } from '@unroll/run';
import { type AblateConfig, type TrainConfig, trainSchema } from './config.ts';
import { percent } from './evaluation.ts';
import { decision } from './judge.ts';
import { readLabelledTexts } from './labelled-texts.ts';
import { type EncodedExamples, encodeExamples, prepareTexts } from './prepared-texts.ts';
import { trainForFigures } from './training-trial.ts';

/** The parts of the method in the order they are added, and the settings under which each is still missing. */
const PARTS: readonly { readonly name: string; readonly without: Partial<TrainConfig> }[] = [
  { name: 'a recurrent network on words', without: {} },
  { name: '+ the parts of words', without: { parts: 0 } },
  { name: '+ the AFINN lexicon', without: { lexicon: false } },
  { name: '+ what the bag of words holds of each word', without: { evidence: false } },
  { name: '+ several networks, averaged', without: { members: 1 } },
  { name: '+ the bag of words', without: { bagOfWords: false } },
];

/**
 * `ablate`: the settings' method, built up from a plain recurrent network part by part, each step trained on the same
 * texts with several seeds and judged on the validation texts; the test texts stay untouched.
 */
export async function ablateSentiment({ seeds, ...given }: AblateConfig, context: Context): Promise<JsonObject> {
  const config = trainSchema.parse(given);
  const corpus = await readLabelledTexts(config);
  const texts = { ...corpus, test: corpus.valid };
  const steps: Step[] = [];
  for (const [k, { name, without }] of PARTS.entries()) {
    if (k > 0 && isWithout(config, without)) continue;
    const settings: TrainConfig = Object.assign({}, config, ...PARTS.slice(k + 1).map((later) => later.without));
    const accuracies: number[] = [];
    for (let seed = config.seed; seed < config.seed + seeds; seed++) {
      context.err.write(`${name}, seed ${seed}\n`);
      const { judged } = await trainForFigures({ ...settings, seed }, texts, context);
      accuracies.push(judged[0]?.score.accuracy ?? Number.NaN);
    }
    steps.push({ name, accuracy: spread(accuracies) });
  }
  const { reader, labels } = await prepareTexts(texts, config);
  const alone = {
    name: 'the bag of words alone',
    accuracy: spread([bagAccuracy(encodeExamples(reader, labels, texts.valid))]),
  };
  const rows = steps.map((step, k) => [...cells(step), gain(step, steps[k - 1])]);
  context.out.write(
    `${table([`${texts.valid.length} validation texts, ${seeds} seeds`, 'accuracy', 'sd', 'gain'], [...rows, cells(alone)])}\n`,
  );
  return {
    steps: [...steps, alone].map(({ name, accuracy }) => ({ name, ...accuracy })),
    seeds,
    examples: texts.valid.length,
  };
}

interface Step {
  readonly name: string;
  readonly accuracy: ReturnType<typeof spread>;
}

const cells = ({ name, accuracy }: Step): string[] => [name, percent(accuracy.mean), percent(accuracy.sd)];

function gain({ accuracy }: Step, before: Step | undefined): string {
  if (!before) return '';
  const points = 100 * (accuracy.mean - before.accuracy.mean);
  return `${points < 0 ? '-' : '+'}${Math.abs(points).toFixed(2)}`;
}

/** What the bag of words comes to without any network. */
const bagAccuracy = ({ texts, labels }: EncodedExamples): number =>
  texts.filter(({ prior }, n) => decision(prior) === labels[n]).length / labels.length;

/** Whether the settings lack this part anyway. */
const isWithout = (config: TrainConfig, without: Partial<TrainConfig>): boolean =>
  Object.entries(without).every(([key, value]) => config[key as keyof TrainConfig] === value);
