/** What a worker needs to join the pool: the same module over the same memory, and a stack of its own. */
export interface WorkerStart {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  /** The upper end of its stack, a byte offset. */
  readonly stack: number;
  readonly index: number;
}

/**
 * The whole program of a worker, for Node's worker threads and for browsers; text, because neither can be relied on to
 * find a file beside this one once it has been bundled. It answers when it is about to enter the pool, which it only
 * leaves when the pool closes.
 */
export const WORKER_PROGRAM = `
const port = typeof require === 'function' ? require('node:worker_threads').parentPort : self;
const serve = async ({ module, memory, stack, index }) => {
  const { exports } = await WebAssembly.instantiate(module, { env: { memory }, host: { workspace: () => 0 } });
  exports.__stack_pointer.value = stack;
  port.postMessage('ready');
  exports.poolWorker(index);
};
if (port === globalThis) port.onmessage = ({ data }) => serve(data);
else port.once('message', serve);
`;
