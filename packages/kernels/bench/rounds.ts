import { createInterface } from 'node:readline';

const ROUND_SECONDS = 1;

/**
 * The protocol of everything measured: it says `ready` when it is warm, and answers every line it is sent with one round,
 * `{ tokensPerSecond, peakBytes }`. Processes that live side by side can so take turns.
 */
export function serveRounds({ run, tokens }: { run: () => void; tokens: number }): void {
  run();
  run();
  const answer = (message: object) => process.stdout.write(`${JSON.stringify(message)}\n`);
  answer({ ready: true });
  createInterface({ input: process.stdin })
    .on('line', () => {
      const started = performance.now();
      let seconds = 0;
      let count = 0;
      do {
        run();
        count++;
        seconds = (performance.now() - started) / 1000;
      } while (seconds < ROUND_SECONDS);
      answer({ tokensPerSecond: (count * tokens) / seconds, peakBytes: process.resourceUsage().maxRSS * 1024 });
    })
    .on('close', () => process.exit(0));
}
