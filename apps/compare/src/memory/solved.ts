/** Accuracy at which a memory task counts as solved. */
export const SOLVED = 0.99;
