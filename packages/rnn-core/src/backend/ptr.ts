/** A byte offset into a backend's heap; 0 is the null pointer. */
export type Ptr = number;
