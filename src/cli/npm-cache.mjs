/** Where npm keeps what it downloads. Plain JavaScript for any Node from 18 on. */
import { accessSync, constants, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'

/** npm's option for a cache of our own, gone when the process ends, where its own can't be written: without a home, or in another user's. */
export function cacheOption() {
  const usual = process.env.npm_config_cache ?? join(homedir(), '.npm')
  try {
    mkdirSync(usual, { recursive: true })
    accessSync(usual, constants.W_OK)
    return []
  } catch {
    const own = mkdtempSync(join(tmpdir(), 'auditferry-npm-'))
    process.on('exit', () => rmSync(own, { recursive: true, force: true }))
    return [`--cache=${own}`]
  }
}
