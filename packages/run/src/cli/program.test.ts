import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { BackendError, CheckpointError, DataError, OutOfMemoryError, ShapeError } from '@unroll/rnn-core';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { readText } from '../files/file.ts';
import { outputFlags } from '../flags/training-flags.ts';
import { Interrupted } from './interrupt.ts';
import { command, execute, type Program } from './program.ts';

const FAILURES: Record<string, () => Error> = {
  data: () => new DataError('a.txt: must hold text, got an empty file'),
  // Packages that import nothing of ours have a class of their own.
  foreign: () => Object.assign(new Error('a.txt: must be long'), { name: 'DataError' }),
  checkpoint: () => new CheckpointError('w: is damaged'),
  shape: () => new ShapeError('x: must be [T, B]'),
  backend: () => new BackendError('native: cannot be loaded'),
  interrupted: () => new Interrupted('stopped and saved; resume with: toy train --resume runs/toy-1'),
  disposal: () =>
    Object.assign(new Error('An error was suppressed during disposal'), {
      name: 'SuppressedError',
      error: new Error('still in use'),
      suppressed: new Interrupted('stopped'),
    }),
  full: () => Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' }),
  long: () => new DataError(`a.csv: must be short, got ${'x'.repeat(25_000)}; cut it`),
  bug: () => new TypeError('x is not\n  a function'),
};

const toy: Program = {
  app: 'toy',
  invocation: 'npm run -s toy --',
  summary: 'A toy.',
  commands: {
    greet: {
      summary:
        'Greets somebody, and says how often it was asked to in a sentence that is too long for a narrow terminal.',
      ...command({
        schema: z.strictObject({
          name: z.string().meta({ argument: 'NAME', description: 'whom' }),
          times: z
            .int()
            .min(1)
            .max(9)
            .default(1)
            .meta({ description: 'how often', unit: 'times', section: 'Manner' }),
          voice: z.enum(['low', 'high']).default('low').meta({ description: 'how it sounds', section: 'Manner' }),
          polite: z.boolean().default(true).meta({ description: 'not to bow', section: 'Manner' }),
          title: z.string().default('').meta({ description: 'before the name', section: 'Manner' }),
          breaks: z.int().min(1).optional().meta({ description: 'pauses', unit: 'seconds', section: 'Manner' }),
          others: z.array(z.string()).optional().meta({ argument: 'OTHER', description: 'greeted, too' }),
          tune: z
            .string()
            .optional()
            .meta({ description: 'a tune', values: () => 'waltz, tango', placeholder: 'NAME', section: 'Manner' }),
          ...outputFlags,
        }),
        chosenByMinutes: ['voice', 'polite'],
        run: async ({ name, times }, { out, err }) => {
          err.write('working\n');
          out.write(`${`hello ${name} `.repeat(times).trim()}\n`);
          return { name, times };
        },
      }),
    },
    fetch: {
      summary: 'Fetches.',
      ...command({
        schema: z.strictObject({
          what: z.string().meta({ argument: 'WHAT' }),
          from: z.string().min(1).meta({ description: 'whence', placeholder: 'DIR' }),
          by: z.enum(['foot', 'horse', 'boat', 'train']).meta({ description: 'how' }),
          speed: z.enum(['slow', 'fast']).meta({ description: 'how soon' }),
          quietly: z.boolean().default(false).meta({ description: 'not to talk' }),
        }),
        run: async () => ({}),
      }),
    },
    fail: {
      summary: 'Fails.',
      load: async () =>
        command({
          schema: z.strictObject({ how: z.string().meta({ argument: 'HOW' }), ...outputFlags }),
          run: async ({ how }) => {
            throw FAILURES[how]!();
          },
        }),
    },
  },
};

async function call(...argv: string[]) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const code = await execute(toy, argv, { stdout, stderr });
  return { code, out: String(stdout.read() ?? ''), err: String(stderr.read() ?? '') };
}

test('results go to standard output, the rest to standard error', async () => {
  expect(await call('greet', 'Ishmael', '--times', '2')).toEqual({
    code: 0,
    out: 'hello Ishmael hello Ishmael\n',
    err: 'working\n',
  });
});

test('with --json standard output is one object and nothing else', async () => {
  const { code, out, err } = await call('greet', 'Ishmael', '--json');
  expect([code, out, err]).toEqual([0, '{"name":"Ishmael","times":1}\n', 'working\nhello Ishmael\n']);
});

