/**
 * Whose mirror it is. Engines with separate states that write to one place would each, after a loss, continue from where
 * the other was. So a mirror names its state, and an engine that finds another name in the place reports it.
 */
import { randomUUID } from 'node:crypto'
import type { OperatorStore } from '../spool/operator-store.ts'
import { readDocument } from './document.ts'

const KEY = 'name of the state'
const KEPT_MS = 400 * 86_400_000

interface StateId {
  /** The id of what is stored now: after a loss it is another one. */
  read(): Promise<string>
  /** Whether this text, found in the place after writing to it, belongs to no state that this process knew. */
  isForeign(text: string | undefined): boolean
}

export function createStateId(store: Pick<OperatorStore, 'keep' | 'kept'>): StateId {
  const own = new Set<string>()
  const read = async () => {
    if ((await store.kept(KEY)) === undefined) await store.keep(KEY, randomUUID(), KEPT_MS)
    // Another worker may have been at it too.
    const id = (await store.kept(KEY)) ?? ''
    own.add(id)
    return id
  }
  return {
    read,
    isForeign(text) {
      const id = text === undefined ? undefined : idIn(text)
      return id !== undefined && !own.has(id)
    },
  }
}

/** Undefined if damaged, or written by a version that named none. */
function idIn(text: string): string | undefined {
  try {
    return readDocument(text, '').of
  } catch {
    return undefined
  }
}
