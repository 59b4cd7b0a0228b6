/**
 * Bounds how much of the batches under way is unpacked at once. A batch for an object store holds 64 MiB before
 * compression, and three of them are under way: beyond the bound, what was unpacked first is packed until asked for.
 */

export interface Packable {
  /** Drops its unpacked memory; asking for something in it unpacks it again. */
  pack(): void
}

export interface Unpacked {
  /** It has been unpacked, to this many bytes. */
  note(it: Packable, bytes: number): void
  /** Nobody will ask it again: it needs no packing, and no room. */
  forget(it: Packable): void
}

/** Bytes. What sinks with small batches have under way fits in, so theirs is never packed again. */
export const MOST_UNPACKED = 8 * 2 ** 20

export function createUnpacked(most = MOST_UNPACKED): Unpacked {
  // Weak: settled batches must not stay in memory because of this list.
  let order: { readonly it: WeakRef<Packable>; readonly bytes: number }[] = []
  let sum = 0
  return {
    note(it, bytes) {
      order.push({ it: new WeakRef(it), bytes })
      sum += bytes
      while (sum > most && order.length > 1) {
        const first = order.shift()
        sum -= first?.bytes ?? 0
        first?.it.deref()?.pack()
      }
    },
    forget(it) {
      order = order.filter((one) => {
        if (one.it.deref() !== it) return true
        sum -= one.bytes
        return false
      })
    },
  }
}
