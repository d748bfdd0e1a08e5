import { describe, expect, it } from 'vitest';
import { diagnose } from './diagnosis.ts';
import type { GradientSnapshot, LayerSnapshot } from './microscope.ts';

const layer = (factor: number, more: Partial<LayerSnapshot> = {}): LayerSnapshot => ({
  name: 'rnn.l0',
  cell: 'tanh',
  hidden: [],
  reach: Array.from({ length: 31 }, (_, k) => factor ** k),
  gates: {},
  units: { dead: 0, saturated: 0 },
  spectrum: {},
  ...more,
});

const snapshot = (layers: readonly LayerSnapshot[], more: Partial<GradientSnapshot> = {}): GradientSnapshot => ({
  step: 10,
  layers,
  updates: {},
  clippedFraction: 0,
  ...more,
});

describe('diagnose', () => {
  it('describes the worst layer and diagnoses all of them', () => {
    const diagnosis = diagnose([snapshot([layer(0.99, { name: 'rnn.l0' }), layer(0.6, { name: 'rnn.l1' })])]);
    expect(diagnosis.flow).toBe('vanishing');
    expect(diagnosis.layers.map(({ name, flow }) => [name, flow])).toEqual([
      ['rnn.l0', 'stable'],
      ['rnn.l1', 'vanishing'],
    ]);
    expect(diagnosis.text).toMatch(
      /^In rnn\.l1, the worst of 2 layers, gradients shrink by 0\.60 per step: less than 1 % arrives from more than 9 steps back\. Where the task needs what is further back, try GRU or LSTM/,
    );
  });

  it('averages several snapshots', () => {
    const [factor] = diagnose([snapshot([layer(0.8)]), snapshot([layer(0.5)])]).layers.map(({ factor }) => factor);
    expect(factor).toBeCloseTo(Math.sqrt(0.8 * 0.5), 10);
  });

  it('an explosion says after how many steps it is a hundredfold, and what helps', () => {
    const { text, flow } = diagnose([snapshot([layer(1.4)])]);
    expect(flow).toBe('exploding');
    expect(text).toContain('grow by 1.40 per step, a hundredfold after 14 steps. Clip by norm'); // 1.4¹⁴ = 111
  });

  it('a stable gradient is described by how much is left, and when it would vanish', () => {
    const { text, flow } = diagnose([snapshot([layer(0.95)])]);
    expect(flow).toBe('stable');
    expect(text).toContain(
      "after the window's 30 steps 21 % is left. At this rate 1 % would be left after 90 steps.",
    );
  });

  it.each([
    [0.47, 5, 'vanishing', "shrink by 0.47 per step: after the window's 4 steps 5 % is left"],
    [0.47, 3, 'vanishing', "after the window's 2 steps 22 % is left"],
    [0.85, 3, 'stable', "are stable, 0.85 per step: after the window's 2 steps 72 % is left"],
    [0.93, 31, 'stable', "after the window's 30 steps 11 % is left"],
    [0.92, 31, 'vanishing', "after the window's 30 steps 8 % is left"],
    [2.5, 4, 'exploding', 'grow by 2.50 per step, a hundredfold after 6 steps'],
    [1.1, 31, 'stable', "after the window's 30 steps they have grown 17.4 times"],
  ] as const)('%f per step over %i states is %s', (factor, states, flow, text) => {
    const reach = Array.from({ length: states }, (_, k) => factor ** k);
    const diagnosis = diagnose([snapshot([layer(factor, { reach })])]);
    expect(diagnosis.flow).toBe(flow);
    expect(diagnosis.text).toContain(text);
  });

  it('has no advice for a model that does well already', () => {
    const vanishing = [snapshot([layer(0.6)])];
    expect(diagnose(vanishing, { isSolved: true })).toMatchObject({
      flow: 'vanishing',
      text: 'Gradients shrink by 0.60 per step: less than 1 % arrives from more than 9 steps back.',
    });
    expect(diagnose(vanishing).text).toContain('Where the task needs what is further back, try GRU or LSTM');
  });

  it('advises each cell in its own terms', () => {
    const advice = (cell: LayerSnapshot['cell']) => diagnose([snapshot([layer(0.5, { cell })])]).text;
    expect(advice('tanh')).toContain('try GRU or LSTM');
    expect(advice('lstm')).toContain('try a forget bias of 1 or more');
    expect(advice('gru')).not.toContain('GRU or LSTM');
  });

  it('remarks on dead and saturated units, gates, clipping and steps that are too large', () => {
    const stuck = layer(1, {
      units: { dead: 0.5, saturated: 0.3 },
      gates: { input: { shut: 0.8, open: 0 }, forget: { shut: 0.4, open: 0.4 } },
    });
    const { text } = diagnose([
      snapshot([stuck], { clippedFraction: 0.9, updates: { small: 0.001, 'rnn.weight': 0.2 } }),
    ]);
    expect(text).toContain('50 % of the units are dead');
    expect(text).toContain('30 % of the units are saturated');
    expect(text).toContain('The input gate is shut 80 % of the time.');
    expect(text).toContain('The forget gate is saturated 80 % of the time.');
    expect(text).toContain('90 % of the steps were clipped');
    expect(text).toContain('rnn.weight changes by 20 % of its norm per step');
  });

  it('has nothing to say without snapshots', () => {
    expect(diagnose([])).toEqual({ flow: 'stable', layers: [], text: '' });
  });
});
