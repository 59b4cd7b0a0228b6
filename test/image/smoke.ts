/** Starts the built image's engine as its user: version, a configuration, the demo with its health check, the stop. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from '../loopback.ts'
import { PATIENCE_MS } from '../patience.ts'

export interface Image {
  readonly node: string
  /** Where the image's `/` is. */
  readonly root: string
  readonly main: string
  readonly user: { uid?: number; gid?: number }
}

export async function smoke(image: Image): Promise<void> {
  const state = join(image.root, 'var/lib/auditferry')
  const config = join(image.root, 'auditferry.yaml')
  const options = { cwd: state, ...image.user, env: { NODE_ENV: 'production', AUDITFERRY_CONFIG: config } }
  const port = await freePort()
  writeFileSync(config, configuration(state, port), { mode: 0o644 })

  const version = execFileSync(image.node, [image.main, '--version'], { ...options, encoding: 'utf8' })
  if (!/^\d+\.\d+\.\d+\s*$/.test(version)) throw new Error(`--version prints ${JSON.stringify(version)}`)
  execFileSync(image.node, [image.main, 'validate'], { ...options, stdio: ['ignore', 'inherit', 'inherit'] })

  const engine = spawn(image.node, [image.main, 'run'], {
    ...options,
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  try {
    await healthy(image, `http://127.0.0.1:${port}/healthz`, engine)
    engine.kill('SIGTERM')
    const [code] = await once(engine, 'exit', { signal: AbortSignal.timeout(PATIENCE_MS) })
    if (code !== 0) throw new Error(`SIGTERM ended the engine with exit code ${code}`)
  } finally {
    engine.kill('SIGKILL')
  }
  process.stdout.write(
    `image: version ${version.trim()}, validate, run, health check and SIGTERM as ${image.user.uid}\n`,
  )
}

/** A source that never answers: the process must be healthy all the same. */
function configuration(state: string, port: number): string {
  return `
sources:
  acme: { type: pulumi, organization: acme, access_token: unused, api_url: 'http://127.0.0.1:9' }
sinks:
  local: { type: file, path: ${join(state, 'audit.ndjson')} }
state: { path: ${state} }
server: { listen: '127.0.0.1:${port}' }
`
}

async function healthy(image: Image, url: string, engine: ChildProcess): Promise<void> {
  const check = join(image.root, 'app/deploy/healthcheck.mjs')
  for (const until = Date.now() + 20_000; Date.now() < until; ) {
    if (engine.exitCode !== null) throw new Error(`the engine ended with exit code ${engine.exitCode}`)
    const probe = spawn(image.node, [check], {
      ...image.user,
      env: { AUDITFERRY_HEALTH_URL: url },
      stdio: 'ignore',
    })
    const [code] = await once(probe, 'exit')
    if (code === 0) return
  }
  throw new Error(`the health check never passed: ${url}`)
}
