/** P(|X| ≥ t) for X of a Student-t distribution. Source: Abramowitz & Stegun 26.5.27. */
export const studentTTail = (t: number, df: number): number => incompleteBeta(df / (df + t * t), df / 2, 0.5);

/** The regularised incomplete beta function Iₓ(a, b), by its continued fraction. Source: Press et al., Numerical Recipes 6.4. */
function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0 || x >= 1) return x <= 0 ? 0 : 1;
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a);
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x));
  let [c, d] = [1, 1 / (1 - ((a + b) * x) / (a + 1))];
  let fraction = d;
  for (let m = 1; m < 500; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    for (const coefficient of [even, odd]) {
      d = 1 / (1 + coefficient * d);
      c = 1 + coefficient / c;
      fraction *= d * c;
    }
    if (Math.abs(d * c - 1) < 1e-15) break;
  }
  return (front * fraction) / a;
}

/** ln Γ(x) for x > 0: Stirling's series at x + 8. */
function logGamma(x: number): number {
  let shift = 0;
  for (let k = 0; k < 8; k++) shift += Math.log(x + k);
  const z = x + 8;
  const r2 = 1 / (z * z);
  const series = (1 / 12 - r2 * (1 / 360 - r2 * (1 / 1260 - r2 * (1 / 1680 - r2 / 1188)))) / z;
  return (z - 0.5) * Math.log(z) - z + 0.5 * Math.log(2 * Math.PI) + series - shift;
}