describe('failures are one line and a number', () => {
  test.each([
    [['greet'], 2, 'toy: NAME must be given: whom\n'],
    [['greet', 'A', '--times', '10'], 2, 'toy: --times must be a whole number from 1 to 9, got 10\n'],
    [['great'], 2, 'toy: COMMAND must be one of greet, fetch, fail, got great; did you mean greet?; see --help\n'],
    [['toString'], 2, 'toy: COMMAND must be one of greet, fetch, fail, got toString; see --help\n'],
    [['greet', 'A', '--from', 'B'], 2, 'toy: --from is not a flag of greet, but of fetch; see greet --help\n'],
    [['greet', 'A', '--no-quietly'], 2, 'toy: --no-quietly is not a flag of greet, but of fetch; see greet --help\n'],
    [['fetch', 'A', '--polite'], 2, 'toy: --polite is not a flag of fetch, but of greet; see fetch --help\n'],
    [
      ['greet', 'A', '--titl', 'B'],
      2,
      'toy: --titl is not a flag of this command; did you mean --title?; see --help\n',
    ],
    [['fail', 'data'], 1, 'toy: a.txt: must hold text, got an empty file\n'],
    [['fail', 'foreign'], 1, 'toy: a.txt: must be long\n'],
    [['fail', 'checkpoint'], 1, 'toy: w: is damaged\n'],
    [['fail', 'shape'], 1, 'toy: x: must be [T, B]\n'],
    [['fail', 'backend'], 1, 'toy: native: cannot be loaded\n'],
    [['fail', 'full'], 1, 'toy: cannot write a file: no space left on the disk (ENOSPC)\n'],
    [['fail', 'bug'], 1, 'toy: TypeError: x is not a function (UNROLL_DEBUG=1 shows where)\n'],
    [['fail', 'interrupted'], 130, 'toy: stopped and saved; resume with: toy train --resume runs/toy-1\n'],
    [['fail', 'disposal'], 130, 'toy: stopped\n'],
  ])('%j', async (argv, code, err) => {
    expect(await call(...argv)).toEqual({ code, out: '', err });
  });

  test('of a long error, the beginning and the remedy', async () => {
    const { err } = await call('fail', 'long');
    expect(err.length).toBeLessThan(1300);
    expect(err).toMatch(/^toy: a\.csv: must be short, got x+ … x+; cut it\n$/);
  });

  test('with --json an object tells it too', async () => {
    const { code, out, err } = await call('fail', 'data', '--json');
    const message = 'a.txt: must hold text, got an empty file';
    expect([code, JSON.parse(out), err]).toEqual([1, { error: { name: 'DataError', message } }, `toy: ${message}\n`]);
  });
});

test('where memory is lacking, which flags of the command to make smaller', async () => {
  const error = new OutOfMemoryError(3 * 2 ** 20, 'the system has no memory left');
  const lacking = async (shape: z.ZodRawShape): Promise<string> => {
    const run = async () => {
      throw error;
    };
    const train = { summary: 'Trains.', ...command({ schema: z.object(shape), run }) };
    const stderr = new PassThrough();
    await execute({ ...toy, commands: { train } }, ['train'], { stdout: new PassThrough(), stderr });
    return String(stderr.read());
  };
  const problem = 'toy: Heap: 3 MiB are needed: the system has no memory left';
  const [batchSize, hiddenSize] = [z.int().default(4), z.int().default(8)];
  expect(await lacking({ hiddenSize, batchSize })).toBe(`${problem}; try a smaller --batch-size or --hidden-size\n`);
  expect(await lacking({ hiddenSize })).toBe(`${problem}; try a smaller --hidden-size\n`);
  expect(await lacking({ seed: hiddenSize })).toBe(`${problem}; use a smaller model or batch\n`);
});

test('without a command, the help on standard error and the code of wrong usage', async () => {
  const { out: help } = await call('--help');
  expect(await call()).toEqual({ code: 2, out: '', err: help });
});

test('without a command, the default one where there is one', async () => {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  expect(await execute({ ...toy, defaultCommand: 'fail' }, [], { stdout, stderr })).toBe(2);
  expect(String(stderr.read())).toBe('toy: HOW must be given: text\n');
});

test('--version prints the name and the version of the package', async () => {
  const { version } = JSON.parse(readText(fileURLToPath(new URL('../../package.json', import.meta.url))));
  expect(await call('--version')).toEqual({ code: 0, out: `toy ${version}\n`, err: '' });
});

test('required flags are in the usage, and called so in the list', async () => {
  const { out } = await call('fetch', '--help');
  expect(out).toMatch(/^.* fetch WHAT --from DIR --by BY --speed slow\|fast \[flags\]\n/);
  expect(out).toContain('--from DIR              whence (required)');
  expect(out).toContain('how soon (required)');
  expect(out).toContain('not to talk\n');
});

