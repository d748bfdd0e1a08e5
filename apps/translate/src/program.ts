import { command, type Program } from '@unroll/run';
import { compareAttention } from './commands/compare.ts';
import {
  compareSchema,
  evaluateSchema,
  scoreSchema,
  tokensSchema,
  trainSources,
  translateSchema,
} from './commands/config.ts';
import { evaluateTranslator } from './commands/evaluate.ts';
import { scoreTranslations } from './commands/score.ts';
import { startTranslate } from './commands/start.ts';
import { showTokens } from './commands/tokens.ts';
import { trainTranslator } from './commands/train.ts';
import { translate } from './commands/translate.ts';

export const program: Program = {
  app: 'translate',
  invocation: 'npm run -s translate --',
  summary: 'Learns to translate from sentences and their translations.',
  commands: {
    start: command({
      summary: 'Trains on messages of a compiler, and shows what came of it.',
      ...trainSources,
      run: startTranslate,
    }),
    train: command({
      summary: 'Trains a translator on raw parallel text.',
      ...trainSources,
      run: async (config, context) => (await trainTranslator(config, context)).result,
    }),
    evaluate: command({
      summary: 'BLEU and chrF of a translator on held-out sentences.',
      schema: evaluateSchema,
      run: evaluateTranslator,
    }),
    translate: command({ summary: 'Translates sentences.', schema: translateSchema, run: translate }),
    score: command({
      summary: 'How likely a translator holds given translations.',
      schema: scoreSchema,
      run: scoreTranslations,
    }),
    tokens: command({ summary: 'The subwords a translator makes of a text.', schema: tokensSchema, run: showTokens }),
    compare: command({
      summary: 'Trains with each kind of attention and with none, and puts them side by side.',
      ...trainSources,
      schema: compareSchema,
      run: compareAttention,
    }),
  },
};
