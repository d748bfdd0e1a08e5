// oxlint-disable-next-line typescript/triple-slash-reference -- a package that compiles this source must find it, too
/// <reference path="./cephes.d.ts" />
import { compiled, incbet } from 'cephes';

/** Resolves when the t-tests can be called: Student's t is WebAssembly. */
export const tTestsAreReady: Promise<void> = compiled;

/** P(|X| ≥ |t|) for X of Student's t distribution with so many degrees of freedom. */
export const studentTTails = (t: number, degreesOfFreedom: number): number =>
  incbet(degreesOfFreedom / 2, 0.5, degreesOfFreedom / (degreesOfFreedom + t * t));
