import {
  backendFlags,
  type Context,
  command,
  dataFlags,
  type JsonObject,
  modelFlags,
  outputFlags,
  readTextFile,
} from '@unroll/run';
import { z } from 'zod';
import { evaluateHeldOut } from '../evaluation.ts';
import { type EncodedCorpus, startOfText } from '../tokenizer.ts';
import { readRunCorpus } from './encoded-corpus.ts';
import { openModel } from './open-model.ts';
import { heldOutJson, heldOutTable } from './score-table.ts';

const evaluateSchema = z.object({
  ...modelFlags,
  data: z.string().optional().meta({
    description: 'text to evaluate on; by default the text that the run held out',
    placeholder: 'FILE',
    section: 'Data',
  }),
  ...dataFlags,
  ...backendFlags,
  ...outputFlags,
});

type EvaluateConfig = z.output<typeof evaluateSchema>;

/** `evaluate`: the score of a trained model on the text that its run held out, or on another. */
export const evaluateCommand = command({
  summary: 'Scores a model on held-out text: each character once, with the state carried over the whole text.',
  schema: evaluateSchema,
  requires: [
    {
      flags: ['dataDir'],
      when: ({ data }) => data === undefined,
      needs: 'the text that the run held out, without --data',
    },
  ],
  run: evaluate,
});

async function evaluate(config: EvaluateConfig, context: Context): Promise<JsonObject> {
  using opened = await openModel(config, context);
  context.err.write(`${opened.reason}\n`);
  const { model, vocabulary, backend } = opened.lm;
  const score = await evaluateHeldOut(model, backend, await readText());
  context.out.write(`${heldOutTable(score, vocabulary.unit)}\n`);
  return { ...heldOutJson(score), backend: backend.name, run: config.dir };

  async function readText(): Promise<Pick<EncodedCorpus, 'train' | 'heldOut'>> {
    const { data } = config;
    if (data === undefined) return await readRunCorpus(config.dir, vocabulary, config.dataDir);
    const encoded = vocabulary.encodeWithFallback(readTextFile(data));
    return { train: startOfText(vocabulary), heldOut: [{ name: data, encoded }] };
  }
}
