/** The same text in memory of its own: V8 makes a piece of a longer string a view, which keeps all of that alive. */
export const ownCopy = (text: string): string => Buffer.from(text, 'utf16le').toString('utf16le');
