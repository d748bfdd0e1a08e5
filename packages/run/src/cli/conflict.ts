import { ConfigError } from '@unroll/rnn-core';

/**
 * The error of flags that exclude each other: `--steps and --epochs must not be given together; leave out one of them`.
 *
 * @param names as the person wrote them
 * @param remedy which of them to leave out, and why: `--out: a resumed run stays in its folder`
 */
export const conflict = (names: readonly string[], remedy = 'one of them'): ConfigError =>
  new ConfigError(`${names.join(' and ')} must not be given together; leave out ${remedy}`);
