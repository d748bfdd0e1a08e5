import { ConfigError } from '@unroll/rnn-core';

/**
 * Patterns of the names in a file, and what each is called in the model; null leaves a name out. The first pattern that
 * matches counts, and a name that none matches keeps its name.
 *
 *     { 'encoder.*': 'rnn.*', 'rnn.{part}_l{k}': 'layers.{k}.{part}_l0', '*.num_batches_tracked': null }
 *
 * `*` stands for any characters, `{k}` for some that are no dot; on the right they stand for what they matched on the left,
 * each `*` in its turn.
 */
export type NameMapping = Readonly<Record<string, string | null>>;

interface Rule {
  readonly from: Pattern;
  readonly to: Pattern | null;
}

/** A mapping that is read in both directions. */
export class Names {
  readonly #rules: readonly Rule[];

  /** @throws ConfigError when a right side needs what its left side does not match, or the other way round */
  constructor(mapping: NameMapping = {}) {
    this.#rules = Object.entries(mapping).map(([from, to]) => {
      const rule = { from: new Pattern(from), to: to === null ? null : new Pattern(to) };
      if (rule.to && rule.to.captures.toSorted().join() !== rule.from.captures.toSorted().join())
        throw new ConfigError(`names: both sides must hold the same * and {…}, got ${from} and ${to}`);
      return rule;
    });
  }

  /** What a name of the file is called in the model; null when it is left out. */
  inModel(name: string): string | null {
    for (const { from, to } of this.#rules) {
      const captured = from.match(name);
      if (captured) return to && to.fill(captured);
    }
    return name;
  }

  /** The names in a file that {@link inModel} gives this name: several where weights are tied there, none where another has it. */
  inFile(name: string): string[] {
    const candidates = this.#rules.flatMap(({ from, to }) => {
      const captured = to?.match(name);
      return captured ? [from.fill(captured)] : [];
    });
    const mapped = candidates.filter((candidate) => this.inModel(candidate) === name);
    if (mapped.length > 0) return [...new Set(mapped)];
    return this.inModel(name) === name ? [name] : [];
  }
}

/** Text with holes. */
class Pattern {
  /** The holes in order: a `*` by its number, `{k}` by its name. */
  readonly captures: readonly string[];
  readonly #literals: readonly string[];
  readonly #matcher: RegExp;

  constructor(text: string) {
    const parts = text.split(/(\*|\{\w+\})/);
    let stars = 0;
    this.#literals = parts.filter((_, k) => k % 2 === 0);
    this.captures = parts.filter((_, k) => k % 2 === 1).map((hole) => (hole === '*' ? `*${stars++}` : hole));
    const holes = this.captures.map((capture) => (capture.startsWith('*') ? '(.*)' : '([^.]+)'));
    const escaped = this.#literals.map((literal) => literal.replace(/[.+?^${}()|[\]\\]/g, String.raw`\$&`));
    this.#matcher = new RegExp(`^${escaped.map((literal, k) => literal + (holes[k] ?? '')).join('')}$`, 's');
  }

  match(name: string): ReadonlyMap<string, string> | undefined {
    const found = this.#matcher.exec(name);
    return found ? new Map(this.captures.map((capture, k) => [capture, found[k + 1] as string])) : undefined;
  }

  fill(captured: ReadonlyMap<string, string>): string {
    return this.#literals.map((literal, k) => literal + (captured.get(this.captures[k] ?? '') ?? '')).join('');
  }
}
