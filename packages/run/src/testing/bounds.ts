/** How often a test kills; more by `UNROLL_KILLS=100`. */
export const KILLS = Number(process.env['UNROLL_KILLS'] ?? 1);

/** How many inputs a test makes up: so many in the gate, more by `UNROLL_FUZZ=10000`. */
export const fuzzRuns = (inGate: number): number => Number(process.env['UNROLL_FUZZ'] ?? inGate);

/** What is random in a test follows from it; a test that failed is repeated with `UNROLL_SEED=…`. */
export const SEED = Number(process.env['UNROLL_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
