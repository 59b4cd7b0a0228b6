/**
 * Milliseconds that a test waits for something to happen by itself. Only what hangs takes that long: on the slowest
 * machine so far, with some twenty programs on its two cores, what takes ten seconds alone took over two minutes.
 */
export const PATIENCE_MS = 240_000
