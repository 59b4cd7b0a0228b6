/** The messages between an archive and its threads. */
import type { Thread } from '../../lib/thread.ts'
import type { FlatEvents } from './flat-events.ts'
import type { WantedLines } from './lines.ts'

export interface ThreadData {
  readonly path: string
  readonly role: 'write' | 'read'
}

export type ArchiveThread = Thread<Order>

export type Order =
  | { readonly kind: 'open' }
  | { readonly kind: 'append'; readonly events: FlatEvents; readonly archivedAt: number }
  | { readonly kind: 'drop-day'; readonly end: number; readonly at: number }
  | { readonly kind: 'drop-texts'; readonly after: number }
  | { readonly kind: 'query'; readonly sql: string; readonly parameters: readonly unknown[] }
  | { readonly kind: 'lines'; readonly wanted: WantedLines }
