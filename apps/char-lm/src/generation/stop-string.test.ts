import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { StopString } from './stop-string.ts';

const piece = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 4 });

test('passes on all text before the first stop string, and nothing of it, however the text is cut into pieces', () => {
  fc.assert(
    fc.property(
      fc.array(piece),
      fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 1, maxLength: 4 }),
      (pieces, stop) => {
        const gate = new StopString(stop);
        let passed = '';
        for (const text of pieces) {
          passed += gate.push(text);
          if (gate.isReached) break;
        }
        const text = pieces.join('');
        const at = text.indexOf(stop);
        expect(gate.isReached).toBe(at >= 0);
        expect(at >= 0 ? passed : passed + gate.end()).toBe(at >= 0 ? text.slice(0, at) : text);
      },
    ),
    { numRuns: 1000 },
  );
});

test('holds back only what may be the start of the stop string', () => {
  const gate = new StopString('end');
  expect(gate.push('the e')).toBe('the ');
  expect(gate.push('nx')).toBe('enx');
});

test('without a stop string all text passes', () => {
  const gate = new StopString(undefined);
  expect(gate.push('anything') + gate.end()).toBe('anything');
});
