import { isDeepStrictEqual } from 'node:util';
import { CheckpointError, type Json, type JsonObject } from '@unroll/rnn-core';
import { z } from 'zod';

export type { Json, JsonObject };

/** The text of a JSON file of ours: indented, one line end at the end. */
export const printJson = (value: Json): string => `${JSON.stringify(value, null, 2)}\n`;

/** Any JSON object, as a schema: for those parts of a file that belong to somebody else. */
export const jsonObject: z.ZodType<JsonObject> = z.record(z.string(), z.json());

/**
 * Reads a JSON file of ours.
 *
 * @param where the file's name, for messages
 * @throws CheckpointError when `text` is not JSON, or not what the schema says
 */
export function parseJson<T>(schema: z.ZodType<T>, text: string, where: string): T {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new CheckpointError(`${where}: must be JSON; the file is damaged`);
  }
  const parsed = parseWith(schema, value, where);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new CheckpointError(
    `${where}: ${issue?.path.join('.') || 'content'}: ${issue?.message}; the file is damaged`,
  );
}

/** Validates recursively: what is nested too deeply exhausts the stack. */
function parseWith<T>(schema: z.ZodType<T>, value: unknown, where: string): z.ZodSafeParseResult<T> {
  try {
    return schema.safeParse(value);
  } catch (error) {
    if (error instanceof RangeError) throw new CheckpointError(`${where}: is nested too deeply; the file is damaged`);
    throw error;
  }
}

/** Whether a value is an object of JSON, neither null nor an array. */
export const isJsonObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Whether two values print as the same JSON, whatever the order of their keys. */
export const sameJson = (a: Json | undefined, b: Json | undefined): boolean =>
  isDeepStrictEqual(printed(a), printed(b));

const printed = (value: Json | undefined): unknown =>
  value === undefined || typeof value === 'function' ? undefined : JSON.parse(JSON.stringify(value)); // a method: `toString` is a key too
