export { BackendError, CheckpointError, ConfigError, DataError, ShapeError, UnrollError } from './errors.ts';
