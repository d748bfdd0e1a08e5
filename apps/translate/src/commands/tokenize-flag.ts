import { bleuTokenizers } from '@unroll/metrics';
import { z } from 'zod';

const TOKENIZERS = Object.keys(bleuTokenizers) as [keyof typeof bleuTokenizers];
const needs = (what: string) =>
  `it needs ${what}, which no maintained npm package carries with the same tokens; use char`;

/** The tokenizer of BLEU. */
export const tokenize = z
  .enum(TOKENIZERS)
  .optional()
  .meta({
    description:
      'tokenizer of BLEU; by default recognised from the references: zh for Chinese, char for Japanese, Korean, Thai, Lao, Khmer, Burmese and Tibetan, else 13a',
    section: 'BLEU',
    unavailable: {
      'ja-mecab': needs('MeCab and its IPADIC'),
      'ko-mecab': needs('MeCab and its Korean dictionary'),
      ...Object.fromEntries(
        ['spm', 'flores101', 'flores200', 'spBLEU-1K'].map((name) => [name, needs('a SentencePiece model')]),
      ),
    },
  });
