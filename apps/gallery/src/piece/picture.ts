import { encode } from 'fast-png';

/** Pixels to show: [H, W], or [H, W, 3] for red, green and blue, row-major, each in [0, 1]. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly values: ArrayLike<number>;
}

export interface TextOptions {
  /** Pixels; default 12. */
  readonly size?: number;
  /** Default: `start`. */
  readonly anchor?: 'start' | 'middle' | 'end';
  /** Default: black. */
  readonly color?: string;
}

/** What is right, and what is not. */
export const [RIGHT, WRONG] = ['#1a7f37', '#cf222e'];

/** A picture in SVG, on white: texts, lines, and pixels as PNG inside. Sizes are in pixels of the screen. */
export class Picture {
  readonly #width: number;
  readonly #height: number;
  readonly #parts: string[] = [];

  constructor(width: number, height: number) {
    this.#width = width;
    this.#height = height;
  }

  /** A text whose baseline begins at (x, y). */
  text(
    x: number,
    y: number,
    text: string,
    { size = 12, anchor = 'start', color = '#1f2328' }: TextOptions = {},
  ): this {
    return this.#add(
      `<text x="${x}" y="${y}" font-size="${size}" text-anchor="${anchor}" fill="${color}">${escaped(text)}</text>`,
    );
  }

  rect(x: number, y: number, width: number, height: number, fill: string): this {
    return this.#add(`<rect x="${x}" y="${y}" width="${width}" height="${height}" fill="${fill}"/>`);
  }

  /** A line through points. */
  line(points: readonly (readonly [x: number, y: number])[], color: string): this {
    const path = points.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join(' ');
    return this.#add(`<polyline points="${path}" fill="none" stroke="${color}" stroke-width="1.5"/>`);
  }

  /** Pixels, enlarged to `scale` pixels of the screen each. */
  pixels(x: number, y: number, { width, height, values }: Pixels, scale: number): this {
    const data = Uint8Array.from(values, (value) => Math.round(255 * Math.min(1, Math.max(0, value))));
    const png = encode({ width, height, data, channels: values.length === width * height ? 1 : 3 });
    const href = `data:image/png;base64,${Buffer.from(png).toString('base64')}`;
    return this.#add(
      `<image x="${x}" y="${y}" width="${width * scale}" height="${height * scale}" style="image-rendering:pixelated" href="${href}"/>`,
    );
  }

  /** The file. */
  toString(): string {
    const size = `width="${this.#width}" height="${this.#height}" viewBox="0 0 ${this.#width} ${this.#height}"`;
    return [
      `<svg xmlns="http://www.w3.org/2000/svg" ${size} font-family="system-ui, sans-serif">`,
      '<rect width="100%" height="100%" fill="#ffffff"/>',
      ...this.#parts,
      '</svg>\n',
    ].join('\n');
  }

  #add(part: string): this {
    this.#parts.push(part);
    return this;
  }
}

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