test('a program of programs says so', async () => {
  const suite: Program = {
    ...toy,
    app: 'suite',
    hasApplications: true,
    commands: { toy: { summary: 'A toy.', load: async () => toy } },
  };
  const stdout = new PassThrough();
  await execute(suite, ['--help'], { stdout, stderr: new PassThrough() });
  const help = String(stdout.read());
  expect(help).toMatch(/APPLICATION COMMAND \[flags\]\n[^]*\nApplications\n  toy  /);
  expect(help).toContain('APPLICATION --help lists the commands of an application.');
  const stderr = new PassThrough();
  await execute(suite, ['tow'], { stdout, stderr });
  expect(String(stderr.read())).toBe(
    'suite: APPLICATION must be one of toy, got tow; did you mean toy?; see --help\n',
  );
});

test('--help of the program lists its commands', async () => {
  const { code, out } = await call('--help');
  expect(code).toBe(0);
  expect(out).toContain('toy -- --version prints the version.');
  expect(out).toContain('  greet                   Greets somebody');
  expect(out).toContain('  fail                    Fails.');
});

test('--help of a command: flags under their headings, ranges, units, defaults, within the width', async () => {
  const stdout = Object.assign(new PassThrough(), { columns: 60 });
  await execute(toy, ['greet', '--help'], { stdout, stderr: new PassThrough() });
  const help = String(stdout.read());
  expect(help).toBe(
    [
      'npm run -s toy -- greet NAME [OTHER…] [flags]',
      '',
      'Greets somebody, and says how often it was asked to in a',
      'sentence that is too long for a narrow terminal.',
      '',
      'Arguments',
      '  NAME                    whom',
      '  OTHER                   greeted, too',
      '',
      'Manner',
      '  --times N               how often (from 1 to 9 times;',
      '                          default 1)',
      '  --voice low|high        how it sounds (default low, or',
      '                          what --minutes chooses)',
      '  --no-polite             not to bow (--minutes may choose',
      '                          it)',
      '  --title TEXT            before the name',
      '  --breaks N              pauses (at least 1 second)',
      '  --tune NAME             a tune: waltz, tango',
      '',
      'Output',
      '  --json                  print the result as one JSON',
      '                          object on standard output, and',
      '                          everything else on standard error',
      '',
    ].join('\n'),
  );
});

test.each([20, 40, 60, 80, 200])('--help fits %d columns', async (columns) => {
  const stdout = Object.assign(new PassThrough(), { columns });
  await execute(toy, ['greet', '--help'], { stdout, stderr: new PassThrough() });
  const widest = Math.max(
    ...String(stdout.read())
      .split('\n')
      .slice(1)
      .map((line) => line.length),
  );
  expect(widest).toBeLessThanOrEqual(Math.max(columns, 40));
});

test('the command line is kept as a shell would take it', async () => {
  const home = mkdtempSync(join(tmpdir(), 'unroll-program-'));
  const file = join(home, 'command');
  const spy: Program = {
    ...toy,
    commands: {
      spy: {
        summary: 'Writes down how it was called.',
        ...command({
          schema: z.strictObject({ text: z.string().meta({ argument: 'TEXT' }) }),
          presets: pathToFileURL(`${home}/`),
          run: async (_, { command }) => {
            writeFileSync(file, command);
            return {};
          },
        }),
      },
    },
  };
  await execute(spy, ['spy', "it's a test"], { stdout: new PassThrough(), stderr: new PassThrough() });
  expect(readText(file)).toBe(String.raw`npm run -s toy -- spy 'it'\''s a test'`);
  rmSync(home, { recursive: true });
});

test('--help names the default preset where it decides the default', async () => {
  const presets = pathToFileURL(`${mkdtempSync(join(tmpdir(), 'unroll-presets-'))}/`);
  writeFileSync(new URL('sentences.json', presets), '{"about":"Short.","cell":"gru","tied":true}');
  writeFileSync(new URL('texts.json', presets), '{"about":"Long.","layers":2}');
  const schema = z.strictObject({
    preset: z.string().default('sentences').meta({ description: 'settings' }),
    cell: z.enum(['gru', 'lstm']).default('lstm').meta({ description: 'network' }),
    layers: z.int().default(1).meta({ description: 'on each other' }),
    tied: z.boolean().default(false).meta({ description: 'one table' }),
  });
  const train = { summary: 'Trains.', ...command({ schema, presets, run: async () => ({}) }) };
  const stdout = new PassThrough();
  await execute({ ...toy, commands: { train } }, ['train', '--help'], { stdout, stderr: new PassThrough() });
  const help = String(stdout.read());
  expect(help).toContain('network (default gru, from preset sentences)');
  expect(help).toContain('on each other (default 1, or the preset’s)');
  expect(help).toContain('one table (default on, from preset sentences)');
});
