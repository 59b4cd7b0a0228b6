/**
 * Milliseconds that a test waits for what is to come by itself. Only what hangs takes so long: the slowest machine so far, with
 * some twenty programs on its two cores, took half a minute for what takes two seconds alone.
 */
export const PATIENCE_MS = 120_000
