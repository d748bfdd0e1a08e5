/** What tools/build.mjs writes: a WebAssembly module whose memory is shared. */
declare module '*/build/kernels.js' {
  /** Its bytes, compressed as raw deflate, in base64. */
  export const deflated: string;
  /** The index of the byte that says so: 3 for shared memory, 1 for memory that is not. */
  export const memoryFlags: number;
}

declare module '*/build/kernels-relaxed.js' {
  export const deflated: string;
  export const memoryFlags: number;
}
