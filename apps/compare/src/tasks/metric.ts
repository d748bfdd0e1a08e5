/** A number of a model, as tables and charts show it. */
export type Quantity = {
  readonly name: string;
  /** `%`: the number is a fraction, and shown per cent. */
  readonly unit?: '%';
  readonly digits: number;
};

/** The metric by which a task's models are compared. */
export type Metric = Quantity & {
  /** Which data it was computed on. */
  readonly split: 'test' | 'validation';
  readonly isHigherBetter: boolean;
};

/** The number in the unit that is shown. */
export const inUnit = (value: number, { unit }: Quantity): number => (unit === '%' ? 100 * value : value);

/** The number as it is shown: `88.2`. */
export const valueText = (value: number, quantity: Quantity): string =>
  inUnit(value, quantity).toFixed(quantity.digits);

/** `validation accuracy %` */
export const quantityName = ({ name, unit }: Quantity): string => (unit ? `${name} ${unit}` : name);

/** `test accuracy %` */
export const metricName = (metric: Metric): string => `${metric.split} ${quantityName(metric)}`;

/** `test accuracy % ↑`; the arrow points to what is better. */
export const metricHeader = (metric: Metric): string => `${metricName(metric)} ${metric.isHigherBetter ? '↑' : '↓'}`;
