/**
 * Every kernel under the address, undefined-behaviour and thread sanitizers, at all widths on any x64 machine, and with
 * bf16 products where the processor has them: recorded calls of the conformance suite in a program of their own. With clang,
 * or `CC`, from version 17 on where there is one; else with the compiler from npm, which has the undefined-behaviour
 * sanitizer alone.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { callsHeader, readKernelTable } from './table.mjs';
import { findZig } from './zig.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'unroll-sanitize-'));
const table = readKernelTable();
const clang = process.env.CC ?? 'clang';
const hasClang = Number.parseInt(spawnSync(clang, ['-dumpversion'], { encoding: 'utf8' }).stdout ?? '', 10) >= 17;
const compiler = hasClang ? [clang] : [findZig(), 'cc'];
const sanitizers = hasClang ? ['address,undefined', 'thread'] : ['undefined'];
// The third is the shape of AVX-512, whose vectors the compiler takes apart.
const widths = process.arch === 'x64' ? [[], ['-mavx2'], ['-mavx2', '-D__AVX512F__', '-Wno-psabi']] : [[]];
const cpuInfo = existsSync('/proc/cpuinfo') ? readFileSync('/proc/cpuinfo', 'utf8') : '';
const AVX512 = ['f', 'bw', 'dq', 'vl', 'bf16'].map((extension) => `-mavx512${extension}`);
if (/\bavx512_bf16\b/.test(cpuInfo)) widths.push(['-mavx2', '-mfma', ...AVX512]);
if (/\bamx_bf16\b/.test(cpuInfo)) widths.push(['-mavx2', '-mfma', ...AVX512, '-mamx-tile', '-mamx-bf16']);

writeFileSync(join(folder, 'calls.h'), callsHeader(table));
const record = [
  '--import',
  'tsx',
  '-C',
  'unroll-source',
  join(ROOT, 'src/conformance/record-cases.ts'),
  table.map(({ name }) => name).join(),
];
writeFileSync(join(folder, 'calls'), execFileSync(process.execPath, record, { maxBuffer: 2 ** 30 }));

let failed = 0;
for (const sanitizer of sanitizers) {
  for (const flags of widths) {
    const name = `${hasClang ? clang : 'zig'} -fsanitize=${sanitizer} ${flags.join(' ')}`;
    const program = join(folder, 'sanitize');
    const [command, ...prefix] = compiler;
    execFileSync(
      command,
      [
        ...prefix,
        '-std=gnu11',
        '-O1',
        '-g',
        '-ffp-contract=off',
        `-fsanitize=${sanitizer}`,
        '-fno-sanitize-recover=all',
        ...flags,
        '-DKERNEL_TABLE=kernels',
        '-DISA_NAME=""',
        `-I${folder}`,
        join(ROOT, 'c/sanitize.c'),
        join(ROOT, 'c/threads.c'),
        '-pthread',
        '-o',
        program,
      ],
      { stdio: 'inherit' },
    );
    const { status } = spawnSync(program, [join(folder, 'calls')], {
      stdio: 'inherit',
      env: { ...process.env, ASAN_OPTIONS: 'detect_leaks=0' },
    });
    process.stdout.write(`${status === 0 ? 'clean' : 'FAILED'}: ${table.length} kernels with ${name}\n`);
    failed += Number(status !== 0);
  }
}
rmSync(folder, { recursive: true });
process.exitCode = failed ? 1 : 0;
