/** Tests with Student's t: apart from the main entry point, which needs no dependency. */
export { type DieboldMariano, dieboldMariano } from './diebold-mariano.ts';
export { tTestsAreReady } from './student-t.ts';
export { welch } from './welch.ts';
