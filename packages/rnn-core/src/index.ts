export { type Backend, type Beta, BINARY, type Kernels, PANEL_OUTPUTS, type Ptr, UNARY } from './backend/backend.ts';
export { type ClosableBackend, markClosed } from './backend/closed.ts';
export { Heap, type Memory, type Real } from './backend/heap.ts';
export * from './errors.ts';
export type { WeightFormat } from './inference/packed-matrix.ts';
export { StepBuilder, type StepPiece, type StepVector } from './inference/step-builder.ts';
export * from './inference/stepper.ts';
export * from './microscope/diagnosis.ts';
export * from './microscope/microscope.ts';
export type { GateSaturation, UnitHealth } from './microscope/saturation.ts';
export { type Spectrum, spectrumOf } from './microscope/spectrum.ts';
export * from './nn/attention.ts';
export * from './nn/conv1d.ts';
export * from './nn/conv2d.ts';
export * from './nn/dropout.ts';
export * from './nn/embedding.ts';
export * from './nn/freeze.ts';
export * from './nn/initializers.ts';
export * from './nn/layer-norm.ts';
export * from './nn/linear.ts';
export { Module } from './nn/module.ts';
export * from './nn/parameters.ts';
export * from './nn/recurrent.ts';
export * from './nn/sequential.ts';
export * from './ops/attention.ts';
export * from './ops/concat.ts';
export { type Conv2dOptions, conv2d } from './ops/conv2d.ts';
export * from './ops/cross-entropy.ts';
export * from './ops/dropout.ts';
export * from './ops/elementwise.ts';
export { embedding } from './ops/embedding.ts';
export * from './ops/layer-norm.ts';
export * from './ops/likelihood.ts';
export * from './ops/linear.ts';
export * from './ops/linear-recurrence.ts';
export * from './ops/loss.ts';
export { expand, permute, transpose } from './ops/permute.ts';
export * from './ops/recurrent.ts';
export { argmax, mean, type ReduceOptions, type Reduction, sum } from './ops/reduce.ts';
export * from './ops/scan.ts';
export type { Sequence, SequenceOptions } from './ops/sequence.ts';
export * from './ops/softmax.ts';
export { type Conv1dOptions, conv1d, maskTime, maxOverTime, meanOverTime } from './ops/time.ts';
export * from './optim/adam.ts';
export * from './optim/gradient-clip.ts';
export * from './optim/moving-average.ts';
export * from './optim/optimizer.ts';
export * from './optim/rmsprop.ts';
export * from './optim/schedule.ts';
export * from './optim/sgd.ts';
export { createReferenceBackend } from './reference/backend.ts';
export { Rng } from './rng.ts';
export type { NonFinite } from './tensor/non-finite.ts';
export type { Cell, ObservedSequence, SequenceObserver } from './tensor/sequence-observer.ts';
export { type Backprop, Tape } from './tensor/tape.ts';
export { axes, Ids, type Storage, Tensor } from './tensor/tensor.ts';
export * from './training/check-finite.ts';
export {
  type Checkpoint,
  type CheckpointStore,
  initialCheckpoint,
  MemoryCheckpoints,
  type SaveOptions,
  withoutBest,
} from './training/checkpoint.ts';
export { DivergenceError } from './training/divergence.ts';
export * from './training/early-stopping.ts';
export * from './training/event-loop.ts';
export * from './training/fit.ts';
export type { Json, JsonObject } from './training/json.ts';
export * from './training/learner.ts';
export * from './training/training-task.ts';
export * from './weights/average-weights.ts';
export { quantizeRows } from './weights/int8-rows.ts';
export * from './weights/model-files.ts';
export * from './weights/model-source.ts';
export * from './weights/safetensors.ts';
export * from './weights/transfer-weights.ts';
export { loadTensors, loadWeights, type NamedTensors, savedTensors, saveWeights } from './weights/weights.ts';
