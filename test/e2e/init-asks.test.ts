/** `init` on a terminal, provided by `script` of util-linux. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, it } from 'vitest'
import { eventually, openSite, type Site } from './site.ts'

const LAUNCHER = resolve('src/cli/auditferry.mjs')
const ENTER = '\r'

interface Asked {
  shown(): string
  type(keys: string): void
  /** The exit code. */
  readonly ended: Promise<number | null>
}

function askOn(site: Site): Asked {
  const command = `stty cols 80 rows 24; exec "${LAUNCHER}" init --organization acme`
  const child = spawn('script', ['-qec', command, '/dev/null'], { cwd: site.folder, stdio: 'pipe' })
  let shown = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    shown += text
  })
  site.defer(() => child.kill('SIGKILL'))
  return {
    shown: () => shown,
    type: (keys) => void child.stdin.write(keys),
    ended: once(child, 'close').then(([code]) => code),
  }
}

async function answer(asked: Asked, question: string, keys: string): Promise<void> {
  await eventually(() => expect(asked.shown()).toContain(question))
  asked.type(keys)
}

it('takes what it suggests for a local file when Enter is pressed', async () => {
  await using site = openSite()
  const asked = askOn(site)
  await answer(asked, 'Organisation', ENTER)
  await answer(asked, 'Where should', ENTER)
  await answer(asked, 'File: path', ENTER)
  expect(await asked.ended).toBe(0)
  expect(readFileSync(site.path('auditferry.yaml'), 'utf8')).toContain('    path: "./out/audit.ndjson"\n')
})

it('takes a line feed for Enter, which is what programs that answer for a person send', async () => {
  await using site = openSite()
  const asked = askOn(site)
  await answer(asked, 'Organisation', '\n')
  await answer(asked, 'Where should', '\n')
  await answer(asked, 'File: path', '\n')
  expect(await asked.ended).toBe(0)
  expect(existsSync(site.path('auditferry.yaml'))).toBe(true)
})

it('writes nothing after Ctrl-C', async () => {
  await using site = openSite()
  const asked = askOn(site)
  await answer(asked, 'Organisation', ENTER)
  await answer(asked, 'Where should', '\u0003')
  expect(await asked.ended).toBe(2)
  expect(asked.shown()).toContain('cancelled, nothing was written')
  expect(existsSync(site.path('auditferry.yaml'))).toBe(false)
})
