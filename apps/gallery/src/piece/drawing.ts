export type Point = readonly [x: number, y: number];

/** A square of pixels to draw on, row-major, 0 black to 1 white; each has one number, or three for red, green and blue. */
export interface Canvas {
  readonly size: number;
  readonly pixels: Float32Array;
}

/**
 * Draws a line through points, smooth at its edges, over what is there.
 *
 * @param width half of the line's, in pixels
 */
export function drawLine({ size, pixels }: Canvas, points: readonly Point[], width: number): void {
  const reach = width + 0.5;
  for (let k = 1; k < points.length; k++) {
    const [[ax, ay], [bx, by]] = [points[k - 1], points[k]] as [Point, Point];
    const [dx, dy] = [bx - ax, by - ay];
    const squared = dx * dx + dy * dy || 1;
    const first = (a: number, b: number): number => Math.max(0, Math.floor(Math.min(a, b) - reach));
    const last = (a: number, b: number): number => Math.min(size - 1, Math.ceil(Math.max(a, b) + reach));
    for (let i = first(ay, by); i <= last(ay, by); i++)
      for (let j = first(ax, bx); j <= last(ax, bx); j++) {
        const [x, y] = [j + 0.5 - ax, i + 0.5 - ay];
        const along = Math.min(1, Math.max(0, (x * dx + y * dy) / squared));
        const ink = reach - Math.sqrt((x - along * dx) ** 2 + (y - along * dy) ** 2);
        const at = i * size + j;
        if (ink > (pixels[at] as number)) pixels[at] = Math.min(1, ink);
      }
  }
}

/** An arc of an ellipse: the points at every half hour of a clock from `from` to `to`, which begins at the right. */
export const arc = (x: number, y: number, rx: number, ry: number, from = 0, to = 12): Point[] =>
  Array.from({ length: to - from + 1 }, (_, k) => {
    const angle = ((from + k) * Math.PI) / 6;
    return [x + rx * Math.cos(angle), y + ry * Math.sin(angle)];
  });

/** Points from their coordinates, x and y in turn. */
export const line = (...numbers: readonly number[]): Point[] =>
  Array.from({ length: numbers.length / 2 }, (_, k) => [numbers[2 * k] as number, numbers[2 * k + 1] as number]);

/** Whether a point is inside a shape of radius 1. */
export const SHAPES = {
  circle: (x: number, y: number) => x * x + y * y < 1,
  square: (x: number, y: number) => Math.max(Math.abs(x), Math.abs(y)) < 0.85,
  triangle: (x: number, y: number) => y < 0.8 && 2 * Math.abs(x) < y + 1.1,
  cross: (x: number, y: number) =>
    Math.min(Math.abs(x), Math.abs(y)) < 0.35 && Math.max(Math.abs(x), Math.abs(y)) < 1,
} as const;

/** Fills a shape with a colour, on a canvas of red, green and blue. */
export function fillShape(
  { size, pixels }: Canvas,
  isInside: (x: number, y: number) => boolean,
  [x, y]: Point,
  radius: number,
  color: readonly [red: number, green: number, blue: number],
): void {
  for (let i = 0; i < size; i++)
    for (let j = 0; j < size; j++)
      if (isInside((j + 0.5 - x) / radius, (i + 0.5 - y) / radius)) pixels.set(color, (i * size + j) * 3);
}
