/**
 * `npm run attestation`: writes docs/attestation-demo.md and .json anew, from the demo's organisation, with the
 * commands that an operator uses. The events are always the same; time and key are not.
 */
import { execFile } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { startPulumiEmulator } from '../emulators/pulumi/emulator.ts'
import { FROM, past, TO } from './demo-history.ts'

const folder = mkdtempSync(join(tmpdir(), 'auditferry-attestation-'))
const demo = await startPulumiEmulator({ organizations: ['demo'], past })
const source = {
  ...{ type: 'pulumi', organization: 'demo', access_token: demo.token, api_url: demo.url, start: FROM },
  requests_per_minute: 600,
}
const config = {
  sources: { demo: source },
  sinks: {
    archive: { type: 'file', path: './audit.ndjson', integrity: 'chain' },
    deletions: { type: 'file', path: './deletions.ndjson', where: 'operation == "delete"' },
  },
  state: { path: './data' },
}
writeFileSync(join(folder, 'auditferry.yaml'), JSON.stringify(config))
const { privateKey } = generateKeyPairSync('ed25519')
writeFileSync(join(folder, 'key.pem'), privateKey.export({ type: 'pkcs8', format: 'pem' }))
try {
  await auditferry('run', '--once')
  for (const name of ['attestation-demo.md', 'attestation-demo.json']) {
    const file = resolve('docs', name)
    rmSync(file, { force: true })
    await auditferry('reconcile', '--from', FROM, '--to', TO, '--report', file, '--sign', 'key.pem')
  }
} finally {
  await demo.stop()
  rmSync(folder, { recursive: true })
}

async function auditferry(...args: string[]): Promise<void> {
  const host = new URL('invented-host.ts', import.meta.url).href
  await promisify(execFile)(process.execPath, ['--import', host, resolve('src/main.ts'), ...args], {
    cwd: folder,
  })
}
