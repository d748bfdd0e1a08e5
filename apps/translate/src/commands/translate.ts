import { writeFileSync } from 'node:fs';
import { ConfigError, Rng } from '@unroll/rnn-core';
import { type Context, type JsonObject, onFile, printJson } from '@unroll/run';
import { drawHeatMap, type HeatMap } from '../attention-map/heat-map.ts';
import { attentionPage } from '../attention-map/heat-map-page.ts';
import { sampleTranslations } from '../search/sampling.ts';
import { type Interpreter, searchOptions, type Translation, translateAll } from '../search/translating.ts';
import type { Subwords } from '../tokenizer.ts';
import { ended } from '../training/teacher-forcing.ts';
import type { TranslateConfig } from './config.ts';
import { readSentences } from './input.ts';
import { openModel } from './trained-model.ts';

const END = '⏎';

/** `translate`: sentences in, translations out, line by line; on request the n best, drawn ones, and where the model looked. */
export async function translate(config: TranslateConfig, context: Context): Promise<JsonObject> {
  const { nBest, beam, sample, attention, attentionHtml, attentionJson } = config;
  if (nBest > beam) throw new ConfigError(`--n-best must be at most --beam, ${beam}, got ${nBest}`);
  const looks = attention || attentionHtml !== undefined || attentionJson !== undefined;
  if (sample > 0 && (looks || nBest > 1))
    throw new ConfigError('--sample must not stand beside --n-best or --attention');
  const sentences = await readSentences(config);
  using trained = await openModel(config, context);
  if (looks && trained.model.config.attention === 'none')
    throw new ConfigError(
      `--attention must be asked of a model that has it, got ${config.dir}, which was trained with none`,
    );
  const found =
    sample > 0
      ? sentences.map((sentence, k) => drawTranslations(trained, sentence, config, k))
      : await translateAll(trained, sentences, searchOptions(config, { best: nBest, withAttention: looks }));

  for (const [k, translations] of found.entries()) {
    for (const { text, score } of translations)
      context.out.write(nBest > 1 || sample > 1 ? `${k + 1}\t${score.toFixed(4)}\t${text}\n` : `${text}\n`);
    if (attention)
      context.out.write(`\n${drawHeatMap(heatMap(trained.subwords, sentences[k] ?? '', translations[0]))}\n\n`);
  }
  const maps = looks ? found.map(([best], k) => heatMap(trained.subwords, sentences[k] ?? '', best)) : [];
  if (attentionHtml !== undefined)
    onFile(attentionHtml, 'written', () => writeFileSync(attentionHtml, attentionPage(maps)));
  if (attentionJson !== undefined)
    onFile(attentionJson, 'written', () => writeFileSync(attentionJson, printJson(maps.map((map) => ({ ...map })))));
  return {
    translations: sentences.map((source, k) => ({
      source,
      translations: (found[k] ?? []).map(({ text, score, logProbability }) => ({ text, score, logProbability })),
    })),
  };
}

/** Where the model looked when it wrote a translation. */
export function heatMap(
  { source, target }: Subwords,
  sentence: string,
  translation: Translation | undefined,
): HeatMap {
  return {
    source: names(source, source.encode(sentence.normalize('NFC').trim())),
    target: names(target, translation?.ids ?? []),
    weights: (translation?.attention ?? []).map((row) => Array.from(row, (weight) => Number(weight.toFixed(4)))),
  };
}

/** The texts of subwords, and of the end. */
const names = (tokenizer: Subwords['source'], ids: Iterable<number>): string[] => [
  ...Array.from(ids, (id) => tokenizer.textOf(id)),
  END,
];

function drawTranslations(
  { subwords, ...writer }: Interpreter,
  sentence: string,
  { sample, temperature, topK, maxLength, seed }: TranslateConfig,
  place: number,
): Translation[] {
  const source = ended(subwords.source.encode(sentence.normalize('NFC').trim()), subwords.boundaries.source);
  const rng = Rng.seeded(seed).split('sample').split(place);
  return sampleTranslations(writer, source, { count: sample, temperature, topK, maxLength }, rng).map((one) => ({
    ...one,
    text: subwords.target.decode(one.ids),
  }));
}
