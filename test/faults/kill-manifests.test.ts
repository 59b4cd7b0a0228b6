/**
 * `kill -9` of the program while it writes chained objects and manifests, at several moments: after each restart the
 * bucket is intact, every object of a window that is over is listed, and no event is missing.
 */
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { openS3 } from '../../src/verify/s3-place.ts'
import { verify } from '../../src/verify/verify.ts'
import { configurationOf, descriptionsOf, recentEvents, startAcme } from '../e2e/acme.ts'
import { openSite } from '../e2e/site.ts'
import { type S3Emulator, startS3Emulator } from '../emulators/s3/emulator.ts'

vi.setConfig({ testTimeout: 300_000 })

/** The request to the bucket at whose arrival a run is killed: in the census, the first objects, the manifests. */
const KILLS = [1, 2, 4, 6, 9]
const EVENTS = 40
const HOUR_MS = 3_600_000
const KEY = { id: 'AKIDEMULATED', secret: 'emulated/secret+key' }

beforeAll(() => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', KEY.id)
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', KEY.secret)
})
afterAll(() => vi.unstubAllEnvs())

it.concurrent.each(['chain', 'none'])(
  'a bucket with manifests stays intact over kills, integrity: %s',
  async (integrity) => {
    await using site = openSite()
    const acme = await startAcme(site)
    let ahead = 0
    let arrived = (_requests: number) => {}
    const bucket = site.keep(
      await startS3Emulator({
        key: KEY,
        rules: { now: () => Date.now() + ahead },
        arrived: (requests) => arrived(requests),
      }),
    )
    const archive = {
      ...{ type: 's3', ...bucket.options },
      ...{ integrity, manifest: { every: '5m' }, batch: { max_events: 5, max_age: '1s' } },
    }
    site.configure(configurationOf(acme, { sinks: { archive }, source: { start: '24h' } }))
    for (const [round, requests] of KILLS.entries()) {
      acme.add(recentEvents(EVENTS / KILLS.length, 1 + round * (EVENTS / KILLS.length)))
      // Each round is an hour after the one before, so that windows are over and manifests due.
      ahead = round * HOUR_MS
      const target = bucket.requests.length + requests
      const program = site.start(['run', '--once'], { env: later(ahead) })
      arrived = (requests) => {
        if (requests === target) program.signal('SIGKILL')
      }
      const { code, stderr } = await program.ended
      expect(code, stderr).toBeNull()
      expect(await check(bucket)).toMatchObject({ ok: true, faults: [] })
    }
    ahead += HOUR_MS
    expect((await site.run(['run', '--once'], { env: later(ahead) })).code).toBe(0)
    const report = await check(bucket)
    expect(report.faults).toEqual([])
    expect(report.manifests).toBeGreaterThan(1)
    expect(descriptions(bucket).toSorted()).toEqual(descriptionsOf(EVENTS).toSorted())
  },
)

/** Sets a program's clock ahead. */
function later(ms: number): Record<string, string> {
  const script = `const Real = Date
    globalThis.Date = class extends Real {
      constructor(...args) { args.length === 0 ? super(Real.now() + ${ms}) : super(...args) }
      static now() { return Real.now() + ${ms} }
    }`
  return { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(script)}` }
}

async function check(bucket: S3Emulator) {
  const place = await openS3(`s3://${bucket.bucket}`, { endpoint: bucket.url, region: bucket.region })
  const report = await verify(place, { publicKey: undefined, anchor: undefined, redacted: false })
  place.close()
  return report
}

function descriptions(bucket: S3Emulator): string[] {
  return [...bucket.objects.values()]
    .filter(({ key }) => key.endsWith('.gz'))
    .flatMap(({ body }) => gunzipSync(body).toString().trim().split('\n'))
    .map((line) => (JSON.parse(line) as { description: string }).description)
}
