/** The store's Lua scripts as commands of the client: each is one atomic step in Redis. */
import { readFileSync } from 'node:fs'
import type { Cluster, Redis } from 'ioredis'

export type RedisClient = Redis | Cluster

type Argument = string | number | Buffer

/** `keys` all carry one hash tag. When fenced off, rejects with ClaimLost's mark `CLAIMLOST` in the message. */
export type Script = (keys: readonly string[], args: readonly Argument[]) => Promise<unknown>

/** ioredis flattens lists. Spread into the call, more than about 120,000 arguments overflow the stack. */
type Defined = (count: number, keys: readonly string[], args: readonly Argument[]) => Promise<unknown>

const SCRIPTS = [
  'claim',
  'renew',
  'append',
  'settle',
  'trim',
  'requeue',
  'replay',
  'prune',
  'trail',
  'days',
] as const

export type Scripts = Readonly<Record<(typeof SCRIPTS)[number], Script>>

/** The scripts that start with `shared.lua`. */
const LONG: readonly string[] = ['append', 'settle']

export function loadScripts(client: RedisClient): Scripts {
  const read = (name: string) => readFileSync(new URL(`./scripts/${name}.lua`, import.meta.url), 'utf8')
  const shared = read('shared')
  const scripts = SCRIPTS.map((name) => {
    const lua = checkedFirst(LONG.includes(name) ? `${shared}\n${read(name)}` : read(name))
    const command = `auditferry_${name}`
    client.defineCommand(command, { lua })
    const defined = client as unknown as Record<string, Defined>
    const run: Script = (keys, args) => (defined[command] as Defined)(keys.length, keys, args)
    return [name, run] as const
  })
  return Object.fromEntries(scripts) as unknown as Scripts
}

/**
 * What a script has written stays when it fails midway. So a user who lacks one of its commands is refused before the
 * first, by every Redis that tells: from 7.0 on (redis.io, Lua API, `redis.acl_check_cmd`).
 */
function checkedFirst(lua: string): string {
  const commands = new Set([...lua.matchAll(/redis\.call\(('\w+')/g)].map(([, quoted]) => quoted))
  return `for _, command in ipairs({ ${[...commands].join(', ')} }) do
  if redis.acl_check_cmd and not redis.acl_check_cmd(command, KEYS[1]) then
    return redis.error_reply('NOPERM this user has no permissions to run the ' .. command:lower() .. ' command')
  end
end
${lua}`
}

export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
