import type { Store } from '../store.ts'

/** SQLite's lock admits one process to the file: it holds everything, and there is nobody to inform. */
export function alone(): Pick<Store, 'claim' | 'publish' | 'published' | 'trouble'> {
  const claimed = new Set<string>()
  const never = new AbortController().signal
  return {
    async claim(holding) {
      const name = 'source' in holding ? `source ${holding.source}` : `lane ${holding.sink}`
      const continued = claimed.has(name)
      claimed.add(name)
      return { continued, signal: never, release: async () => {} }
    },
    publish: async () => {},
    published: async () => undefined,
    trouble: () => undefined,
  }
}
