/** `a, b or c` */
export const ANY_OF = new Intl.ListFormat('en-GB', { type: 'disjunction' });

/** `a, b and c` */
export const ALL_OF = new Intl.ListFormat('en-GB', { type: 'conjunction' });
