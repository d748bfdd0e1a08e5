import { ConfigError, DataError } from '@unroll/rnn-core';

/** What to say where a run cannot be resumed with its settings and its data: the refusal with the run's name. */
export function notResumed(error: unknown, dir: string): unknown {
  if (!isOfData(error)) return error;
  const Same = error.name === 'ConfigError' ? ConfigError : DataError;
  return new Same(`${dir} cannot be resumed: ${error.message}`, { cause: error });
}

/** Whether data, or a setting of how it is read, is refused. Known by name, since pure packages have classes of their own. */
export const isOfData = (error: unknown): error is Error =>
  error instanceof Error && (error.name === 'DataError' || error.name === 'ConfigError');
