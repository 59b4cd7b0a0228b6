/** What the rules of a sink decided about one event. */
import type { AuditEvent } from '../event.ts'
import { parseNative } from '../formats/native.ts'

export type Ruling =
  | Kept
  /** `rule` is the metric's label. */
  | { readonly kind: 'filtered'; readonly rule: string }
  /** A rule can't be computed for this event: a dead letter, never past the filter. */
  | { readonly kind: 'failed'; readonly reason: string }

/** `latin1`: a text that a format made straight from a line, in which each character is one byte of UTF-8. */
type TextEncoding = 'utf8' | 'latin1'

/** An event that the sink gets. A class, because getters made for each object are expensive. */
export class Kept {
  readonly kind = 'keep'
  readonly encoding: TextEncoding
  readonly #made: Uint8Array | string
  readonly #line: Uint8Array
  readonly #changed: AuditEvent | undefined

  /** `made`: the payload, or its text in `encoding`; `line`: the stored event; `changed`: what rules made of it, if any did. */
  constructor(made: Uint8Array | string, line: Uint8Array, encoding: TextEncoding, changed?: AuditEvent) {
    this.encoding = encoding
    this.#made = made
    this.#line = line
    this.#changed = changed
  }

  /** The payload as text, if one was made for it: a caller with memory at hand writes it there, in `encoding`. */
  get text(): string | undefined {
    return typeof this.#made === 'string' ? this.#made : undefined
  }

  get payload(): Uint8Array {
    return typeof this.#made === 'string' ? Buffer.from(this.#made, this.encoding) : this.#made
  }

  /** Whether a rule changed the event, so that its line no longer says the same. */
  get isChanged(): boolean {
    return this.#changed !== undefined
  }

  /**
   * One that no rule changed is parsed again on request, which is rare: kept with its payload until that is settled, it
   * would outlive the young generation.
   */
  get event(): AuditEvent {
    return this.#changed ?? parseNative(this.#line)
  }
}
