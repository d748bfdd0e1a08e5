import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path/posix';
import { z } from 'zod';

const flags = z.array(z.string());

/** What is varied: every part is trained on every data set, in every time, with every seed. */
const planSchema = z.object({
  /** The times that `--minutes` gets. */
  seconds: z.array(z.number()),
  seeds: z.array(z.int()),
  /** The flags that name each data set. */
  data: z.record(z.string(), flags),
  /** The flags with each part added or taken away; the first is what the others are compared with. */
  parts: z.record(z.string(), flags),
  /** The flags of `evaluate`, after which the chrF2 of translations is recorded too; without them only the loss is. */
  evaluate: flags.optional(),
});

const finishedSchema = z.object({
  data: z.string(),
  seconds: z.number(),
  seed: z.int(),
  part: z.string(),
  steps: z.int(),
  /** The lowest validation loss of a checkpoint, in nats per character, text or token. */
  loss: z.number(),
  /** With `--average-checkpoints`, the lowest validation loss of an average, in the same unit. */
  averaged: z.number().optional(),
  /** chrF2 of the validation translations, where the plan has flags of `evaluate`. */
  chrf2: z.number().optional(),
});

/** What a file such as `char-lm/parts.json` holds. */
export type Plan = z.output<typeof planSchema>;
/** A finished run, one line of a file such as `char-lm/parts.jsonl`. */
export type Finished = z.output<typeof finishedSchema>;
/** A run of a plan. */
export type Run = Pick<Finished, 'data' | 'seconds' | 'seed' | 'part'>;

const fileOf = (name: string): URL => new URL(name, import.meta.url);

/** The names of all plans: the application, which is their folder, and the file. */
export const PLANS: readonly string[] = readdirSync(fileOf('.'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.json'))
  .map((name) => name.replace('.json', ''));

/** The application that a plan trains. */
export const appOf = (name: string): string => dirname(name);

/** The README with the tables of a plan. */
export const readmeOf = (name: string): string => readFileSync(fileOf(join(appOf(name), 'README.md')), 'utf8');

/** The file of the finished runs of a plan. */
export const finishedFile = (name: string): URL => fileOf(`${name}.jsonl`);

export const readPlan = (name: string): Plan =>
  planSchema.parse(JSON.parse(readFileSync(fileOf(`${name}.json`), 'utf8')));

export function readFinished(name: string): Finished[] {
  const file = finishedFile(name);
  const lines = existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n') : [];
  return lines.map((line) => finishedSchema.parse(JSON.parse(line)));
}

/** All runs of a plan, those that are compared with each other one after another. */
export const runsOf = ({ seconds, seeds, data, parts }: Plan): Run[] =>
  seeds.flatMap((seed) =>
    Object.keys(data).flatMap((name) =>
      seconds.flatMap((time) => Object.keys(parts).map((part) => ({ data: name, seconds: time, seed, part }))),
    ),
  );

export const isSame = (a: Run, b: Run): boolean =>
  a.data === b.data && a.seconds === b.seconds && a.seed === b.seed && a.part === b.part;
