/** Share of answers that must be right for a memory task to count as solved. */
export const SOLVED = 0.99;
