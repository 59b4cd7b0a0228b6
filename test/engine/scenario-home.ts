/** Where a scenario's state is kept between processes: on the disk, or in Redis. */
import { cpSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { silentLogger } from '../../src/lib/logger.ts'
import { Secret } from '../../src/lib/secret.ts'
import { connectRedis } from '../../src/spool/redis/connect.ts'
import { openRedisStore } from '../../src/spool/redis/store.ts'
import { openSqliteStore } from '../../src/spool/sqlite/store.ts'
import type { Store } from '../../src/spool/store.ts'
import type { RedisServer } from '../redis/server.ts'
import { SOURCE } from './scenario-config.ts'

export interface StateHome {
  /** The state as the previous process left it. */
  open(): Promise<Store>
  /** The process dies: the next one finds what is stored now. */
  die(): void
}

/** A dead process inside this one may still hold its file open, so the next one gets a copy. */
export function homeOnDisk(root: string): StateHome {
  let lives = 0
  const folder = (life: number) => join(root, `life${life}`)
  return {
    async open() {
      mkdirSync(folder(lives), { recursive: true })
      return openSqliteStore(folder(lives))
    },
    die() {
      cpSync(folder(lives), folder(++lives), { recursive: true })
    },
  }
}

export function homeOnRedis(server: RedisServer, prefix: string): StateHome {
  let cut = () => {}
  return {
    async open() {
      const connection = connectRedis({ url: new Secret(server.url) }, [`${prefix}:probe`], silentLogger)
      await connection.ready()
      // By the time another process comes, the lease of a dead one has expired.
      await connection.client.del(`${prefix}:{${SOURCE}}:claims`)
      cut = () => connection.client.disconnect()
      return openRedisStore({ ...connection, prefix, leaseMs: 600_000, logger: silentLogger })
    },
    die: () => cut(),
  }
}
