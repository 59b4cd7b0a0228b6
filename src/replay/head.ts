/** A newest-first list with its newest item that was not taken yet, to go down several such lists together. */
interface Head<Item> {
  /** The place of the next item; -Infinity when there is none. */
  at(): number
  /** Takes the next item if it is at this place. */
  take(at: number): Promise<Item | undefined>
  close(): Promise<void>
}

export async function headOf<Item extends { readonly at: number }>(
  items: AsyncGenerator<Item>,
): Promise<Head<Item>> {
  let next = await items.next()
  return {
    at: () => (next.done ? Number.NEGATIVE_INFINITY : next.value.at),
    async take(at) {
      if (next.done || next.value.at !== at) return undefined
      const { value } = next
      next = await items.next()
      return value
    },
    close: async () => void (await items.return(undefined)),
  }
}

export function newestOf(heads: readonly Head<unknown>[]): number {
  return heads.reduce((newest, head) => Math.max(newest, head.at()), Number.NEGATIVE_INFINITY)
}
