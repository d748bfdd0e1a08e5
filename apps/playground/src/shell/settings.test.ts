import { expect, test } from 'vitest';
import { parseRoute, printRoute } from './route.ts';
import { checkedSettings, choice, printSetting, readSettings, real, whole } from './settings.ts';

const SETTINGS = { cell: choice(['gru', 'lstm'], 'gru'), size: whole(1, 64, 16), lr: real(0.001, 1, 0.01) };

test('an address holds every setting that is not as at first', () => {
  const params = new URLSearchParams('cell=lstm&size=8&lr=0.5');
  expect(readSettings(SETTINGS, params)).toStrictEqual({ cell: 'lstm', size: 8, lr: 0.5 });
  expect(printSetting(SETTINGS.size, 16)).toBeUndefined();
  expect(printSetting(SETTINGS.size, 8)).toBe('8');
  expect(parseRoute(printRoute('write', params))).toStrictEqual({ room: 'write', params });
});

test.each(['cell=rnn', 'size=0', 'size=65', 'size=1.5', 'size=', 'lr=x', ''])(
  '%j: what is wrong or missing is as at first',
  (query) => {
    expect(readSettings(SETTINGS, new URLSearchParams(query))).toStrictEqual({ cell: 'gru', size: 16, lr: 0.01 });
  },
);

test.each([
  [{ cell: 'rnn', size: 8, lr: 0.5 }, 'config.json: cell must be one of gru, lstm, got "rnn"'],
  [{ cell: 'gru', size: 65, lr: 0.5 }, 'config.json: size must be from 1 to 64, got 65'],
  [{ cell: 'gru', size: '8', lr: 0.5 }, 'config.json: size must be from 1 to 64, got "8"'],
  [{ cell: 'gru', size: 8 }, 'config.json: lr must be from 0.001 to 1, got undefined'],
])('what is wrong with a model folder is said: %j', (config, message) => {
  expect(() => checkedSettings(SETTINGS, config, 'config.json')).toThrow(message);
});

test('an unknown room is the first', () => expect(parseRoute('#/attic').room).toBe('unroll'));
