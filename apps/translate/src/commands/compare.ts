import { type Context, Interrupt, Interrupted, type JsonObject, table } from '@unroll/run';
import type { CompareConfig } from './config.ts';
import { type Trained, trainTranslator } from './train.ts';

/** `compare`: the same training with each kind of attention and with none, in one table. */
export async function compareAttention(config: CompareConfig, context: Context): Promise<JsonObject> {
  const { attentions, out, ...common } = config;
  const runs: (Trained & { readonly attention: string })[] = [];
  using interrupt = new Interrupt(() => {}); // the training says what it does; one asked to stop at its end just ends
  for (const attention of attentions) {
    // `dot` compares a state of the decoder with a place of the source as they are, so they must be of one width.
    const decoderHidden = attention === 'dot' ? 2 * common.hidden : common.decoderHidden;
    const settings = { ...common, attention, decoderHidden, out: out && `${out}-${attention}` };
    const trained = await trainTranslator(settings, context);
    if (interrupt.isRequested) throw new Interrupted(`stopped before the table; ${trained.run} is done`);
    runs.push({ attention, ...trained });
  }
  context.out.write(
    `\n${table(
      ['attention', 'BLEU', 'chrF2', 'greedy BLEU', 'valid nats/token', 'weights', 'steps', 'seconds'],
      runs.map(({ attention, judgement, validLoss, parameters, steps, seconds }) => [
        attention,
        judgement.bleu.score.toFixed(2),
        judgement.chrf2.score.toFixed(2),
        judgement.greedyBleu.toFixed(2),
        validLoss.toFixed(4),
        parameters,
        steps,
        seconds.toFixed(0),
      ]),
    )}\n`,
  );
  return { runs: runs.map(({ attention, result }) => ({ attention, ...result })) };
}
