import { host } from '../host.ts';

const TURN_MS = 20; // a signal or a message waits at most this long
let lastTurn = 0;

/**
 * Lets the host handle signals, timers and messages when it could not for a while. Call it in long loops; `fit` does after
 * every step.
 */
export async function yieldToEventLoop(): Promise<void> {
  if (host.performance.now() - lastTurn < TURN_MS) return;
  await new Promise<void>((resolve) => (host.setImmediate ? host.setImmediate(resolve) : postTask(resolve)));
  lastTurn = host.performance.now();
}

/** As `setImmediate`, in a browser, where `setTimeout` would wait for four milliseconds. */
function postTask(task: () => void): void {
  const { port1, port2 } = new host.MessageChannel();
  port1.addEventListener('message', () => {
    port1.close();
    task();
  });
  port1.start();
  port2.postMessage(undefined);
}
