import type { BpeModel } from './bpe-training.ts';
import { PRE_TOKENIZER_PATTERNS, type PreTokenizer } from './byte-level.ts';
import { DataError } from './data-error.ts';

/** The contents of a `tokenizer.json` with a byte-level BPE. */
export interface BpeFile extends BpeModel {
  readonly addPrefixSpace: boolean;
}

const BYTE_LEVEL = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true };
/** The same, after another pre-tokenizer. */
const BYTES_ALONE = { ...BYTE_LEVEL, use_regex: false };
const REMOVE_SPACE = { type: 'Strip', content: ' ', start: 1, stop: 0 };

/** Writes a tokenizer in the format of Hugging Face's `tokenizer.json`. */
export function writeBpe({ tokens, merges, specialTokens, preTokenizer, addPrefixSpace }: BpeFile): object {
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: specialTokens.map((content) => ({
      id: tokens.indexOf(content),
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: addPrefixSpace ? { type: 'Prepend', prepend: ' ' } : null,
    pre_tokenizer:
      preTokenizer === 'gpt2' ? BYTE_LEVEL : { type: 'Sequence', pretokenizers: [split(preTokenizer), BYTES_ALONE] },
    post_processor: null,
    decoder: addPrefixSpace ? { type: 'Sequence', decoders: [BYTE_LEVEL, REMOVE_SPACE] } : BYTE_LEVEL,
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
      merges: merges.map(([left, right]) => `${tokens[left]} ${tokens[right]}`),
    },
  };
}

const split = (rule: PreTokenizer): object => ({
  type: 'Split',
  pattern: { Regex: PRE_TOKENIZER_PATTERNS[rule] },
  behavior: 'Isolated',
  invert: false,
});

/** Settings that change ids or text, and the values that `BpeTokenizer` supports. */
const SUPPORTED: readonly (readonly [path: string, values: readonly unknown[]])[] = [
  ['model.type', ['BPE']],
  ['model.continuing_subword_prefix', [null, '', undefined]],
  ['model.end_of_word_suffix', [null, '', undefined]],
  ['model.ignore_merges', [false, undefined]],
  ['normalizer.type', ['Prepend', undefined]],
  ['normalizer.prepend', [' ', undefined]],
  ['post_processor.type', ['ByteLevel', undefined]],
];

/** The same for the two pre-tokenizers. */
const SUPPORTED_BY_PRE_TOKENIZER: Readonly<Record<PreTokenizer, typeof SUPPORTED>> = {
  gpt2: [
    ['pre_tokenizer.type', ['ByteLevel']],
    ['pre_tokenizer.add_prefix_space', [false]],
    ['pre_tokenizer.use_regex', [true, undefined]],
  ],
  words: [
    ['pre_tokenizer.pretokenizers.length', [2]],
    ['pre_tokenizer.pretokenizers.0.type', ['Split']],
    ['pre_tokenizer.pretokenizers.0.pattern.Regex', [PRE_TOKENIZER_PATTERNS.words]],
    ['pre_tokenizer.pretokenizers.0.behavior', ['Isolated']],
    ['pre_tokenizer.pretokenizers.0.invert', [false, undefined]],
    ['pre_tokenizer.pretokenizers.1.type', ['ByteLevel']],
    ['pre_tokenizer.pretokenizers.1.add_prefix_space', [false]],
    ['pre_tokenizer.pretokenizers.1.use_regex', [false]],
  ],
};

/**
 * Reads a `tokenizer.json` with a byte-level BPE, such as those of `writeBpe`, GPT-2 and Hugging Face's trainer.
 *
 * @throws DataError when a setting would give other ids than `BpeTokenizer` returns, or something is missing
 */
export function readBpe(json: unknown): BpeFile {
  const preTokenizer = lookUp(json, 'pre_tokenizer.type') === 'Sequence' ? 'words' : 'gpt2';
  for (const [path, values] of [...SUPPORTED, ...SUPPORTED_BY_PRE_TOKENIZER[preTokenizer]]) {
    const value = lookUp(json, path);
    if (values.includes(value)) continue;
    const wanted = values.map((allowed) => JSON.stringify(allowed) ?? 'absent').join(' or ');
    throw new DataError(
      `BpeTokenizer.fromJson: ${path} must be ${wanted}, got ${JSON.stringify(value) ?? 'nothing'}`,
    );
  }
  const specialTokens = readSpecialTokens(lookUp(json, 'added_tokens'));
  const tokens = readTokens(lookUp(json, 'model.vocab'), specialTokens);
  return {
    tokens,
    specialTokens: [...specialTokens.keys()],
    merges: readMerges(lookUp(json, 'model.merges'), tokens),
    preTokenizer,
    addPrefixSpace: lookUp(json, 'normalizer.type') === 'Prepend',
  };
}

function readSpecialTokens(added: unknown): Map<string, number> {
  const specialTokens = new Map<string, number>();
  for (const token of Array.isArray(added) ? added : []) {
    const [content, id] = [lookUp(token, 'content'), lookUp(token, 'id')];
    if (typeof content !== 'string' || typeof id !== 'number' || lookUp(token, 'special') !== true)
      throw new DataError(`BpeTokenizer.fromJson: added_tokens must be special tokens, got ${JSON.stringify(token)}`);
    specialTokens.set(content, id);
  }
  return specialTokens;
}

/** Returns the tokens by id. */
function readTokens(vocab: unknown, specialTokens: ReadonlyMap<string, number>): string[] {
  const ids = new Map<string, unknown>([...Object.entries(vocab ?? {}), ...specialTokens]);
  const tokens: string[] = [];
  for (const [token, id] of ids) {
    const isNext = typeof id === 'number' && Number.isInteger(id) && id >= 0 && id < ids.size;
    if (!isNext || tokens[id] !== undefined)
      throw new DataError(
        `BpeTokenizer.fromJson: model.vocab must number its ${ids.size} tokens from 0 on, each once, ` +
          `got ${JSON.stringify(id)} for ${JSON.stringify(token)}`,
      );
    tokens[id] = token;
  }
  return tokens;
}

/** Reads merges written as `"a b"`, or as `["a", "b"]` by later versions. */
function readMerges(merges: unknown, tokens: readonly string[]): BpeModel['merges'] {
  const ids = new Map(tokens.map((token, id) => [token, id]));
  return (Array.isArray(merges) ? merges : []).map((merge: unknown, rank) => {
    const pair: unknown[] = typeof merge === 'string' ? merge.split(' ') : Array.isArray(merge) ? merge : [];
    const [left, right] = pair.map((token) => ids.get(String(token)));
    if (pair.length !== 2 || left === undefined || right === undefined)
      throw new DataError(
        `BpeTokenizer.fromJson: model.merges[${rank}] must be two tokens, got ${JSON.stringify(merge)}`,
      );
    return [left, right];
  });
}

function lookUp(json: unknown, path: string): unknown {
  let value = json;
  for (const key of path.split('.'))
    value = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;
  return value;
}
