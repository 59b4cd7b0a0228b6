/**
 * Objects that a store described with another digest than was sent, until this process ends. The name of an object says that
 * it holds a batch's events; under these names what exists counts for nothing.
 */
export interface DamagedObjects {
  /** What the store said of a write; `isWhole` is undefined where it described no object. */
  note(key: string, isWhole: boolean | undefined): void
  has(key: string): boolean
}

export function createDamagedObjects(): DamagedObjects {
  const keys = new Set<string>()
  return {
    note(key, isWhole) {
      if (isWhole === true) keys.delete(key)
      if (isWhole === false) keys.add(key)
    },
    has: (key) => keys.has(key),
  }
}
