import type { RedisClient } from './commands.ts'

/** No other client waits long meanwhile, and a single call could not take a year of minutes as arguments. */
const AT_ONCE = 5_000

/** The values of these fields of a hash, in the same order; null for a field that does not exist. */
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
