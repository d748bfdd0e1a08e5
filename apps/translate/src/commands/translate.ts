import { writeFileSync } from 'node:fs';
import { ConfigError, Rng } from '@unroll/rnn-core';
import {
  backendFlags,
  type Context,
  command,
  type JsonObject,
  modelFlags,
  onFile,
  outputFlags,
  printJson,
} from '@unroll/run';
import { z } from 'zod';
import { drawHeatMap, heatMapOf } from '../attention/heat-map.ts';
import { heatMapPage } from '../attention/heat-map-page.ts';
import { openTranslator } from './open-translator.ts';
import {
  checkLengths,
  checkSearch,
  searchFlags,
  searchOptions,
  searchRenamed,
  searchRequires,
} from './search-flags.ts';
import { readSentences, textExclusive, textFlags } from './text-input.ts';

const translateSchema = z.object({
  ...modelFlags,
  ...textFlags,
  ...searchFlags,
  nBest: z.int().min(1).max(1000).default(1).meta({
    description: 'translations of each sentence, with their scores; at most --beam-size',
    section: 'Output',
  }),
  attention: z.boolean().default(false).meta({
    description: 'print the attention weights as a heat map',
    section: 'Output',
  }),
  attentionHtml: z.string().min(1).optional().meta({
    description: 'file to write the heat maps to, as a web page',
    section: 'Output',
    placeholder: 'FILE',
  }),
  attentionJson: z.string().min(1).optional().meta({
    description: 'file to write the attention weights to, as JSON',
    section: 'Output',
    placeholder: 'FILE',
  }),
  sample: z.int().min(1).max(10_000).optional().meta({
    description: 'sample this many translations of each sentence at random, instead of beam search',
    section: 'Sampling',
  }),
  temperature: z
    .number()
    .positive()
    .max(100)
    .default(1)
    .meta({ description: 'softmax temperature: lower = safer, higher = more varied', section: 'Sampling' }),
  topK: z
    .int()
    .min(0)
    .default(0)
    .meta({ description: 'sample from the k most probable subwords only; 0 = all', section: 'Sampling' }),
  seed: z
    .int()
    .min(0)
    .max(2 ** 32 - 1)
    .default(1)
    .meta({ description: 'random seed; the same seed samples the same translations', section: 'Sampling' }),
  ...backendFlags,
  ...outputFlags,
});

type TranslateConfig = z.output<typeof translateSchema>;

/** Sentences in, translations out, line by line; on request the n best, sampled ones, and the attention weights. */
async function translate(config: TranslateConfig, context: Context): Promise<JsonObject> {
  const { nBest, sample, temperature, topK, maxLength, seed, attention, attentionHtml, attentionJson } = config;
  const withAttention = attention || attentionHtml !== undefined || attentionJson !== undefined;
  using translator = await openTranslator(config, context);
  checkSearch(config, translator, config.dir);
  if (withAttention && translator.model.config.attention === 'none')
    throw new ConfigError(
      `--attention needs a model with attention; ${config.dir} was trained with --attention none`,
    );
  const sentences = await readSentences(config);
  const rng = Rng.seeded(seed).split('sample');
  const found =
    sample === undefined
      ? await translator.search(sentences, { ...searchOptions(config), nBest, withAttention })
      : sentences.map((sentence, k) =>
          translator.sample(sentence, { count: sample, temperature, topK, maxLength }, rng.split(k)),
        );

  const maps = withAttention
    ? found.map(([best], k) => heatMapOf(translator.tokenizer, sentences[k] ?? '', best))
    : [];
  for (const [k, translations] of found.entries()) {
    for (const { text, score } of translations)
      context.out.write(nBest > 1 || (sample ?? 0) > 1 ? `${k + 1}\t${score.toFixed(4)}\t${text}\n` : `${text}\n`);
    const map = maps[k];
    if (attention && map) context.out.write(`\n${drawHeatMap(map)}\n\n`);
  }
  if (attentionHtml !== undefined)
    onFile(attentionHtml, 'written', () => writeFileSync(attentionHtml, heatMapPage(maps)));
  if (attentionJson !== undefined)
    onFile(attentionJson, 'written', () => writeFileSync(attentionJson, printJson(maps.map((map) => ({ ...map })))));
  return {
    translations: sentences.map((source, k) => ({
      source,
      translations: (found[k] ?? []).map(({ text, score, logProbability }) => ({ text, score, logProbability })),
    })),
  };
}

export const translateCommand = command({
  summary: 'Translates sentences.',
  schema: translateSchema,
  exclusive: textExclusive,
  renamed: searchRenamed,
  requires: [
    {
      flags: ['beamSize', 'lengthPenalty', 'coveragePenalty', 'noRepeatNgramSize', 'minLength', 'evalBatchSize'],
      when: ({ sample }) => sample === undefined,
      needs: 'no --sample',
    },
    {
      flags: ['nBest', 'attention', 'attentionHtml', 'attentionJson'],
      when: ({ sample }) => sample === undefined,
      needs: 'no --sample',
    },
    { flags: ['temperature', 'topK', 'seed'], when: ({ sample }) => sample !== undefined, needs: '--sample' },
    ...searchRequires,
  ],
  check: (config) => {
    checkLengths(config);
    const { nBest, beamSize } = config;
    if (nBest > beamSize) throw new ConfigError(`--n-best must be at most --beam-size ${beamSize}, got ${nBest}`);
  },
  run: translate,
});
