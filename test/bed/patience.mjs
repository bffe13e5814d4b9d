/** A limit is there to end what hangs, not to measure: a machine may be so many times slower than it was written on. */
export const PATIENCE = 3;
