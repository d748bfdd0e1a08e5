import { clearLine, cursorTo } from 'node:readline';
import { styleText } from 'node:util';
import type { MetricsRecord } from '@unroll/rnn-core';
import stringWidth from 'string-width';
import type { OutputStream } from '../cli/context.ts';
import { count, duration, significant } from './quantity.ts';
import { terminalOf } from './shown-controls.ts';

/** A metric of the records to show. */
export interface ProgressMetric {
  /** Its name in the record. */
  readonly key: string;
  readonly label: string;
  /** `%` shows a fraction as a percentage. */
  readonly unit?: string;
  /** Digits after the point, 3 by default. */
  readonly digits?: number;
  /** What the value in the record is multiplied by, such as for bits of nats. */
  readonly factor?: number;
}

/** Of {@link Progress}. */
export interface ProgressOptions {
  /** Of the whole training. */
  readonly steps: number;
  /** What is counted in the records and shown per second: `characters` reads `record.characters`. */
  readonly unit: string;
  /** The most important first. */
  readonly metrics: readonly ProgressMetric[];
  readonly stream: OutputStream;
  /** Seconds from any fixed moment. */
  readonly clock?: () => number;
}

const REDRAW_SECONDS = 0.1;
const FIRST_LINE_SECONDS = 2; // when piped: lines after 2, 4, 8 … seconds, then
const MAX_LINE_SECONDS = 30; //  every half minute
const SPEED_WINDOW_SECONDS = 5;

/**
 * How far training is, for a person: one live line on a terminal, a plain line now and then elsewhere.
 *
 *     step 1,200/5,000 · 3m 20s left · loss 2.210 bits/character · valid 2.310 bits/character · 184,000 characters/s
 */
export class Progress {
  readonly #options: ProgressOptions;
  readonly #clock: () => number;
  /** Of the whole training; may change on the way. */
  steps: number;
  readonly #latest = new Map<string, number>();
  readonly #marks: { time: number; amount: number }[] = [];
  #amount = 0;
  #step = 0;
  #firstStep: number | undefined;
  #startTime = 0;
  #shownTime = Number.NEGATIVE_INFINITY;
  #lineGap = FIRST_LINE_SECONDS;
  #written = ''; // the last plain line

  constructor(options: ProgressOptions) {
    this.#options = options;
    this.steps = options.steps;
    this.#clock = options.clock ?? (() => performance.now() / 1000);
  }

  /** Sets the step from which the time left is estimated; not 0 on resume. */
  start(step: number): void {
    this.#firstStep = this.#step = step;
    this.#startTime = this.#clock();
    this.#marks.push({ time: this.#startTime, amount: 0 });
    this.#shownTime = this.#startTime;
  }

  /** Shows a record of the training. */
  update(record: MetricsRecord): void {
    const { unit, metrics } = this.#options;
    this.#step = record.step;
    const amount = record[unit];
    if (typeof amount === 'number') this.#mark(amount);
    for (const { key } of metrics) {
      const value = record[key];
      if (typeof value === 'number') this.#latest.set(key, value);
    }
    this.#show();
  }

  /** Prints a line of its own, above the live one. */
  say(line: string): void {
    const { stream } = this.#options;
    this.#erase();
    stream.write(`${line}\n`);
  }

  /** Leaves the last state of the line standing. */
  end(): void {
    this.#erase();
    const line = this.#line();
    if (this.#firstStep !== undefined && line !== this.#written) terminalOf(this.#options.stream).write(`${line}\n`);
  }

  #mark(amount: number): void {
    const time = this.#clock();
    this.#amount += amount;
    this.#marks.push({ time, amount: this.#amount });
    while (this.#marks.length > 2 && (this.#marks[1]?.time ?? time) < time - SPEED_WINDOW_SECONDS)
      this.#marks.shift();
  }

  #show(): void {
    const { stream } = this.#options;
    const now = this.#clock();
    const isLive = stream.isTTY === true;
    if (now - this.#shownTime < (isLive ? REDRAW_SECONDS : this.#lineGap)) return;
    this.#shownTime = now;
    if (isLive) {
      this.#erase();
      terminalOf(stream).write(this.#line());
    } else {
      this.#lineGap = Math.min(2 * this.#lineGap, MAX_LINE_SECONDS);
      this.#written = this.#line();
      stream.write(`${this.#written}\n`);
    }
  }

  #erase(): void {
    const { stream } = this.#options;
    if (stream.isTTY !== true) return;
    cursorTo(terminalOf(stream), 0);
    clearLine(terminalOf(stream), 0);
  }

  /** The fields that fit the terminal; on a narrow one the least important go first. */
  #line(): string {
    const { unit, metrics, stream } = this.#options;
    const dim = (text: string): string => styleText('dim', text, { stream });
    const fields = [`${dim('step')} ${count(this.#step)}/${count(this.steps)}`];
    const left = this.#secondsLeft();
    if (left !== undefined) fields.push(`${duration(left)} ${dim('left')}`);
    for (const { key, label, unit: of = '', digits = 3, factor = of === '%' ? 100 : 1 } of metrics) {
      const value = this.#latest.get(key);
      if (value !== undefined) fields.push(`${dim(label)} ${(factor * value).toFixed(digits)}${of && ` ${dim(of)}`}`);
    }
    const speed = this.#speed();
    if (speed !== undefined) fields.push(`${significant(speed)} ${dim(`${unit}/s`)}`);

    const width = stream.isTTY === true ? (stream.columns || 80) - 1 : Number.POSITIVE_INFINITY;
    while (fields.length > 1 && stringWidth(fields.join(' · ')) > width) fields.pop();
    return fields.join(' · ');
  }

  /** Of the steps done since the start, evaluation and saving included. */
  #secondsLeft(): number | undefined {
    const done = this.#step - (this.#firstStep ?? 0);
    if (done <= 0 || this.#step >= this.steps) return undefined;
    return ((this.#clock() - this.#startTime) / done) * (this.steps - this.#step);
  }

  /** Units per second over the last seconds. */
  #speed(): number | undefined {
    const [first, last] = [this.#marks[0], this.#marks.at(-1)];
    if (!first || !last || last.time <= first.time) return undefined;
    return (last.amount - first.amount) / (last.time - first.time);
  }
}
