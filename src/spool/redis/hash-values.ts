import type { RedisClient } from './commands.ts'

/** Nobody else waits long meanwhile, and a call can't take the minutes of a year as its arguments. */
const AT_ONCE = 5_000

/** The values of these fields of a hash, in their order; null where there is none. */
export async function hashValues(
  client: RedisClient,
  hash: string,
  fields: readonly string[],
): Promise<(Buffer | null)[]> {
  const values: (Buffer | null)[] = []
  for (let at = 0; at < fields.length; at += AT_ONCE) {
    values.push(...(await client.hmgetBuffer(hash, ...fields.slice(at, at + AT_ONCE))))
  }
  return values
}
