/** Converts rows of the embedded store's tables to the shapes of the store contract. */
import type { DeadLetter, Entry, LedgerMinute, QuarantinedRecord, SinkLedgerMinute } from '../store.ts'

export function entryRow(row: unknown, offset: number): Entry | undefined {
  const entry = row as Entry | undefined
  return entry !== undefined && offset < entry.base + entry.count ? entry : undefined
}

export function ledgerRow(row: unknown): LedgerMinute {
  const { minute, count, digest, uids } = row as LedgerMinute & { uids: Uint8Array | null }
  return { minute, count, digest, uids: uids ?? undefined }
}

export function sinkLedgerRow(row: unknown): SinkLedgerMinute {
  const it = row as SinkLedgerMinute & {
    dead_lettered: number
    first_settled: number | null
    last_settled: number | null
  }
  const { minute, delivered, filtered, digest } = it
  const replayed = it.replayed ? { replayed: it.replayed } : {}
  const { first_settled: first, last_settled: last } = it
  const settled = first === null || last === null ? {} : { settled: { first, last } }
  return { minute, delivered, filtered, deadLettered: it.dead_lettered, ...replayed, ...settled, digest }
}

export function quarantineRow(row: unknown): QuarantinedRecord {
  return { ...(row as QuarantinedRecord) }
}

export function deadLetterRow(row: unknown): DeadLetter {
  return { ...(row as DeadLetter) }
}
