/** Orders names as a person does: `a` before `a-b`, and `a-5` before `a-15`. */
export const byName = (one: string, other: string): number => one.localeCompare(other, 'en', { numeric: true });
