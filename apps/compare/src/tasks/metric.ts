/** The metric by which a task's models are compared. */
export type Metric = {
  readonly name: string;
  /** Which data it was computed on. */
  readonly split: 'test' | 'validation';
  readonly isHigherBetter: boolean;
  readonly digits: number;
};

/** `test accuracy` */
export const metricName = ({ split, name }: Metric): string => `${split} ${name}`;

/** `test accuracy ↑`; the arrow points to what is better. */
export const metricHeader = (metric: Metric): string => `${metricName(metric)} ${metric.isHigherBetter ? '↑' : '↓'}`;
