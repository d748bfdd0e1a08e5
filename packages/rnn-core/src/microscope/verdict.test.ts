import { describe, expect, it } from 'vitest';
import type { Glimpse, LayerGlimpse } from './microscope.ts';
import { verdictOf } from './verdict.ts';

const layer = (factor: number, more: Partial<LayerGlimpse> = {}): LayerGlimpse => ({
  name: 'rnn.l0',
  cell: 'tanh',
  hidden: [],
  reach: Array.from({ length: 31 }, (_, k) => factor ** k),
  gates: {},
  units: { dead: 0, saturated: 0 },
  spectrum: {},
  ...more,
});

const glimpse = (layers: readonly LayerGlimpse[], more: Partial<Glimpse> = {}): Glimpse => ({
  step: 10,
  layers,
  updates: {},
  clippedShare: 0,
  ...more,
});

describe('verdictOf', () => {
  it('speaks of the worst layer and judges all of them', () => {
    const verdict = verdictOf([glimpse([layer(0.99, { name: 'rnn.l0' }), layer(0.6, { name: 'rnn.l1' })])]);
    expect(verdict.fate).toBe('vanishes');
    expect(verdict.layers.map(({ name, fate }) => [name, fate])).toEqual([
      ['rnn.l0', 'holds'],
      ['rnn.l1', 'vanishes'],
    ]);
    expect(verdict.text).toMatch(
      /^In rnn\.l1, the worst of 2 layers, gradients shrink by 0\.60 a step: nothing further back than 9 steps/,
    );
  });

  it('averages what several glimpses saw', () => {
    const [factor] = verdictOf([glimpse([layer(0.8)]), glimpse([layer(0.5)])]).layers.map(({ factor }) => factor);
    expect(factor).toBeCloseTo(Math.sqrt(0.8 * 0.5), 10);
  });

  it('an explosion says after how many steps it is a hundredfold, and what steadies it', () => {
    const { text, fate } = verdictOf([glimpse([layer(1.4)])]);
    expect(fate).toBe('explodes');
    expect(text).toContain('grow by 1.40 a step, a hundredfold after 14 steps; clip by norm'); // 1.4¹⁴ = 111
  });

  it('a gradient that holds over the window is told how much is left, and when it would be gone', () => {
    const { text, fate } = verdictOf([glimpse([layer(0.95)])]);
    expect(fate).toBe('holds');
    expect(text).toContain(
      "after the window's 30 steps 21 % is left. At this rate 1 % would be left after 90 steps.",
    );
  });

  it('advises each cell in its own terms', () => {
    const advice = (cell: LayerGlimpse['cell']) => verdictOf([glimpse([layer(0.5, { cell })])]).text;
    expect(advice('tanh')).toContain('try GRU or LSTM');
    expect(advice('lstm')).toContain('try a forget bias of 1 or more');
    expect(advice('gru')).not.toContain('GRU or LSTM');
  });

  it('remarks on stuck units and gates, on clipping and on steps that are too large', () => {
    const stuck = layer(1, {
      units: { dead: 0.5, saturated: 0.3 },
      gates: { input: { shut: 0.8, open: 0 }, forget: { shut: 0.4, open: 0.4 } },
    });
    const { text } = verdictOf([
      glimpse([stuck], { clippedShare: 0.9, updates: { small: 0.001, 'rnn.weight': 0.2 } }),
    ]);
    expect(text).toContain('50 % of the units are dead');
    expect(text).toContain('30 % of the units are saturated');
    expect(text).toContain('The input gate is shut 80 % of the time.');
    expect(text).toContain('The forget gate stands at an end 80 % of the time.');
    expect(text).toContain('90 % of the steps were clipped');
    expect(text).toContain('rnn.weight moves by 20 % of its length a step');
  });

  it('has nothing to say of nothing', () => {
    expect(verdictOf([])).toEqual({ fate: 'holds', layers: [], text: '' });
  });
});
