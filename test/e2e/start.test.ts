/** `npm start` as a newcomer types it: the demo delivers, and a signal to all of npm's processes ends it cleanly. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { isAlive } from './program.ts'
import { eventually } from './site.ts'

/** Links to the repository, so that `out` and `data` are created elsewhere. */
const clone = mkdtempSync(join(tmpdir(), 'auditferry-start-'))
const out = join(clone, 'out/demo.ndjson')
const archive = join(clone, 'data/demo/archive.db')

beforeAll(() => {
  for (const name of ['package.json', 'package-lock.json', 'node_modules', 'src']) {
    symlinkSync(resolve(name), join(clone, name))
  }
})
afterAll(() => rmSync(clone, { recursive: true }))

it('runs the demo without an account, and stops on SIGTERM', async () => {
  const { PULUMI_ACCESS_TOKEN: _token, PULUMI_ORG: _org, AUDITFERRY_CONFIG: _config, ...rest } = process.env
  const env = { ...rest, AUDITFERRY_DEMO_PORT: '0', npm_config_loglevel: 'error' }
  const npm = spawn('npm', ['start'], { cwd: clone, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
  const { pid = 0 } = npm
  const [said, ended] = [text(npm.stderr), once(npm, 'exit')]
  npm.stdout.resume()
  try {
    await eventually(() => expect(readFileSync(out, 'utf8')).toContain('\n'))
    await eventually(() => expect(statSync(archive).size).toBeGreaterThan(0))
    process.kill(-pid, 'SIGTERM')
    await ended
    expect(await said).toMatch(
      /^No auditferry\.yaml here.*\nDEMO: every event is invented[\s\S]*console http:[\s\S]*stopped\n$/,
    )
    await eventually(() => expect(isAlive(-pid)).toBe(false))
    const events = readFileSync(out, 'utf8').trimEnd().split('\n')
    expect(events.map((line) => JSON.parse(line)).every(({ uid }) => /^[0-9a-f]{64}$/.test(uid))).toBe(true)
  } finally {
    if (isAlive(-pid)) process.kill(-pid, 'SIGKILL')
  }
})
