/** A list that comes newest first, and its newest item that was not taken yet: to go down several of them together. */
export interface Head<Item> {
  /** Of the item that is next; -Infinity when there is none. */
  at(): number
  /** The next item if it is of this place, and on to the one behind it. */
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
