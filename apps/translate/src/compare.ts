import { type Context, type JsonObject, table } from '@unroll/run';
import type { CompareConfig } from './config.ts';
import { judgementJson } from './judgement.ts';
import { trainTranslator } from './train.ts';

/** `compare`: the same training with each kind of attention and with none, in one table. */
export async function compareAttention(config: CompareConfig, context: Context): Promise<JsonObject> {
  const { attentions, out, ...common } = config;
  const rows: JsonObject[] = [];
  for (const attention of attentions) {
    const run = out === undefined ? {} : { out: `${out}-${attention}` };
    // `dot` compares a state of the decoder with a place of the source as they are, so they must be of one width.
    const decoderHidden = attention === 'dot' ? 2 * common.hidden : common.decoderHidden;
    const trained = await trainTranslator({ ...common, ...run, attention, decoderHidden }, context);
    rows.push({ attention, ...trained.result, ...judgementJson(trained.judgement) });
  }
  const number = (value: unknown, digits: number): string => Number(value).toFixed(digits);
  const score = (value: unknown): string => number((value as { score: number }).score, 2);
  context.out.write(
    `\n${table(
      ['attention', 'BLEU', 'chrF2', 'greedy BLEU', 'valid nats/token', 'weights', 'steps', 'seconds'],
      rows.map((row) => [
        String(row['attention']),
        score(row['bleu']),
        score(row['chrf2']),
        number(row['greedyBleu'], 2),
        number(row['validLoss'], 4),
        number(row['parameters'], 0),
        number(row['steps'], 0),
        number(row['seconds'], 0),
      ]),
    )}\n`,
  );
  return { runs: rows };
}
