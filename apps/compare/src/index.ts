export { type MemoryBatch, type MemoryTask } from './memory/memory-task.ts';
export { MEMORY_TASKS, type MemoryTaskName } from './memory/memory-tasks.ts';
export { memoryShape, type RecallOptions, RecallTask } from './memory/recall-task.ts';
export { type Group, groupRuns } from './report/group.ts';
export type { RunSummary } from './report/run-summary.ts';
export { type Metric, metricName, type Quantity } from './tasks/metric.ts';
