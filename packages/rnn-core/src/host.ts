/**
 * What the host offers beside the language, in Node and in a browser alike. Declared here because this package is compiled
 * without the types of either.
 */
interface Host {
  readonly TextEncoder: new () => { encode(text: string): Uint8Array };
  readonly TextDecoder: new (label?: string, options?: { fatal?: boolean }) => { decode(bytes: Uint8Array): string };
  readonly URL: new (url: string, base?: string) => { readonly href: string; readonly protocol: string };
  readonly performance: { now(): number };
  fetch(url: string): Promise<{
    readonly ok: boolean;
    readonly status: number;
    arrayBuffer(): Promise<ArrayBuffer>;
  }>;
  /** Of Node alone. */
  readonly process?: { getBuiltinModule?(name: string): unknown };
  /** Of Node alone. */
  setImmediate?(callback: () => void): unknown;
  readonly MessageChannel: new () => {
    readonly port1: { addEventListener(type: 'message', listen: () => void): void; start(): void; close(): void };
    readonly port2: { postMessage(message: unknown): void };
  };
}

export const host = globalThis as unknown as Host;

/** A module of Node, without importing one; undefined in a browser. */
export const nodeModule = (name: string): unknown => host.process?.getBuiltinModule?.(name);
