export { type Group, groupsOf } from './report/group.ts';
export { reportPage } from './report/report-page.ts';
export type { RunSummary } from './report/run-summary.ts';
export { Comparison, summariesOf } from './running/comparison.ts';
