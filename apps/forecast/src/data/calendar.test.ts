import { expect, test } from 'vitest';
import { Calendar, parseHolidays } from './calendar.ts';
import { type Frequency, TimeAxis } from './time-axis.ts';
import { DAY } from './timestamp.ts';

const features = (time: string, frequency: Frequency, holidays = ''): number[] => {
  const axis = new TimeAxis(Date.parse(`${time}Z`), frequency);
  const calendar = new Calendar(axis, parseHolidays(holidays, 'holidays.txt'));
  const into = new Float32Array(calendar.size);
  calendar.write(axis.at(0), into, 0);
  return Array.from(into, (value) => Math.round(1000 * value) / 1000 + 0);
};

test('days: the weekday, the time of the year, and holidays with their neighbours', () => {
  const holidays = '# ours\n12-25 Christmas\n2024-12-24, Last day';
  expect(features('2024-12-24T00:00', { milliseconds: DAY }, holidays)).toEqual(
    [
      [0, 0, 1, 0, 0, 0, 0],
      [-0.137, 0.991, -0.271, 0.963, -0.4, 0.916],
      [0, 0, 1],
      [0, 1, 0],
    ].flat(),
  );
});

test('hours: the time of the day, too, before 1970 as well', () => {
  expect(features('1969-06-01T06:00', { milliseconds: DAY / 24 }).slice(0, 4)).toEqual([1, 0, 0, -1]);
});

test('months: which it is; years: nothing', () => {
  expect(features('2024-03-01T00:00', { months: 1 })).toEqual([0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  expect(features('2024-01-01T00:00', { months: 12 })).toEqual([]);
});

test('a line that is no holiday', () => {
  expect(() => parseHolidays('12-25 Christmas\nEaster', 'holidays.txt')).toThrow(
    'holidays.txt: line 2: must be a day and a name such as 12-25 Christmas, got Easter',
  );
});
