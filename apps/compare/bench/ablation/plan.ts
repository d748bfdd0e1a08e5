import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';

const flags = z.array(z.string());

/** What is varied: every part is trained on every data set, in every time, with every seed. */
const planSchema = z.object({
  app: z.enum(['char-lm', 'sentiment', 'translate']),
  /** The times that `--minutes` gets. */
  seconds: z.array(z.number()),
  seeds: z.array(z.int()),
  /** The flags that name each data set. */
  data: z.record(z.string(), flags),
  /** The flags that add or take away each part; the first has none, and is what the others are compared with. */
  parts: z.record(z.string(), flags),
});

const lossSchema = z.object({
  data: z.string(),
  seconds: z.number(),
  seed: z.int(),
  part: z.string(),
  steps: z.int(),
  /** The lowest validation loss, in nats per character, text or token. */
  loss: z.number(),
});

export type Plan = z.output<typeof planSchema>;
/** A finished run, one line of `<app>.jsonl`. */
export type Finished = z.output<typeof lossSchema>;
export type Run = Omit<Finished, 'steps' | 'loss'>;

const fileOf = (name: string): URL => new URL(name, import.meta.url);

/** The file of the finished runs of an application. */
export const lossesFile = (app: string): URL => fileOf(`${app}.jsonl`);

export const readPlan = (app: string): Plan =>
  planSchema.parse(JSON.parse(readFileSync(fileOf(`${app}.json`), 'utf8')));

export function readFinished(app: string): Finished[] {
  const file = lossesFile(app);
  const lines = existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n') : [];
  return lines.map((line) => lossSchema.parse(JSON.parse(line)));
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
