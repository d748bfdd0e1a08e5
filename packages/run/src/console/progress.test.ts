import { PassThrough } from 'node:stream';
import { WriteStream } from 'node:tty';
import { expect, test, vi } from 'vitest';
import { Progress } from './progress.ts';

const METRICS = [
  { key: 'nats', label: 'loss', unit: 'nats' },
  { key: 'valid', label: 'valid', unit: 'bits/char', digits: 2 },
];

// What a real terminal answers: by the environment, NO_COLOR included.
const getColorDepth = (): number => WriteStream.prototype.getColorDepth();

/** A stream that keeps what is written, as a terminal of some width or as a pipe. */
function streamOf(terminal?: { columns: number }) {
  const stream = Object.assign(new PassThrough(), terminal && { isTTY: true, getColorDepth, ...terminal });
  let written = '';
  stream.on('data', (chunk) => {
    written += String(chunk);
  });
  return { stream, written: () => written };
}

/** Steps of a second each, of 500 characters. */
function run(stream: PassThrough, steps = 100): void {
  let now = 0;
  const progress = new Progress({ steps: 1000, unit: 'characters', metrics: METRICS, stream, clock: () => now });
  progress.start(0);
  for (let step = 1; step <= steps; step++) {
    now++;
    progress.update({ step, nats: 2, characters: 500, ...(step === 50 && { valid: 2.71234 }) });
  }
  progress.end();
}

test('a metric in other units than its record, and a fraction in per cent', () => {
  const { stream, written } = streamOf();
  const metrics = [
    { key: 'nats', label: 'loss', unit: 'bits', factor: Math.LOG2E },
    { key: 'accuracy', label: 'accuracy', unit: '%', digits: 1 },
  ];
  const progress = new Progress({ steps: 9, unit: 'characters', metrics, stream, clock: () => 0 });
  progress.start(0);
  progress.update({ step: 1, nats: Math.LN2, accuracy: 0.25 });
  progress.end();
  expect(written()).toContain('loss 1.000 bits · accuracy 25.0 %');
});

test('in a pipe: whole lines, further and further apart, no control codes', () => {
  const { stream, written } = streamOf();
  run(stream);
  expect(written().split('\n')).toEqual([
    'step 2/1,000 · 16m 38s left · loss 2.000 nats · 500 characters/s',
    'step 6/1,000 · 16m 34s left · loss 2.000 nats · 500 characters/s',
    'step 14/1,000 · 16m 26s left · loss 2.000 nats · 500 characters/s',
    'step 30/1,000 · 16m 10s left · loss 2.000 nats · 500 characters/s',
    'step 60/1,000 · 15m 40s left · loss 2.000 nats · valid 2.71 bits/char · 500 characters/s',
    'step 90/1,000 · 15m 10s left · loss 2.000 nats · valid 2.71 bits/char · 500 characters/s',
    'step 100/1,000 · 15m left · loss 2.000 nats · valid 2.71 bits/char · 500 characters/s',
    '',
  ]);
});

test('in a pipe: the end says nothing that the last line has said', () => {
  const { stream, written } = streamOf();
  run(stream, 60);
  expect(written().match(/step 60/g)).toHaveLength(1);
});

const ESCAPE = '\u001B';
const visible = (text: string): string => text.replaceAll(new RegExp(`${ESCAPE}\\[[0-9;]*[A-Za-z]`, 'g'), '');

test('on a terminal: one line that is drawn over', () => {
  const { stream, written } = streamOf({ columns: 120 });
  run(stream);
  expect(written().match(/\n/g)).toHaveLength(1);
  expect(written()).toContain(`${ESCAPE}[1G${ESCAPE}[2K`);
  expect(visible(written())).toMatch(
    /step 100\/1,000 · 15m left · loss 2\.000 nats · valid 2\.71 bits\/char · 500 characters\/s\n$/,
  );
});

test.each([20, 30, 40, 60, 80])('on a terminal of %d columns no line is wider', (columns) => {
  const { stream, written } = streamOf({ columns });
  run(stream);
  const drawn = written().split(`${ESCAPE}[1G${ESCAPE}[2K`).map(visible);
  expect(drawn.length).toBeGreaterThan(50);
  expect(Math.max(...drawn.map((line) => line.trimEnd().length))).toBeLessThan(columns);
});

test('a terminal that does not know its width is taken for one of 80 columns', () => {
  const [unknown, known] = [streamOf({ columns: 0 }), streamOf({ columns: 80 })];
  run(unknown.stream);
  run(known.stream);
  expect(unknown.written()).toBe(known.written());
});

test('labels are dim on a terminal, unless NO_COLOR is set', () => {
  vi.stubEnv('CI', undefined);
  vi.stubEnv('FORCE_COLOR', undefined);
  vi.stubEnv('NO_COLOR', undefined);
  vi.stubEnv('TERM', 'xterm-256color');
  const coloured = streamOf({ columns: 80 });
  run(coloured.stream);
  expect(coloured.written()).toContain(`${ESCAPE}[2mstep${ESCAPE}[22m`);

  vi.stubEnv('NO_COLOR', '1');
  const plain = streamOf({ columns: 80 });
  run(plain.stream);
  expect(plain.written()).not.toContain(`${ESCAPE}[2m`);
  vi.unstubAllEnvs();
});

test('what is said in between stands on a line of its own', () => {
  const { stream, written } = streamOf({ columns: 80 });
  const progress = new Progress({ steps: 10, unit: 'characters', metrics: [], stream, clock: () => 0 });
  progress.start(0);
  progress.say('Using the reference backend.');
  expect(written()).toBe(`${ESCAPE}[1G${ESCAPE}[2KUsing the reference backend.\n`);
});

test('the time left of a resumed run is reckoned from where it resumed', () => {
  const { stream, written } = streamOf();
  let now = 0;
  const progress = new Progress({ steps: 1000, unit: 'characters', metrics: [], stream, clock: () => now });
  progress.start(900);
  now = 10;
  progress.update({ step: 910 });
  expect(written()).toBe('step 910/1,000 · 90 s left\n'.replace('90 s', '1m 30s'));
});

test('a fraction with the unit % is shown as a percentage', () => {
  const { stream, written } = streamOf();
  const metrics = [{ key: 'accuracy', label: 'valid accuracy', unit: '%', digits: 1 }];
  const progress = new Progress({ steps: 9, unit: 'texts', metrics, stream, clock: () => 0 });
  progress.start(0);
  progress.update({ step: 1, accuracy: 0.8725 });
  progress.end();
  expect(written()).toContain('valid accuracy 87.3 %');
});
