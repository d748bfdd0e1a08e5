import { ConfigError } from '../errors.ts';
import type { Param } from './parameters.ts';

/** What has named parameters: a module, or a part of one. */
export interface Parametrised {
  /** Every parameter with its full name. */
  namedParameters(): Iterable<[string, Param]>;
}

/**
 * Freezes the parameters whose full name matches: they get no gradient and no update, as with `requires_grad_(False)` in
 * torch. Before or after {@link Parameters.create}; before is better for large ones, whose region a step then never touches.
 *
 *     freeze(model, 'embedding.*');
 *
 * @param pattern a full name in which `*` stands for any characters
 * @returns the names that match
 * @throws ConfigError when none does
 */
export function freeze(model: Parametrised, pattern: string): string[] {
  return setRequiresGrad('freeze: pattern', model, pattern, false);
}

/** Undoes {@link freeze}. */
export function unfreeze(model: Parametrised, pattern: string): string[] {
  return setRequiresGrad('unfreeze: pattern', model, pattern, true);
}

/**
 * {@link freeze} or {@link unfreeze}.
 *
 * @param where the pattern's name, for the error
 */
export function setRequiresGrad(
  where: string,
  model: Parametrised,
  pattern: string,
  requiresGrad: boolean,
): string[] {
  const literals = pattern.split('*').map((text) => text.replace(/[.+?^${}()|[\]\\]/g, String.raw`\$&`));
  const matcher = new RegExp(`^${literals.join('.*')}$`);
  const parameters = [...model.namedParameters()];
  const matching = parameters.filter(([name]) => matcher.test(name));
  if (matching.length === 0)
    throw new ConfigError(
      `${where} must match a parameter, got ${pattern}, which matches none; there are ${[...new Set(parameters.map(([name]) => partOf(name)))].join(', ')}`,
    );
  for (const [, param] of matching) param.requiresGrad = requiresGrad;
  return matching.map(([name]) => name);
}

/** The part of a model that a parameter belongs to, as a pattern: `embedding.*`, or of one of several `members.*.words.*`. */
function partOf(name: string): string {
  const [first, second = '', third, ...rest] = name.split('.');
  if (second === '') return name;
  return /^\d+$/.test(second) && rest.length > 0 ? `${first}.*.${third}.*` : `${first}.*`;
}
