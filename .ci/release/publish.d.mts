/** What a registry has under a name. */
export interface Registered {
  readonly repository?: string;
  readonly versions: readonly string[];
}

export function planOf<P extends { readonly name: string }>(
  packages: readonly P[],
  lookUp: (name: string) => Registered | undefined,
): { missing: P[]; taken: string[] };
