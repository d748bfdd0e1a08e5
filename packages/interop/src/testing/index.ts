export { EvaluatedOnnx, type Feeds } from './evaluate-onnx.ts';
export { array, type NumberArray } from './number-array.ts';
