import { type Called, callProgram, callSuccessfully } from '@unroll/run/testing';
import { program } from './program.ts';

/** Days of a week that repeats, of as many shops, as CSV: shop, day, units. */
export function toySales(days: number, shops: readonly string[] = ['north']): string {
  const rows = shops.flatMap((shop, s) =>
    Array.from({ length: days }, (_, t) => {
      const day = new Date(Date.UTC(2024, 0, 1 + t)).toISOString().slice(0, 10);
      const wobble = ((t * 7919 + s * 104_729) % 13) / 13;
      return `${shop},${day},${(s + 1) * (100 + 30 * Number([0, 1, 2, 1, 3, -2, -3][t % 7])) + 5 * wobble}`;
    }),
  );
  return ['shop,date,units', ...rows, ''].join('\n');
}

/** Flags of a model so small that a step takes a few milliseconds. */
export const TINY =
  '--time-column date --value-column units --series-column shop --horizon 7 --context 14 --lags 1,7 --hidden-size 8 --batch-size 8 --lr 0.02 --backend reference'.split(
    ' ',
  );

/** Calls the program in this process. */
export const call = async (...argv: string[]): Promise<Called> => callProgram(program, argv);

/** As {@link call}, for what must succeed. */
export const succeed = async (...argv: string[]): Promise<Called> => callSuccessfully(program, argv);
