import { type DescriptionFiles, descriptionHashes } from '@unroll/rnn-core';
import type { Graph } from './graph.ts';

/** Files by name. */
export type ExportedFiles = Readonly<Record<string, string | Uint8Array<ArrayBuffer>>>;

/** What the files of an exported model say beside its graphs. */
export interface ExportInfo {
  readonly title: string;
  /** What the model computes and how to feed it, for people. */
  readonly description: string;
  /** Of the model that is exported. The metadata holds the first and the sha256 of both. */
  readonly files: DescriptionFiles;
}

/** The files of an exported model: its graphs, its tokenizer, and a README with the inputs and outputs. */
export function onnxFiles(graphs: readonly Graph[], { title, description, files }: ExportInfo): ExportedFiles {
  const metadata = { 'config.json': textOf(files['config.json']), ...descriptionHashes(files) };
  return {
    ...Object.fromEntries(graphs.map((graph) => [`${graph.name}.onnx`, graph.encode({ description, metadata })])),
    'tokenizer.json': textOf(files['tokenizer.json']),
    'README.md': `${[
      `# ${title}`,
      description,
      ...graphs.flatMap((graph) => [`## ${graph.name}.onnx`, signature(graph)]),
    ].join('\n\n')}\n`,
  };
}

const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

/** Inputs and outputs as a Markdown table. */
function signature(graph: Graph): string {
  const rows = (['input', 'output'] as const).flatMap((kind) =>
    [...graph[`${kind}s`]].map(
      ([name, { type, shape, description }]) =>
        `| ${kind} | \`${name}\` | ${type} [${shape.join(', ')}] | ${description} |`,
    ),
  );
  return ['| | name | type | meaning |', '|---|---|---|---|', ...rows].join('\n');
}
