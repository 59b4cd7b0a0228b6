/**
 * Objects that a store described with a digest other than what was sent, until this process ends. Normally an object's
 * name shows that it holds a batch's events; under these names an existing object proves nothing.
 */
export interface DamagedObjects {
  /** What the store said about a write; `isWhole` is undefined if it described no object. */
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
