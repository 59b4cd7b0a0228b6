/**
 * The recipes for brokers that speak Kafka: they log in as their description says, over TLS, and every event is in the
 * topic.
 */
import { writeFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { startKafkaCluster } from '../emulators/kafka/cluster.ts'
import { createCertificates } from '../emulators/splunk-hec/certificates.ts'
import { runRecipe } from './recipe.ts'
import { openSite } from './site.ts'

const SECRET =
  'Endpoint=sb://acme-audit.servicebus.windows.net/;SharedAccessKeyName=ferry;SharedAccessKey=aGk='

it.concurrent.each([
  ['kafka.yaml', 'SCRAM-SHA-512', 'auditferry', 'zstd', 'KAFKA_PASSWORD'],
  ['event-hubs.yaml', 'PLAIN', '$ConnectionString', 'none', 'EVENT_HUBS_CONNECTION'],
])('%s: over TLS and %s', async (name, mechanism, username, compression, variable) => {
  await using site = openSite()
  const { ca, server } = await createCertificates()
  writeFileSync(site.path('brokers-ca.pem'), ca.cert)
  const cluster = site.keep(
    await startKafkaCluster({
      ...{ partitions: 6, brokers: 3, tls: server },
      ...{
        login: { username, password: SECRET, token: '' },
        mechanisms: [mechanism],
        compressions: [compression],
      },
    }),
  )
  const addresses = { kafka: { brokers: cluster.bootstrap, tls: { ca_file: 'brokers-ca.pem' } } }
  const { env } = await runRecipe(site, name, { addresses, env: { [variable]: SECRET } })
  const check = await site.run(['check'], { env })
  expect({ code: check.code, out: check.stdout }).toEqual({
    code: 0,
    out: expect.stringContaining('pulumi-audit'),
  })
  expect(new Set(cluster.uids()).size).toBe(3)
  expect(new Set(cluster.kept.map(({ key, partition }) => `${key} ${partition}`)).size).toBe(1)
  for (const { value, timestamp, headers } of cluster.kept) {
    const event = JSON.parse(`${value}`)
    expect(event).toMatchObject({ uid: headers.get('event_uid'), action: headers.get('event_id') })
    expect(timestamp).toBe(event.timestamp * 1000)
  }
})
