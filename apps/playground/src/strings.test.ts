import { readdirSync, readFileSync } from 'node:fs';
import { transformSync } from 'esbuild';
import { expect, test } from 'vitest';
import { parseAst } from 'vitest/node';

/** Texts and formulas that are the subject of a room, and not of the page. */
const SUBJECTS = ['classify/examples.ts', 'translate/grammar.ts', 'unroll/equations.ts'];
const NOT_SHOWN = ['px system-ui, sans-serif', '\uffff', '\ufffd'];
/** Of an element, or of a component of ours. */
const SHOWN =
  /^(children|aria-label|aria-valuetext|title|alt|placeholder|label|hint|defaultValue|lead|unit|[xy]Label)$/;

interface Node {
  readonly type: string;
  readonly [key: string]: unknown;
}

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && 'type' in value;

/** The strings that an expression may be. */
function stringsOf(node: unknown): string[] {
  if (!isNode(node)) return [];
  if (node.type === 'Literal') return typeof node['value'] === 'string' ? [node['value']] : [];
  if (node.type === 'TemplateLiteral')
    return (node['quasis'] as { value: { cooked: string } }[]).map(({ value }) => value.cooked);
  const parts = { ConditionalExpression: ['consequent', 'alternate'], LogicalExpression: ['left', 'right'] };
  const names = (parts as Record<string, string[]>)[node.type];
  if (names) return names.flatMap((name) => stringsOf(node[name]));
  return node.type === 'ArrayExpression' ? (node['elements'] as unknown[]).flatMap(stringsOf) : [];
}

/** The texts of a source that somebody would see: what an element shows, and whatever else has two words or a sign. */
function textsIn(node: unknown): string[] {
  if (Array.isArray(node)) return node.flatMap(textsIn);
  if (!isNode(node) || (node.type.endsWith('Declaration') && node['source'])) return [];
  const own = stringsOf(node).filter((text) =>
    /\p{L}{2,} \p{L}|[^\0-\x7f\u2070-\u207b\u00b2\u00b3\u00b9]/u.test(text),
  );
  if (node.type === 'Property') {
    const key = node['key'] as { name?: string; value?: string };
    const name = key.name ?? key.value ?? '';
    if (name === 'class' || name === 'd') return [];
    if (SHOWN.test(name)) own.push(...stringsOf(node['value']).filter((text) => /\p{L}/u.test(text)));
  }
  return [...own, ...Object.values(node).flatMap(textsIn)];
}

const ROOT = new URL('.', import.meta.url);
const SOURCES = (readdirSync(ROOT, { recursive: true }) as string[])
  .map((name) => name.replaceAll('\\', '/'))
  .filter(
    (name) => /\.tsx?$/.test(name) && !/\.(test|fixture|d)\.|^strings\.ts$/.test(name) && !SUBJECTS.includes(name),
  );

test.each(SOURCES)('%s: every text that is seen stands in strings.ts', (name) => {
  const source = readFileSync(new URL(name, ROOT), 'utf8');
  const { code } = transformSync(source, { loader: name.endsWith('x') ? 'tsx' : 'ts', jsx: 'automatic' });
  expect(textsIn(parseAst(code)).filter((text) => !NOT_SHOWN.includes(text.trim()))).toStrictEqual([]);
});

test('the page itself has none', () => {
  const html = readFileSync(new URL('../static/index.html', ROOT), 'utf8');
  expect([...html.matchAll(/>\s*([^<>{}]*\p{L}[^<>{}]*)</gu)].map(([, text]) => text)).toStrictEqual([]);
  expect(html).toContain('content="{description}"');
});
