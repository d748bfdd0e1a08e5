import type { JsonObject } from '../files/json.ts';
import type { RecordedData } from './run-data.ts';

/** What an application knows of all its models. */
export interface CardText {
  /** Hugging Face's name of the task. */
  readonly task: 'text-generation' | 'text-classification' | 'translation' | 'time-series-forecasting';
  readonly summary: string;
  readonly intendedUse: string;
  readonly limits: string;
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
 * weights is not in it, since only who trained them can say it.
 *
 * Source: https://huggingface.co/docs/hub/model-cards
 */
export function modelCard(facts: CardFacts): string {
  const { app, name, task, data, parameters, steps, summary, intendedUse, limits } = facts;
  const metrics = numbersIn(facts.result);
  const index = metrics.flatMap(([metric, value]) => [
    `          - type: ${quoted(metric)}`,
    `            value: ${value}`,
  ]);
  return `---
library_name: unroll
pipeline_tag: ${task}
tags: [recurrent-neural-network, ${app}]
datasets: [${quoted(data.name)}]
model-index:
  - name: ${quoted(name)}
    results:
      - task: { type: ${task} }
        dataset: { name: ${quoted(data.name)}, type: ${quoted(data.name)} }
        metrics:${index.length > 0 ? `\n${index.join('\n')}` : ' []'}
---

# ${name}

${summary} It has ${parameters} parameters and was trained for ${steps} steps.

## Data

\`${data.name}\`, sha256 \`${data.sha256}\`. The licence of a named data set is in its \`dataset.json\` in @unroll/datasets; that of
other files is known to who trained the model. Add the licence of the weights to this page before you publish them.

## Metrics

| metric | value |
|---|---|
${metrics.map(([metric, value]) => `| ${metric} | ${value} |`).join('\n')}

Trained and evaluated with

    ${facts.trainCommand}

The best weights are evaluated again with

    ${facts.evaluateCommand}

## Intended use

${intendedUse}

## Limits

${limits}
`;
}

/** A string of JSON is one of YAML. */
const quoted = (text: string): string => JSON.stringify(text);

/** Every finite number, by its path: `valid.bitsPerCharacter`. Lists, such as a confusion matrix, are left out. */
function numbersIn(result: JsonObject, prefix = ''): [string, number][] {
  return Object.entries(result).flatMap(([key, value]): [string, number][] => {
    if (typeof value === 'number') return [[prefix + key, value]];
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return [];
    return numbersIn(value as JsonObject, `${prefix}${key}.`);
  });
}
