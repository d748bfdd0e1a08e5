export { EvaluatedOnnx, type Feeds } from './evaluate-onnx.ts';
export { array, type NumberArray } from './number-array.ts';
export { Agreement, type OnnxRuntime, type RuntimeSession, type RuntimeTensor } from './onnx-runtime.ts';
