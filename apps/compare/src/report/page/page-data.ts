import type { Group } from '../group.ts';
import type { RunSummary } from '../run-summary.ts';

/** What the report's page is given. */
export type PageData = {
  readonly runs: readonly RunSummary[];
  readonly groups: readonly Group[];
  /** The command behind the comparison. */
  readonly command: string;
  /** Whether runs are in progress, and the page asks for them again and again. */
  readonly isLive: boolean;
};
