import { isJsonObject, type Json, type JsonObject } from '../files/json.ts';
import type { RecordedData } from './run-data.ts';

/** What an application knows of all its models. */
export interface CardText {
  /** Hugging Face's name of the task. */
  readonly task: 'text-generation' | 'text-classification' | 'translation' | 'time-series-forecasting';
  readonly summary: string;
  readonly intendedUse: string;
  readonly limits: string;
  /** Which numbers of the result are metrics: their paths there, without the split, and their names with the unit. */
  readonly metrics: Readonly<Record<string, string>>;
  /** The flag of `evaluate` that chooses the split, if it needs one. */
  readonly splitFlag?: string;
  /** The named data set that the model was trained on; undefined for files of one's own. */
  readonly source?: CardSource | undefined;
}

/** What is known of a named data set. */
export interface CardSource {
  readonly title: string;
  readonly licence: string;
  readonly attribution: string;
  readonly origin: string;
  /** Of its texts, in ISO 639-1: `en`. */
  readonly languages?: readonly string[] | undefined;
}

export interface CardFacts extends CardText {
  readonly app: string;
  /** The name of the folder. */
  readonly name: string;
  readonly data: RecordedData;
  readonly parameters: number;
  readonly steps: number;
  /** What the final evaluation found. */
  readonly result: JsonObject;
  readonly trainCommand: string;
  readonly evaluateCommand: string;
}

/**
 * The model card of a finished run: `README.md` of its folder, with the metadata that Hugging Face reads. The licence of the
 * weights is `unknown` there, since only who trained them can say it.
 *
 * Source: https://huggingface.co/docs/hub/model-cards
 */
export function modelCard(facts: CardFacts): string {
  const { app, name, task, data, source, parameters, steps, summary, intendedUse, limits } = facts;
  const metrics = metricsOf(facts);
  const index = metrics.map(
    ({ split, title, value }) => `
      - task: { type: ${task} }
        dataset: { name: ${quoted(data.name)}, type: ${quoted(data.name)}, split: ${quoted(split)} }
        metrics: [{ type: ${quoted(title)}, value: ${value} }]`,
  );
  return `---
library_name: unroll
pipeline_tag: ${task}
tags: [recurrent-neural-network, ${app}]
${source?.languages ? `language: [${source.languages.map(quoted).join(', ')}]\n` : ''}license: unknown
datasets: [${quoted(data.name)}]
metrics: [${[...new Set(metrics.map(({ title }) => quoted(title)))].join(', ')}]
model-index:
  - name: ${quoted(name)}
    results:${index.length > 0 ? index.join('') : ' []'}
---

# ${name}

${summary} It has ${parameters} parameters and was trained for ${steps} steps.

## Data

${source ? `[${source.title}](${source.origin}), ${source.attribution}. Licence: ${source.licence}.` : 'The licence of the data is known to who trained the model.'}
\`${data.name}\`, sha256 \`${data.sha256}\`. Add the licence of the weights to this page before you publish them.

## Metrics

| metric | split | value | command |
|---|---|---|---|
${metrics.map(({ title, split, value, command }) => `| ${title} | ${split} | ${value} | \`${command}\` |`).join('\n')}

It was trained with

    ${facts.trainCommand}

## Intended use

${intendedUse}

## Limits

${limits}
`;
}

/** A string of JSON is one of YAML. */
const quoted = (text: string): string => JSON.stringify(text);

interface CardMetric {
  readonly title: string;
  readonly split: string;
  readonly value: number;
  readonly command: string;
}

/** The metrics of each split, in the order of the application's list. */
function metricsOf({ metrics, result, splitFlag, evaluateCommand }: CardFacts): CardMetric[] {
  const splits = SPLITS.filter((split) => isJsonObject(result[split]));
  const named = typeof result['data'] === 'string' ? result['data'] : 'valid';
  const parts =
    splits.length > 0 ? splits.map((split) => [split, result[split]] as const) : [[named, result] as const];
  return parts.flatMap(([split, part]) =>
    Object.entries(metrics).flatMap(([path, title]) => {
      const value = path
        .split('.')
        .reduce<Json | undefined>((at, key) => (isJsonObject(at) ? at[key] : undefined), part);
      const command = splitFlag ? `${evaluateCommand} ${splitFlag} ${split}` : evaluateCommand;
      return typeof value === 'number' ? [{ title, split, value, command }] : [];
    }),
  );
}

const SPLITS = ['valid', 'test'];
