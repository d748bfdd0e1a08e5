export { Comparison, summariesOf } from './comparison.ts';
export { type Group, groupsOf } from './group.ts';
export { reportPage } from './report-page.ts';
export type { RunSummary } from './run-summary.ts';
