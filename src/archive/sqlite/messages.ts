/** What goes between an archive and its threads. */
import type { FlatEvents } from './flat-events.ts'
import type { WantedLines } from './lines.ts'

export interface ThreadData {
  readonly path: string
  readonly role: 'write' | 'read'
}

export type Request = { readonly id: number } & Order

export type Order =
  | { readonly kind: 'open' }
  | { readonly kind: 'append'; readonly events: FlatEvents; readonly archivedAt: number }
  | { readonly kind: 'drop-day'; readonly end: number; readonly at: number }
  | { readonly kind: 'drop-texts'; readonly after: number }
  | { readonly kind: 'query'; readonly sql: string; readonly parameters: readonly unknown[] }
  | { readonly kind: 'lines'; readonly wanted: WantedLines }
  | { readonly kind: 'close' }

export interface Answer {
  readonly id: number
  readonly result?: unknown
  readonly error?: {
    readonly name: string
    readonly message: string
    readonly code: string | undefined
    readonly errcode: number | undefined
  }
}
