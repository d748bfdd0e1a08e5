/** Its own declarations are out of reach, since the `exports` of its package.json do not name them. */
declare module 'cephes' {
  export const compiled: Promise<void>;
  /** I_x(a, b), the regularised incomplete beta function. */
  export function incbet(a: number, b: number, x: number): number;
}
