import {
  backendFlags,
  type Context,
  command,
  count,
  dataFlags,
  fileSource,
  fractionProgress,
  type JsonObject,
  modelFlags,
  outputFlags,
  readPieces,
  readTextFile,
  significant,
} from '@unroll/run';
import { z } from 'zod';
import { DynamicEvaluation } from '../evaluation/dynamic-evaluation.ts';
import { evaluateHeldOut, type HeldOutScore } from '../evaluation/held-out.ts';
import { type EncodedCorpus, startOfText, UNITS } from '../tokenizer.ts';
import { readRunCorpus } from './encoded-corpus.ts';
import { openModel } from './open-model.ts';
import { heldOutJson, heldOutTable } from './score-table.ts';

const TUNED_ON = 10_000; // characters

const evaluateSchema = z.object({
  ...modelFlags,
  data: z.string().min(1).optional().meta({
    description: 'text to evaluate on; by default the text that the run held out',
    placeholder: 'FILE',
    section: 'Data',
  }),
  ...dataFlags,
  dynamic: z.boolean().default(false).meta({
    description:
      'also score with weights that adapt to the text while it is read (dynamic evaluation, Krause et al. 2018)',
    section: 'Evaluation',
  }),
  ...backendFlags,
  ...outputFlags,
});

type EvaluateConfig = z.output<typeof evaluateSchema>;

/** `evaluate`: the score of a trained model on the text that its run held out, or on another. */
export const evaluateCommand = command({
  schema: evaluateSchema,
  requires: [
    {
      flags: ['dataDir'],
      when: ({ data, dynamic }) => data === undefined || dynamic,
      needs: 'the text that the run held out, without --data, or --dynamic',
    },
  ],
  run: evaluate,
});

async function evaluate(config: EvaluateConfig, context: Context): Promise<JsonObject> {
  using opened = await openModel(config, context);
  context.err.write(`${opened.reason}\n`);
  const { model, parameters, vocabulary, backend } = opened.lm;
  const report = (score: HeldOutScore): JsonObject => {
    context.out.write(`${heldOutTable(score, vocabulary.unit)}\n`);
    return { ...heldOutJson(score), backend: backend.name, run: config.dir };
  };
  if (config.data !== undefined && !config.dynamic)
    return report({ whole: await opened.lm.scorePieces(readPieces(fileSource(config.data))), parts: [] });
  const ofRun = await readRunCorpus(config.dir, vocabulary, config.dataDir);
  const text = config.data === undefined ? ofRun : ownText(config.data);
  const result = report(await evaluateHeldOut(model, backend, text));
  if (!config.dynamic) return result;

  context.err.write('Scoring again with weights that adapt to the text, which takes several times as long.\n');
  const adapting = await adaptedTo(ofRun);
  const dynamic = await evaluateHeldOut(model, backend, text, (ids, options) =>
    adapting.negativeLogLikelihoods(ids, options, fractionProgress('Scoring with adapting weights', context.err)),
  );
  const rate = significant(adapting.learningRate, 2);
  context.out.write(`\ndynamic evaluation: weights that adapt to the text, learning rate ${rate}\n`);
  context.out.write(`${heldOutTable(dynamic, vocabulary.unit)}\n`);
  return { ...result, dynamic: { ...heldOutJson(dynamic), learningRate: adapting.learningRate } };

  function ownText(data: string): Pick<EncodedCorpus, 'train' | 'heldOut'> {
    const encoded = vocabulary.encodeWithFallback(readTextFile(data));
    return { train: startOfText(vocabulary), heldOut: [{ name: data, encoded }] };
  }

  /** With the learning rate that is best on the beginning of the text that validated the training. */
  async function adaptedTo({ train, valid }: EncodedCorpus): Promise<DynamicEvaluation> {
    const untuned = await DynamicEvaluation.prepare(model, parameters, train);
    const ids = valid.encoded.ids.subarray(0, TUNED_ON);
    const { one, many } = UNITS[vocabulary.unit];
    context.err.write(`Trying learning rates on the first ${count(ids.length)} ${many} of the held-out text:\n`);
    return await untuned.tuned(ids, { context: train.slice(-1) }, ({ learningRate, loss }) =>
      context.err.write(`  ${significant(learningRate, 2)}: ${loss.toFixed(4)} nats per ${one}\n`),
    );
  }
}
