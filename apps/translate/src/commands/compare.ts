import { type Context, command, type FinishedRun, type JsonObject, table } from '@unroll/run';
import { z } from 'zod';
import { ATTENTIONS } from '../model/model-config.ts';
import {
  checkDataAndSearch,
  type HeldOutEvaluation,
  trainRequires,
  trainSchema,
  trainSources,
  trainTranslator,
} from './train.ts';

const compareSchema = trainSchema.omit({ attention: true, resume: true, initFrom: true }).extend({
  minutes: trainSchema.shape.minutes.meta({ description: 'minutes for each training, evaluation included' }),
  attentions: z
    .array(z.enum(ATTENTIONS))
    .min(1)
    .default([...ATTENTIONS])
    .meta({
      description: 'kinds of attention to train with',
      placeholder: `${ATTENTIONS.join('|')},…`,
      section: 'Model',
    }),
});

async function compare(config: z.output<typeof compareSchema>, context: Context): Promise<JsonObject> {
  const { attentions, out, ...common } = config;
  const runs: (FinishedRun<HeldOutEvaluation> & { readonly attention: string })[] = [];
  for (const attention of attentions) {
    // `dot` multiplies a decoder state with an encoder state, so they must have the same size.
    const decoderHiddenSize = attention === 'dot' ? 2 * common.hiddenSize : common.decoderHiddenSize;
    const settings = {
      ...common,
      attention,
      decoderHiddenSize,
      resume: undefined,
      out: out && `${out}-${attention}`,
    };
    const trained = await trainTranslator(settings, context);
    runs.push({ attention, ...trained });
  }
  context.out.write(
    `\n${table(
      ['attention', 'BLEU ↑', 'chrF2 ↑', 'greedy BLEU ↑', 'valid nats/token ↓', 'parameters', 'steps', 'seconds'],
      runs.map(({ attention, evaluation, bestLoss, parameters, steps, seconds }) => [
        attention,
        evaluation.bleu.score.toFixed(2),
        evaluation.chrf2.score.toFixed(2),
        evaluation.greedyBleu.toFixed(2),
        bestLoss.toFixed(4),
        parameters,
        steps,
        seconds.toFixed(0),
      ]),
    )}\n`,
  );
  return { runs: runs.map(({ attention, result }) => ({ attention, ...result })) };
}

export const compareCommand = command({
  ...trainSources,
  requires: [
    ...trainRequires,
    {
      flags: ['coveragePenalty'],
      when: ({ attentions }) => attentions.some((attention) => attention !== 'none'),
      needs: '--attentions general, dot or additive',
    },
    {
      flags: ['decoderHiddenSize'], // of dot it is twice the hidden size
      when: ({ attentions }) => attentions.some((attention) => attention !== 'dot'),
      needs: '--attentions general, additive or none',
    },
  ],
  check: checkDataAndSearch,
  schema: compareSchema,
  chosenByMinutes: [],
  run: compare,
});
