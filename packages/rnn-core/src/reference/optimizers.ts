import type { Kernels } from '../backend/backend.ts';
import type { Heap } from '../backend/heap.ts';
import { viewsOf } from './views.ts';

type OptimizerKernels = Pick<Kernels, 'sumOfSquares' | 'firstNonFinite' | 'sgd' | 'rmsprop' | 'adam'>;

/** One pass over parameters, gradients and moments. */
export function createOptimizerKernels(heap: Heap): OptimizerKernels {
  const { real } = viewsOf(heap);

  return {
    sumOfSquares(xPtr, N) {
      let sum = 0;
      for (const x of real(xPtr, N)) sum += x * x;
      return sum;
    },
    firstNonFinite(xPtr, N) {
      return heap.real(xPtr, N).findIndex((x) => !Number.isFinite(x));
    },

    sgd(pPtr, gPtr, mPtr, N, learningRate, momentum, nesterov, decay, gradScale) {
      const [p, g, m] = [real(pPtr, N), real(gPtr, N), mPtr ? real(mPtr, N) : undefined];
      for (let i = 0; i < N; i++) {
        const grad = gradScale * g[i] + decay * p[i];
        let step = grad;
        if (m) {
          const velocity = (m[i] = momentum * m[i] + grad);
          step = nesterov ? grad + momentum * velocity : velocity;
        }
        p[i] -= learningRate * step;
      }
    },
    rmsprop(pPtr, gPtr, vPtr, mPtr, N, learningRate, alpha, eps, momentum, decay, gradScale) {
      const [p, g, v, m] = [real(pPtr, N), real(gPtr, N), real(vPtr, N), mPtr ? real(mPtr, N) : undefined];
      for (let i = 0; i < N; i++) {
        const grad = gradScale * g[i] + decay * p[i];
        const square = (v[i] = alpha * v[i] + (1 - alpha) * grad * grad);
        let step = grad / (Math.sqrt(square) + eps);
        if (m) step = m[i] = momentum * m[i] + step;
        p[i] -= learningRate * step;
      }
    },
    adam(
      pPtr,
      gPtr,
      mPtr,
      vPtr,
      N,
      learningRate,
      beta1,
      beta2,
      eps,
      decay,
      decoupled,
      correction1,
      correction2,
      gradScale,
    ) {
      const [p, g, m, v] = [real(pPtr, N), real(gPtr, N), real(mPtr, N), real(vPtr, N)];
      for (let i = 0; i < N; i++) {
        let theta = p[i];
        let grad = gradScale * g[i];
        if (decoupled) theta -= learningRate * decay * theta;
        else grad += decay * theta;
        const mean = (m[i] = beta1 * m[i] + (1 - beta1) * grad);
        const square = (v[i] = beta2 * v[i] + (1 - beta2) * grad * grad);
        p[i] = theta - (learningRate * (mean / correction1)) / (Math.sqrt(square / correction2) + eps);
      }
    },
  };
}
