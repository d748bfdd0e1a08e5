import { ConfigError } from '../errors.ts';
import { setRequiresGrad } from '../nn/freeze.ts';
import type { Param, Parameters } from '../nn/parameters.ts';

export interface FreezingOptions {
  readonly freeze: readonly string[];
  readonly unfreezeAfter?: readonly number[] | undefined;
}

interface Group {
  readonly pattern: string;
  readonly params: readonly Param[];
  /** The step after which they are trained. */
  readonly until: number;
}

/**
 * Parameters that are not trained, or only from a step on (gradual unfreezing). What is frozen has no gradient, no moments
 * and no weight decay, does not count in the norm of the gradient, and its moments begin when it is unfrozen, as in torch.
 *
 * Source: Howard & Ruder 2018 (ULMFiT), section 3.3.
 */
export class Freezing {
  readonly #groups: readonly Group[];

  /**
   * @param steps of the whole training
   * @throws ConfigError when a pattern matches nothing that is trained, nothing is left to train, or the numbers differ
   */
  constructor(parameters: Parameters, { freeze: patterns, unfreezeAfter = [] }: FreezingOptions, steps: number) {
    if (unfreezeAfter.length > 1 && unfreezeAfter.length !== patterns.length)
      throw new ConfigError(
        `--unfreeze-after must hold one fraction for all patterns of --freeze or one for each of the ${patterns.length}, got ${unfreezeAfter.length}`,
      );
    const model = { namedParameters: () => parameters };
    this.#groups = patterns.map((pattern, k) => {
      const trained = Array.from(parameters, ([, param]) => param).filter(({ requiresGrad }) => requiresGrad);
      setRequiresGrad('--freeze', model, pattern, false);
      const params = trained.filter(({ requiresGrad }) => !requiresGrad);
      if (params.length === 0)
        throw new ConfigError(
          `--freeze must match a parameter that is not frozen already, got ${pattern}; leave it out`,
        );
      const fraction = unfreezeAfter[unfreezeAfter.length > 1 ? k : 0];
      return {
        pattern,
        params,
        until: fraction === undefined ? Number.POSITIVE_INFINITY : Math.max(1, Math.round(fraction * steps)),
      };
    });
    if (!Array.from(parameters).some(([, { requiresGrad }]) => requiresGrad))
      throw new ConfigError(
        `--freeze must leave a parameter to train, got ${patterns.join(',')}; leave out a pattern`,
      );
  }

  /** Counts a step of what is frozen, and unfreezes what is due. @param step the number of steps done, or where these are in a schedule of the initial number of steps, see `StepPlan` */
  afterStep(step: number): void {
    for (const { params, until } of this.#groups)
      for (const param of params) {
        if (param.requiresGrad) continue;
        param.frozenSteps++;
        param.requiresGrad = step >= until;
      }
  }

  /** The steps that each pattern has been frozen for. */
  state(): Record<string, number> {
    return Object.fromEntries(this.#groups.map(({ pattern, params: [first] }) => [pattern, first?.frozenSteps ?? 0]));
  }

  /** What was unfrozen before stays so, even if the training is now longer. @param step the number of steps done */
  restore(frozenSteps: Readonly<Record<string, number>>, step: number): void {
    for (const { pattern, params, until } of this.#groups)
      for (const param of params) {
        param.frozenSteps = frozenSteps[pattern] ?? 0;
        param.requiresGrad = step >= until || param.frozenSteps < step;
      }
  }
}
