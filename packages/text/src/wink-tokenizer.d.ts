/** What is used of wink-tokenizer, which ships no types. */
declare module 'wink-tokenizer' {
  interface Tokenizer {
    tokenize(text: string): { value: string; tag: string }[];
  }
  export default function winkTokenizer(): Tokenizer;
}
