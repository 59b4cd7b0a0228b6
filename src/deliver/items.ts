/** Events of a batch that lie in an entry of the spool. */
import type { AuditEvent } from '../event.ts'
import { parseNative } from '../formats/native.ts'
import type { LaneEntry } from './entries.ts'
import type { RuledLines } from './ruled-lines.ts'
import type { Item, Judge } from './work.ts'

/**
 * One per event on the hot path: a class, because its prototype carries the getters for all of them. It holds only its
 * place in the entry: items live until they are settled, long enough to burden the garbage collector.
 */
export class SpooledItem implements Item {
  readonly offset: number
  readonly #entry: LaneEntry
  #event: AuditEvent | undefined

  constructor(offset: number, entry: LaneEntry) {
    this.offset = offset
    this.#entry = entry
  }

  get uid(): string {
    return this.#entry.uid(this.offset - this.#entry.base)
  }

  get timestamp(): number {
    return this.#entry.timestamp(this.offset - this.#entry.base)
  }

  get line(): Uint8Array {
    return this.#entry.line(this.offset - this.#entry.base)
  }

  get payload(): Uint8Array {
    return this.line
  }

  get event(): AuditEvent {
    this.#event ??= parseNative(this.line)
    return this.#event
  }
}

/** What rules, or another format, made of such an event. */
export class RuledItem extends SpooledItem {
  readonly #lines: RuledLines
  readonly #index: number
  readonly #rules: Judge

  constructor(offset: number, entry: LaneEntry, lines: RuledLines, index: number, rules: Judge) {
    super(offset, entry)
    this.#lines = lines
    this.#index = index
    this.#rules = rules
  }

  override get payload(): Uint8Array {
    return this.#lines.payload(this.#index) ?? this.#rules.format(this.event)
  }

  override get event(): AuditEvent {
    return this.#lines.event(this.#index) ?? this.#rules.again(this.line)
  }
}
