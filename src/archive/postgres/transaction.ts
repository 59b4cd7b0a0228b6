/** A change to an archive: one process at a time, whoever holds the lane, and all of it or nothing. */
import { type Client, type Connections, takeWriteLock } from './pool.ts'

/** The statements of a change see everything that was committed before it began. */
export async function changing<Result>(
  { connect }: Connections,
  change: (client: Client) => Promise<Result>,
  signal?: AbortSignal,
): Promise<Result> {
  const client = await connect()
  let isBroken = false
  // A connection that was cut off silently never answers. It is discarded, and the server undoes what it began.
  const giveUp = () => client.release(true)
  signal?.addEventListener('abort', giveUp)
  try {
    await client.query('BEGIN ISOLATION LEVEL READ COMMITTED')
    await client.query(DURABLE)
    await takeWriteLock(client)
    const result = await change(client)
    await client.query('COMMIT')
    return result
  } catch (error) {
    isBroken = await client.query('ROLLBACK').then(
      () => false,
      () => true,
    )
    throw error
  } finally {
    signal?.removeEventListener('abort', giveUp)
    client.release(isBroken)
  }
}

/** What was confirmed must survive a crash of the server, however that is configured. */
const DURABLE = `SELECT set_config('synchronous_commit', 'on', true)
  WHERE current_setting('synchronous_commit') IN ('off', 'local')`
