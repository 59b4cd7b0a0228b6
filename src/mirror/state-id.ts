/**
 * Whose a mirror is. Engines with states of their own that write to one place would each go on, after a loss, from where
 * the other was: a mirror names its state, and who finds another name in the place says so.
 */
import { randomUUID } from 'node:crypto'
import type { OperatorStore } from '../spool/operator-store.ts'
import { readDocument } from './document.ts'

const KEY = 'name of the state'
const KEPT_MS = 400 * 86_400_000

export interface StateId {
  /** Of what is stored now: a state that was lost has another one. */
  read(): Promise<string>
  /** Whether this text, found in the place after it was written to, is of none of the states that this process knew. */
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

/** Undefined for what is damaged, or was written by a version that named none. */
function idIn(text: string): string | undefined {
  try {
    return readDocument(text, '').of
  } catch {
    return undefined
  }
}
