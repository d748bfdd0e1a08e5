/** Which columns are wanted: by name where there is a header or keys, by number, from 1, where there is no header. */
export type Columns = Readonly<Record<string, string | number>>;

/** A record of a table. */
export interface DataRecord {
  /** Where it begins, from 1: the line, or in a JSON array the place. */
  readonly line: number;
  /** Its text in each wanted column. */
  readonly values: Readonly<Record<string, string>>;
}

/** A record with everything that its file has of it. */
export interface FullRecord extends DataRecord {
  /** All its columns or keys in the file's order; where there is no header a column's name is its number. */
  readonly fields: readonly Field[];
}

/** A column's name and its value in a record. */
export type Field = readonly [name: string, value: unknown];
