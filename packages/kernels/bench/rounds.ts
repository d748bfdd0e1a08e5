import { createInterface } from 'node:readline';

const ROUND_SECONDS = 1;

/** Something that can be done again and again, and the tokens in doing it once. */
export interface Work {
  readonly run: () => void | Promise<void>;
  readonly tokens: number;
}

/**
 * The protocol of everything measured: it says `ready` when it is warm, and answers every line it is sent with one round,
 * `{ perSecond, peakBytes }`. Processes that live side by side can so take turns.
 */
export async function serveRounds({ run, tokens }: Work): Promise<never> {
  await run();
  await run();
  answer({ ready: true });
  for await (const _line of createInterface({ input: process.stdin })) {
    const started = performance.now();
    let seconds = 0;
    let count = 0;
    do {
      const done = run();
      if (done) await done; // what computes at once need not wait for a turn of the event loop
      count++;
      seconds = (performance.now() - started) / 1000;
    } while (seconds < ROUND_SECONDS);
    answer({ perSecond: (count * tokens) / seconds, peakBytes: process.resourceUsage().maxRSS * 1024 });
  }
  process.exit(0);
}

function answer(message: object): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}
