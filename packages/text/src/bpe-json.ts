import type { BpeModel } from './bpe-training.ts';
import { PIECE_PATTERNS, type PieceRule } from './byte-level.ts';
import { DataError } from './data-error.ts';

/** What a `tokenizer.json` says of a byte-level BPE. */
export interface BpeFile extends BpeModel {
  readonly leadingBlank: boolean;
}

const BYTE_LEVEL = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true };
/** The same, for pieces that are cut already. */
const BYTES_ALONE = { ...BYTE_LEVEL, use_regex: false };
const BLANK_AWAY = { type: 'Strip', content: ' ', start: 1, stop: 0 };

/** The tokenizer in the form of Hugging Face's `tokenizer.json`. */
export function writeBpe({ tokens, merges, specials, pieces, leadingBlank }: BpeFile): object {
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: specials.map((content) => ({
      id: tokens.indexOf(content),
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: leadingBlank ? { type: 'Prepend', prepend: ' ' } : null,
    pre_tokenizer: pieces === 'gpt2' ? BYTE_LEVEL : { type: 'Sequence', pretokenizers: [split(pieces), BYTES_ALONE] },
    post_processor: null,
    decoder: leadingBlank ? { type: 'Sequence', decoders: [BYTE_LEVEL, BLANK_AWAY] } : BYTE_LEVEL,
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

const split = (rule: PieceRule): object => ({
  type: 'Split',
  pattern: { Regex: PIECE_PATTERNS[rule] },
  behavior: 'Isolated',
  invert: false,
});

/** Settings that change ids or text, and the values with which they do what `BpeTokenizer` does. */
const UNDERSTOOD: readonly (readonly [path: string, values: readonly unknown[]])[] = [
  ['model.type', ['BPE']],
  ['model.continuing_subword_prefix', [null, '', undefined]],
  ['model.end_of_word_suffix', [null, '', undefined]],
  ['model.ignore_merges', [false, undefined]],
  ['normalizer.type', ['Prepend', undefined]],
  ['normalizer.prepend', [' ', undefined]],
  ['post_processor.type', ['ByteLevel', undefined]],
];

/** The same for the two ways to cut a text into pieces. */
const CUTS: Readonly<Record<PieceRule, typeof UNDERSTOOD>> = {
  gpt2: [
    ['pre_tokenizer.type', ['ByteLevel']],
    ['pre_tokenizer.add_prefix_space', [false]],
    ['pre_tokenizer.use_regex', [true, undefined]],
  ],
  words: [
    ['pre_tokenizer.pretokenizers.length', [2]],
    ['pre_tokenizer.pretokenizers.0.type', ['Split']],
    ['pre_tokenizer.pretokenizers.0.pattern.Regex', [PIECE_PATTERNS.words]],
    ['pre_tokenizer.pretokenizers.0.behavior', ['Isolated']],
    ['pre_tokenizer.pretokenizers.0.invert', [false, undefined]],
    ['pre_tokenizer.pretokenizers.1.type', ['ByteLevel']],
    ['pre_tokenizer.pretokenizers.1.add_prefix_space', [false]],
    ['pre_tokenizer.pretokenizers.1.use_regex', [false]],
  ],
};

/**
 * Reads a `tokenizer.json` with a byte-level BPE, such as `writeBpe`, GPT-2 or Hugging Face's trainer has it.
 *
 * @throws DataError when it asks for something that would give other ids than `BpeTokenizer`, or is not whole
 */
export function readBpe(json: unknown): BpeFile {
  const pieces = lookUp(json, 'pre_tokenizer.type') === 'Sequence' ? 'words' : 'gpt2';
  for (const [path, values] of [...UNDERSTOOD, ...CUTS[pieces]]) {
    const value = lookUp(json, path);
    if (values.includes(value)) continue;
    const wanted = values.map((allowed) => JSON.stringify(allowed) ?? 'absent').join(' or ');
    throw new DataError(
      `BpeTokenizer.fromJson: ${path} must be ${wanted}, got ${JSON.stringify(value) ?? 'nothing'}`,
    );
  }
  const specials = readSpecials(lookUp(json, 'added_tokens'));
  const tokens = readTokens(lookUp(json, 'model.vocab'), specials);
  return {
    tokens,
    specials: [...specials.keys()],
    merges: readMerges(lookUp(json, 'model.merges'), tokens),
    pieces,
    leadingBlank: lookUp(json, 'normalizer.type') === 'Prepend',
  };
}

function readSpecials(added: unknown): Map<string, number> {
  const specials = new Map<string, number>();
  for (const token of Array.isArray(added) ? added : []) {
    const [content, id] = [lookUp(token, 'content'), lookUp(token, 'id')];
    if (typeof content !== 'string' || typeof id !== 'number' || lookUp(token, 'special') !== true)
      throw new DataError(`BpeTokenizer.fromJson: added_tokens must be special tokens, got ${JSON.stringify(token)}`);
    specials.set(content, id);
  }
  return specials;
}

/** Tokens by id, each id once. */
function readTokens(vocab: unknown, specials: ReadonlyMap<string, number>): string[] {
  const ids = new Map<string, unknown>([...Object.entries(vocab ?? {}), ...specials]);
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

/** Merges as `"a b"`, or as `["a", "b"]`, which later versions write. */
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
