/** A file of config/examples on loopback: its endpoints lead to emulators, its folders into the site. */
import { readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect } from 'vitest'
import { parse } from 'yaml'
import { type ElasticEmulator, startElasticEmulator } from '../emulators/elasticsearch/cluster.ts'
import { type LokiEmulator, startLokiEmulator } from '../emulators/loki/loki.ts'
import { type PulumiEmulator, startPulumiEmulator } from '../emulators/pulumi/emulator.ts'
import type { NewEvent } from '../emulators/pulumi/event.ts'
import { type S3Emulator, startS3Emulator } from '../emulators/s3/emulator.ts'
import { createCertificates } from '../emulators/splunk-hec/certificates.ts'
import { type HecEmulator, startHecEmulator } from '../emulators/splunk-hec/hec.ts'
import { type SyslogReceiver, startSyslogReceiver } from '../emulators/syslog/receiver.ts'
import { startWebhookReceiver, type WebhookReceiver } from '../emulators/webhook/receiver.ts'
import { recentEvents } from './acme.ts'
import type { Site } from './site.ts'

export interface Recipe {
  readonly pulumi: PulumiEmulator
  readonly hec: HecEmulator
  /** The address for `log.splunk`. */
  readonly logs: HecEmulator
  readonly s3: S3Emulator
  readonly bot: WebhookReceiver
  /** Requires signatures if the recipe makes them. */
  readonly elastic: ElasticEmulator
  readonly loki: LokiEmulator
  /** Messages end with line feeds. */
  readonly siem: SyslogReceiver
  readonly sinks: Readonly<Record<string, SinkOptions>>
  /** The lines shown in its comments, without the `#`; leading blanks are kept. */
  readonly story: string
  /** Values of its variables. */
  readonly env: Readonly<Record<string, string>>
}

interface SinkOptions {
  readonly type: string
  readonly path?: string
  readonly endpoint?: string
  readonly acknowledgements?: boolean
  readonly auth?: { readonly type: string; readonly region?: string }
}

interface Configuration {
  sources: Record<string, object>
  sinks: Record<string, SinkOptions>
  server?: object
  log?: { splunk?: object }
}

export const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
const API_KEY = 'a2V5LWlkOmtleQ=='
const LOKI_USER = `Basic ${Buffer.from('auditferry:loki-password').toString('base64')}`
const AWS_KEY = { id: 'AKIDEMULATED', secret: 'emulated/secret+key' }
const FOLDERS = /^\/var\/(log|lib)\/auditferry\//

export interface More {
  /** In addition to the emulators that every recipe gets: options of sinks by type. */
  readonly addresses?: Readonly<Record<string, object>>
  /** In addition to the variables that every recipe gets. */
  readonly env?: Readonly<Record<string, string>>
}

/** Runs a recipe once on these events. */
export async function runRecipe(
  site: Site,
  name: string,
  more: More & { readonly events?: readonly NewEvent[] } = {},
): Promise<Recipe> {
  const recipe = await setRecipe(site, name, more)
  recipe.pulumi.add(more.events ?? recentEvents(3))
  const { code, stderr } = await site.run(['run', '--once'], { env: recipe.env })
  expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' })
  return recipe
}

/** The site's configuration is the file itself, except for addresses and S3 credentials. */
export async function setRecipe(site: Site, name: string, more: More = {}): Promise<Recipe> {
  const pulumi = site.keep(await startPulumiEmulator({ organizations: ['acme', 'acme-lab'] }))
  const text = readFileSync(resolve('config/examples', name), 'utf8')
  const { log, ...config }: Configuration = parse(text, { merge: true })
  const acknowledgements = Object.values(config.sinks).some((it) => it.acknowledgements === true)
  const indexes = ['pulumi', 'security', 'lab']
  const hec = site.keep(await startHecEmulator({ indexes, acknowledgements }))
  const [logs, s3] = [site.keep(await startHecEmulator()), site.keep(await startS3Emulator())]
  const bot = site.keep(await startWebhookReceiver())
  const elastic = site.keep(await startElastic(Object.values(config.sinks).find((it) => it.auth)?.auth))
  const loki = site.keep(await startLokiEmulator({ tenants: true, authorization: LOKI_USER }))
  const { ca, server } = await createCertificates()
  const secure = Object.values(config.sinks).some((it) => it.endpoint?.startsWith('tls:'))
  const siem = site.keep(await startSyslogReceiver({ framing: 'lf', ...(secure && { tls: server }) }))
  writeFileSync(site.path('ca.pem'), ca.cert)
  const addresses: Readonly<Record<string, object>> = {
    splunk_hec: { endpoint: hec.url, proxy: undefined },
    s3: {
      endpoint: s3.url,
      force_path_style: true,
      access_key_id: s3.key.id,
      secret_access_key: s3.key.secret,
    },
    webhook: { endpoint: bot.url },
    elasticsearch: { endpoint: elastic.url },
    loki: { endpoint: loki.url },
    syslog: { endpoint: siem.endpoint, tls: { ca_file: 'ca.pem' } },
    file: {},
    ...more.addresses,
  }
  site.configure({
    ...config,
    sources: mapped(config.sources, (it) => ({ ...it, api_url: pulumi.url, requests_per_minute: 6000 })),
    sinks: mapped(config.sinks, (it) => ({
      ...it,
      ...addresses[it.type],
      ...(it.path && { path: it.path.replace(FOLDERS, './') }),
    })),
    server: { ...config.server, listen: '127.0.0.1:0' },
    ...(log && { log: { ...log, splunk: { ...log.splunk, endpoint: logs.url } } }),
  })
  return {
    ...{ pulumi, hec, logs, s3, bot, elastic, loki, siem, sinks: config.sinks },
    story: [...text.matchAll(/^# ?(.*)$/gm)].map((match) => match[1]).join('\n'),
    env: {
      PULUMI_ACCESS_TOKEN: pulumi.token,
      PULUMI_LAB_TOKEN: pulumi.token,
      SPLUNK_HEC_TOKEN: hec.token,
      LOG_HEC_TOKEN: logs.token,
      CRIBL_HEC_TOKEN: hec.token,
      WEBHOOK_SECRET: SECRET,
      REDACTION_KEY: 'key',
      ELASTIC_API_KEY: API_KEY,
      LOKI_PASSWORD: 'loki-password',
      AWS_ACCESS_KEY_ID: AWS_KEY.id,
      AWS_SECRET_ACCESS_KEY: AWS_KEY.secret,
      ...more.env,
    },
  }
}

function startElastic({ type, region = '' }: SinkOptions['auth'] = { type: '' }): Promise<ElasticEmulator> {
  return type === 'sigv4'
    ? startElasticEmulator({ product: 'opensearch', access: { region, service: 'es', key: AWS_KEY } })
    : startElasticEmulator({ access: { authorization: `ApiKey ${API_KEY}` } })
}

function mapped<In, Out>(record: Readonly<Record<string, In>>, map: (value: In) => Out): Record<string, Out> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]))
}
