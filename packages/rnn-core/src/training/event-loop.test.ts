import { afterEach, expect, test, vi } from 'vitest';
import { yieldToEventLoop } from './event-loop.ts';

afterEach(() => vi.unstubAllGlobals());

test.each(['Node', 'a browser'])('in %s timers run within a long loop', async (host) => {
  const ticks: number[] = [];
  const timer = setInterval(() => ticks.push(1), 1);
  if (host === 'a browser') vi.stubGlobal('setImmediate', undefined);
  const end = performance.now() + 5000; // on a busy machine; otherwise four turns take 80 ms
  while (ticks.length <= 3 && performance.now() < end) await yieldToEventLoop();
  clearInterval(timer);
  expect(ticks.length).toBeGreaterThan(3);
});
