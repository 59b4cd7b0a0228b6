/** Online test: reaches the cluster as `write` does, asks for the topic and the rights on it, and every broker's address. */
import type { CheckResult, SinkContext } from '../../../src/connector.ts'
import { withDeadline } from '../../../src/lib/deadline.ts'
import { masked } from '../../../src/lib/http/poster.ts'
import { createClient, type Session } from './client.ts'
import { type Config, secretsOf } from './config.ts'
import { UNREACHED, verdictOf } from './failure.ts'

export async function checkCluster(
  config: Config,
  context: SinkContext,
  signal: AbortSignal,
): Promise<CheckResult> {
  // A producer of its own, so that the sink's is not disturbed.
  const client = createClient(config, context)
  try {
    return await withDeadline(signal, context.connection.timeoutMs, (limited) =>
      client.use((session) => look(session, config), limited),
    )
  } catch (error) {
    const { reason, cure = cureOfPort(reason, config) } = verdictOf(error)
    const secrets = secretsOf(config.sasl)
    return { ok: false, detail: masked(reason, secrets), cure: masked(cure, secrets) }
  } finally {
    await client.close()
  }
}

async function look(
  { kafka, producer }: Session,
  { topic, idempotent, sasl, encryption }: Config,
): Promise<CheckResult> {
  const apis = await producer.listApis()
  const { topics, brokers } = await producer.metadata({ topics: [topic] })
  const connections = await producer.connectToBrokers().catch((cause: unknown) => {
    throw new Error(UNREACHED, { cause })
  })
  if (idempotent) await producer.initIdempotentProducer({})
  const newest = apis.find(({ name }) => name === 'Metadata')?.maxVersion ?? 0
  const [connection] = connections.values()
  if (connection !== undefined && newest >= 12) {
    // From version 8 on, metadata say what this user may do; this is the newest that the package knows.
    const { topics: seen } = await kafka.metadataV12.api.async(connection, [topic], false, true)
    const rights = seen[0]?.topicAuthorizedOperations ?? UNTOLD
    if (rights !== UNTOLD && (rights & MAY_WRITE) === 0)
      throw new kafka.ProtocolError('TOPIC_AUTHORIZATION_FAILED', `no right to write to ${topic}`)
  }
  const partitions = topics.get(topic)?.partitionsCount ?? 0
  const login = sasl.mechanism === 'none' ? 'no login' : sasl.mechanism
  const how = `${encryption === 'tls' ? 'TLS' : 'not encrypted'}, ${login}`
  const detail = `topic ${topic}: ${partitions} partitions on ${brokers.size} brokers, all reached; ${how}`
  return { ok: true, detail, cure: '' }
}

/** AclOperation.WRITE is 4; a broker that doesn't say sends the smallest number. */
const MAY_WRITE = 1 << 4
const UNTOLD = -(2 ** 31)

/** Brokers silently close connections that they don't understand. */
export function cureOfPort(reason: string, { encryption, sasl }: Config): string {
  if (!/[Cc]losed|ECONNRESET|timed out|timeout/.test(reason))
    return 'check hosts and ports in `brokers`, that the brokers listen there, and the firewall between'
  const login = sasl.mechanism !== 'none' ? 'take no login' : 'ask for a login (`sasl`)'
  const way = encryption === 'tls' ? NO_TLS : 'speak TLS (`encryption: tls`)'
  return `check the port in \`brokers\`: it may ${way}, or ${login}; or a firewall cuts in`
}

const NO_TLS = 'not speak TLS, want a client certificate (`tls.cert_file`)'
