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
  shownText,
  write,
} from '@unroll/run';
import { z } from 'zod';
import { drawHeatMap, type HeatMap, heatMapOf } from '../attention/heat-map.ts';
import { heatMapPage } from '../attention/heat-map-page.ts';
import type { Translation, Translator } from '../translator.ts';
import { openTranslator } from './open-translator.ts';
import { checkLengths, checkSearch, searchFlags, searchOptions, searchRenamed } from './search-flags.ts';
import { readSentences, textExclusive, textFlags, textRenamed } from './text-input.ts';

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

const BATCHES = 16; // read at once, since sentences of similar length are translated together

/**
 * Sentences in, translations out, line by line and while the rest is read; on request the n best, sampled ones, and the attention
 * weights.
 */
async function translate(config: TranslateConfig, context: Context): Promise<JsonObject> {
  const { nBest, sample, attention, attentionHtml, attentionJson, evalBatchSize, json } = config;
  const withMaps = attentionHtml !== undefined || attentionJson !== undefined;
  const withAttention = attention || withMaps;
  using translator = await openTranslator(config, context);
  checkSearch(config, translator, config.dir);
  if (withAttention && translator.model.config.attention === 'none')
    throw new ConfigError(
      `--attention needs a model with attention; ${config.dir} was trained with --attention none`,
    );
  const isNumbered = nBest > 1 || (sample ?? 0) > 1;
  const maps: HeatMap[] = [];
  const printed: JsonObject[] = [];
  let count = 0;
  const check = (sentence: string, where: string) => translator.tokenizer.encodeSource(sentence, where);
  for await (const { items, failure } of readSentences(config, BATCHES * evalBatchSize, check)) {
    const found = await translated(translator, items, { ...config, withAttention, before: count });
    for (const [k, translations] of found.entries()) {
      const source = items[k] as string;
      count++;
      for (const { text, score } of translations)
        await write(context.out, isNumbered ? `${count}\t${score.toFixed(4)}\t${text}\n` : `${text}\n`);
      const map = withAttention ? heatMapOf(translator.tokenizer, source, translations[0]) : undefined;
      if (attention && map) await write(context.out, `\n${drawHeatMap(shown(map))}\n\n`);
      if (withMaps && map) maps.push(map);
      if (json) printed.push({ source, translations: translations.map(scoresOf) });
    }
    if (failure !== undefined) throw failure;
  }
  if (attentionHtml !== undefined)
    onFile(attentionHtml, 'written', () => writeFileSync(attentionHtml, heatMapPage(maps)));
  if (attentionJson !== undefined)
    onFile(attentionJson, 'written', () => writeFileSync(attentionJson, printJson(maps.map((map) => ({ ...map })))));
  return { translations: printed };
}

/** A map whose control characters are shown, so that its columns line up. */
const shown = (map: HeatMap): HeatMap => ({
  ...map,
  source: map.source.map(shownText),
  target: map.target.map(shownText),
});

/** The translations of consecutive sentences, of which `before` came earlier. */
async function translated(
  translator: Translator,
  sentences: readonly string[],
  config: TranslateConfig & { readonly withAttention: boolean; readonly before: number },
): Promise<Translation[][]> {
  const { sample, temperature, topK, maxLength, seed, nBest, withAttention, before } = config;
  if (sample === undefined)
    return await translator.search(sentences, { ...searchOptions(config), nBest, withAttention });
  const rng = Rng.seeded(seed).split('sample');
  return sentences.map((sentence, k) =>
    translator.sample(sentence, { count: sample, temperature, topK, maxLength }, rng.split(before + k)),
  );
}

const scoresOf = ({ text, score, logProbability }: Translation): JsonObject => ({ text, score, logProbability });

export const translateCommand = command({
  schema: translateSchema,
  exclusive: textExclusive,
  renamed: { ...searchRenamed, ...textRenamed },
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
    { flags: ['temperature', 'seed'], when: ({ topK }) => topK !== 1, needs: '--top-k other than 1' },
    {
      flags: ['lengthPenalty', 'coveragePenalty'],
      when: ({ beamSize, json }) => beamSize > 1 || json, // which has the score
      needs: '--beam-size of at least 2',
    },
  ],
  check: (config) => {
    checkLengths(config);
    const { nBest, beamSize } = config;
    if (nBest > beamSize) throw new ConfigError(`--n-best must be at most --beam-size ${beamSize}, got ${nBest}`);
  },
  run: translate,
});
