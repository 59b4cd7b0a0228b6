/** What the engine reports as it goes; `prometheus.ts` makes the metrics of docs/monitoring.md of it. */
export interface Metrics {
  polled(source: string, events: number): void
  spooled(source: string, events: number): void
  late(source: string, events: number): void
  /** How far behind the checkpoint one late event was found. */
  lateness(source: string, seconds: number): void
  quarantined(source: string, records: number): void
  gap(source: string): void
  /** How many events the last scheduled reconciliation found missing. */
  reconciled(source: string, holes: number): void
  /** `status`: the HTTP status, or `error` when there was no answer. */
  sourceRequest(source: string, status: string): void
  delivered(sink: string, events: number): void
  filtered(sink: string, rule: string, events: number): void
  deadLettered(sink: string, events: number): void
  /** One written batch and its worst outcome. */
  sinkRequest(sink: string, outcome: string, seconds: number): void
  /** Work that falls due at a sink, such as a manifest, failed; it is tried again. */
  upkeepFailed(sink: string): void
  /** A write of this process was refused: it had lost its claim. */
  refusedWrite(): void
  /** From event time to delivered, for `events` events of about the same age. */
  deliveryLatency(sink: string, seconds: number, events: number): void
}

export const silentMetrics: Metrics = {
  polled() {},
  spooled() {},
  late() {},
  lateness() {},
  quarantined() {},
  gap() {},
  reconciled() {},
  sourceRequest() {},
  delivered() {},
  filtered() {},
  deadLettered() {},
  sinkRequest() {},
  upkeepFailed() {},
  refusedWrite() {},
  deliveryLatency() {},
}
