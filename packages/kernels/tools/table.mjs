/**
 * The list of kernels, read from the prototypes of c/kernels.h: what the Node-API wrappers, WebAssembly's exports and
 * the test of names and argument orders are made from.
 */
import { readFileSync } from 'node:fs';

const HEADER = new URL('../c/kernels.h', import.meta.url);

/** How one argument comes out of the array of doubles a kernel is called with. */
const CONVERSIONS = {
  pointer: (i) => `AT(${i})`,
  Size: (i) => `(Size)a[${i}]`,
  int: (i) => `(int)a[${i}]`,
  uint32_t: (i) => `(uint32_t)a[${i}]`,
  double: (i) => `a[${i}]`,
};

/** @returns {{ name: string, returnsNumber: boolean, arguments: { name: string, type: string }[] }[]} */
export function readKernelTable() {
  const prototypes = readFileSync(HEADER, 'utf8').matchAll(/^KERNEL (void|double) (\w+)\(([^)]*)\);$/gm);
  return [...prototypes].map(([, result, name, list]) => ({
    name,
    returnsNumber: result === 'double',
    arguments: list
      .trim()
      .split(/,\s+/)
      .map((argument) => {
        const [, type, star, argumentName] = /^(?:const )?(\w+) (\*?)(\w+)$/.exec(argument);
        return { name: argumentName, type: star ? 'pointer' : type };
      }),
  }));
}

/** C source: for every kernel a call from doubles, and the table of one instruction set. */
export function callsHeader(table) {
  const calls = table.map(({ name, returnsNumber, arguments: list }) => {
    const call = `${name}(${list.map(({ type }, i) => CONVERSIONS[type](i)).join(', ')})`;
    const body = returnsNumber ? `return ${call};` : `${call}; return 0;`;
    return `static double call_${name}(char *heap, const double *a) { (void)heap; ${body} }`;
  });
  const rows = table.map(
    ({ name, returnsNumber, arguments: list }) =>
      `  {"${name}", ${list.length}, ${Number(returnsNumber)}, call_${name}},`,
  );
  return `/* Made by tools/build.mjs from kernels.h. */
#define AT(i) ((void *)(a[i] == 0 ? 0 : (uintptr_t)heap + (uintptr_t)a[i]))

${calls.join('\n')}

static const Kernel kernelTable[] = {
${rows.join('\n')}
};
const Isa KERNEL_TABLE = {ISA_NAME, kernelTable, ${table.length}};
`;
}
