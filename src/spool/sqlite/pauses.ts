/** What operators have paused, in the embedded store. */
import type { DatabaseSync } from 'node:sqlite'
import type { OperatorStore, Pause } from '../operator-store.ts'
import type { Durable } from './durable.ts'

export function createPauses(
  db: DatabaseSync,
  write: Durable['write'],
): Pick<OperatorStore, 'pauses' | 'pause' | 'resume'> {
  const list = db.prepare('SELECT component, by, at FROM pauses ORDER BY component')
  const add = db.prepare('INSERT OR IGNORE INTO pauses (component, by, at) VALUES (?, ?, ?)')
  const drop = db.prepare('DELETE FROM pauses WHERE component = ?')
  return {
    pauses: async () => list.all().map((row) => ({ ...(row as unknown as Pause) })),
    pause: ({ component, by, at }) => write(() => void add.run(component, by, at)),
    resume: (component) => write(() => void drop.run(component)),
  }
}
