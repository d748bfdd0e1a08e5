/** A draw from the softmax of the logits. */
export function draw(logits: ArrayLike<number>, u: number): number {
  let largest = -Infinity;
  for (let k = 0; k < logits.length; k++) largest = Math.max(largest, logits[k] as number);
  const weights = Array.from(logits, (x) => Math.exp(x - largest));
  let rest = u * weights.reduce((sum, w) => sum + w, 0);
  const at = weights.findIndex((w) => (rest -= w) < 0);
  return at < 0 ? weights.length - 1 : at;
}
