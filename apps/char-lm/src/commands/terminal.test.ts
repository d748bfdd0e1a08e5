import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { Rng } from '@unroll/rnn-core';
import { shellQuoted } from '@unroll/run';
import { bundledProgram, fuzzRuns, SEED, TestFolder } from '@unroll/run/testing';
import stringWidth from 'string-width';
import { afterAll, expect, test } from 'vitest';
import { succeed, TINY, toyText } from './toy.fixture.ts';

const TIMES = fuzzRuns(2);
const WIDTH = 40; // columns
const hasTerminal = String(spawnSync('script', ['--version']).stdout).includes('util-linux');
const why = hasTerminal ? '' : ' (skipped: no script of util-linux)';
const folder = new TestFolder();
afterAll(() => folder[Symbol.dispose]());

const program = fileURLToPath(new URL('../cli.ts', import.meta.url));
const bundle = hasTerminal ? await bundledProgram(program, 'terminal') : program;
const cli = (...words: readonly string[]): string => [process.execPath, bundle, ...words].map(shellQuoted).join(' ');

/** What a shell's commands send to a terminal, where somebody types keys when it shows something. */
async function sent(
  commands: readonly string[],
  typed?: { readonly when: RegExp; readonly keys: string },
): Promise<string> {
  const file = folder.file('commands.sh', [`stty cols ${WIDTH}`, ...commands].join('\n')); // too long for one argument
  const child = spawn('script', ['-qc', `sh ${shellQuoted(file)}`, '/dev/null'], {
    env: { ...process.env, FORCE_COLOR: undefined, NO_COLOR: undefined, TERM: 'xterm' },
  });
  let output = '';
  let isTyped = typed === undefined;
  for await (const chunk of child.stdout) {
    output += String(chunk);
    if (isTyped || !typed?.when.test(output)) continue;
    child.stdin.write(typed.keys);
    isTyped = true;
  }
  return output.replaceAll('\r\n', '\n');
}

test.skipIf(!hasTerminal)(
  `in a terminal, the line of progress fits, and Ctrl-C leaves the terminal as it was${why}`,
  { timeout: 60_000 },
  async () => {
    const text = folder.file('toy.txt', toyText(60));
    const train = cli('train', '--data', text, ...TINY, '--steps', '1000000', '--out', join(folder.path, 'long'));
    const output = await sent(['trap : INT', 'stty -g', train, 'echo "code $?"', 'stty -g'], {
      when: /step(.*step){2}/s, // drawn over twice
      keys: '\u0003',
    });
    const drawn = output
      .split('\u001b[2K')
      .slice(0, -1)
      .flatMap((part) => part.split('\n').at(-1) ?? '');
    const lines = drawn.map((line) => stripVTControlCharacters(line)).filter((line) => line.startsWith('step '));
    expect(lines.length).toBeGreaterThan(1);
    expect(lines.filter((line) => stringWidth(line) >= WIDTH)).toEqual([]);
    expect(output).toContain('code 130\n');
    const settings = output.match(/^[\da-f]+(:[\da-f]+)+$/gm);
    expect(settings).toHaveLength(2);
    expect(settings?.[1]).toBe(settings?.[0]);
  },
);

const HOSTILE = [
  '\u001b]0;PWNED\u0007',
  '\u001b[2J',
  '\u001b[8m',
  '\u001b[31m',
  '\u001b[1G',
  '\u001b[2K',
  '\u001bc',
  '\u009b5n',
  '\u202e',
  '\u2066',
  '\u200b',
  '\ufeff',
];
const CONTROLS = ['\u001b', '\u009b', '\u0007', '\b', '\r', '\u007f', '[2J', 'a', 'é', ' '];

test.skipIf(!hasTerminal)(
  `a terminal is sent no control character of a text, a prompt, a file's name or a data set (seed ${SEED})${why}`,
  { timeout: 60_000 + TIMES * 30_000 },
  async () => {
    const run = join(folder.path, 'run');
    const rng = Rng.seeded(SEED);
    const hostile = (): string =>
      Array.from({ length: 12 }, () => [...HOSTILE, ...CONTROLS][rng.integer(HOSTILE.length + CONTROLS.length)]).join(
        '',
      );
    const text = folder.file('hostile.txt', toyText(20) + HOSTILE.join('') + '\n' + toyText(20));
    await succeed('train', '--data', text, ...TINY, '--steps', '3', '--out', run);
    const calls = Array.from(
      { length: TIMES },
      (_, k) =>
        [
          cli('score', run, folder.file(`text-${k}.txt`, hostile()), '--backend', 'reference'),
          cli(
            'sample',
            run,
            '--prompt',
            hostile(),
            '--max-length',
            '40',
            '--temperature',
            '3',
            '--backend',
            'reference',
          ),
          cli('evaluate', run, '--data', join(folder.path, hostile())),
          cli('train', `--${hostile()}`),
        ][rng.integer(4)] as string,
    );
    const output = await sent(calls);
    const colours = [2, 22, 30, 33, 37, 39, 41, 43, 49].map((code) => `\u001b[${code}m`); // score's, of characters
    const rest = colours.reduce((text, colour) => text.replaceAll(colour, ''), output);
    expect(rest.match(/[^\P{Cc}\n\t]|\p{Bidi_Control}|[\u200b\ufeff]/gu) ?? []).toEqual([]);
  },
);
