import { expect, test, vi } from 'vitest';
import { Interrupt } from './interrupt.ts';

test('the first Ctrl-C asks to stop, the second ends the process; a closed terminal never does', () => {
  const exit = vi.spyOn(process, 'exit').mockImplementation(() => undefined as never);
  using interrupt = new Interrupt(() => {});
  process.emit('SIGHUP', 'SIGHUP');
  process.emit('SIGHUP', 'SIGHUP');
  expect(interrupt.signal.aborted).toBe(true);
  expect(exit).not.toHaveBeenCalled();
  process.emit('SIGINT', 'SIGINT');
  expect(exit).toHaveBeenCalledWith(130);
  exit.mockRestore();
});

test('nothing is asked by a signal that comes when nobody listens', () => {
  const interrupt = new Interrupt(() => {});
  interrupt[Symbol.dispose]();
  process.once('SIGINT', () => {}); // or the process ends
  process.emit('SIGINT', 'SIGINT');
  expect(interrupt.signal.aborted).toBe(false);
});
