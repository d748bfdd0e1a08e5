import type { Kernels } from '../backend/backend.ts';
import type { Heap } from '../backend/heap.ts';

type OptimizerKernels = Pick<Kernels, 'sumOfSquares' | 'firstNonFinite' | 'clipValues' | 'sgd' | 'rmsprop' | 'adam'>;

/** One pass over parameters, gradients and moments. */
export function createOptimizerKernels(heap: Heap): OptimizerKernels {
  return {
    sumOfSquares(x, N) {
      let sum = 0;
      for (const value of heap.real(x, N)) sum += value * value;
      return sum;
    },
    firstNonFinite(x, N) {
      return heap.real(x, N).findIndex((value) => !Number.isFinite(value));
    },
    clipValues(x, limit, N) {
      const xs = heap.real(x, N);
      for (let k = 0; k < N; k++) xs[k] = Math.min(Math.max(xs[k] as number, -limit), limit);
    },

    sgd(p, g, m, N, learningRate, momentum, nesterov, decay, gradScale) {
      const [ps, gs] = [heap.real(p, N), heap.real(g, N)];
      const ms = m ? heap.real(m, N) : undefined;
      for (let k = 0; k < N; k++) {
        const grad = gradScale * (gs[k] as number) + decay * (ps[k] as number);
        let step = grad;
        if (ms) {
          const velocity = (ms[k] = momentum * (ms[k] as number) + grad);
          step = nesterov ? grad + momentum * velocity : velocity;
        }
        ps[k] = (ps[k] as number) - learningRate * step;
      }
    },
    rmsprop(p, g, v, m, N, learningRate, alpha, eps, momentum, decay, gradScale) {
      const [ps, gs, vs] = [heap.real(p, N), heap.real(g, N), heap.real(v, N)];
      const ms = m ? heap.real(m, N) : undefined;
      for (let k = 0; k < N; k++) {
        const grad = gradScale * (gs[k] as number) + decay * (ps[k] as number);
        const square = (vs[k] = alpha * (vs[k] as number) + (1 - alpha) * grad * grad);
        let step = grad / (Math.sqrt(square) + eps);
        if (ms) step = ms[k] = momentum * (ms[k] as number) + step;
        ps[k] = (ps[k] as number) - learningRate * step;
      }
    },
    adam(p, g, m, v, N, learningRate, beta1, beta2, eps, decay, decoupled, correction1, correction2, gradScale) {
      const [ps, gs, ms, vs] = [heap.real(p, N), heap.real(g, N), heap.real(m, N), heap.real(v, N)];
      for (let k = 0; k < N; k++) {
        let theta = ps[k] as number;
        let grad = gradScale * (gs[k] as number);
        if (decoupled) theta -= learningRate * decay * theta;
        else grad += decay * theta;
        const mean = (ms[k] = beta1 * (ms[k] as number) + (1 - beta1) * grad);
        const square = (vs[k] = beta2 * (vs[k] as number) + (1 - beta2) * grad * grad);
        ps[k] = theta - (learningRate * (mean / correction1)) / (Math.sqrt(square / correction2) + eps);
      }
    },
  };
}
