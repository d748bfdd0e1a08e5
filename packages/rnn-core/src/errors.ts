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
