/** How the entries of an archive are linked: each hash covers the entry, its payload's hash and the hash before. Pure. */
import { createHash } from 'node:crypto'
import type { EntryRow } from './schema.ts'

/** What the first entry has as the previous hash. */
export const NO_ENTRY: Uint8Array = new Uint8Array(32)

export function entryHash(previous: Uint8Array, it: Omit<EntryRow, 'hash'>): Uint8Array {
  const { number, base, count, archived_at, oldest, newest } = it
  return createHash('sha256')
    .update(previous)
    .update(`auditferry/archive/1 ${number} ${base} ${count} ${archived_at} ${oldest} ${newest} `)
    .update(it.payload_hash)
    .digest()
}

/** The entry that follows `last`. */
export function linkEntry(
  last: EntryRow | undefined,
  it: Pick<EntryRow, 'count' | 'archived_at' | 'oldest' | 'newest' | 'payload_hash'>,
): EntryRow {
  const number = (last?.number ?? 0) + 1
  const base = last === undefined ? 1 : last.base + last.count
  const row = { number, base, ...it }
  return { ...row, hash: entryHash(last?.hash ?? NO_ENTRY, row) }
}

/** Whether the entry says that retention dropped everything older than its time. */
export function isFloor({ count }: Pick<EntryRow, 'count'>): boolean {
  return count === 0
}
