/** What every error of this project extends: its message is written for the person at the keyboard. */
export class UnrollError extends Error {
  override name = 'UnrollError';
}

/** A tensor whose axes are not what the module or op needs. */
export class ShapeError extends UnrollError {
  override name = 'ShapeError';
}

/** A backend that cannot be loaded, lacks memory, or was used after its step ended. */
export class BackendError extends UnrollError {
  override name = 'BackendError';
}

const MIB = 2 ** 20;

/** A heap that cannot grow to what a step needs: the model or the batch is too large. */
export class OutOfMemoryError extends BackendError {
  readonly bytes: number;
  /** Why there is no more. */
  readonly reason: string;

  /** @param remedy what to make smaller */
  constructor(bytes: number, reason: string, remedy = 'use a smaller model or batch') {
    super(`Heap: ${Math.ceil(bytes / MIB)} MiB are needed: ${reason}; ${remedy}`);
    this.bytes = bytes;
    this.reason = reason;
  }
}

/** A flag, preset or saved configuration that is unknown, out of range or contradictory. */
export class ConfigError extends UnrollError {
  override name = 'ConfigError';
}

/** Data that is missing, empty, malformed, or does not fit what was trained. */
export class DataError extends UnrollError {
  override name = 'DataError';
}

/** A saved model that is truncated, altered, of another kind, or of a newer format. */
export class CheckpointError extends UnrollError {
  override name = 'CheckpointError';
}
