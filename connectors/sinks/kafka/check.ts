/** Online test: reaches the cluster as `write` does, asks for the topic and the rights on it, and every broker's address. */
import type { CheckResult, SinkContext } from '../../../src/connector.ts'
import { withDeadline } from '../../../src/lib/deadline.ts'
import { needsPerson } from '../../../src/lib/http-outcome.ts'
import { connectionCure, masked } from '../../../src/lib/http-poster.ts'
import { createClient, type Session } from './client.ts'
import { type Config, secretsOf } from './config.ts'
import { CURES, knownCure, outcomeOfFailure, partsOf } from './verdict.ts'

export async function checkCluster(
  config: Config,
  context: SinkContext,
  signal: AbortSignal,
): Promise<CheckResult> {
  if (context.connection.proxy !== undefined)
    return { ok: false, detail: 'Kafka knows no proxy', cure: 'leave `proxy` out' }
  // A producer of its own: the sink's is not disturbed.
  const client = createClient(config, context)
  const stage: Stage = { name: 'brokers' }
  try {
    return await withDeadline(signal, context.connection.timeoutMs, (limited) =>
      client.use((session) => look(session, config, stage), limited),
    )
  } catch (error) {
    const detail = masked(outcomeOfFailure(error).reason, secretsOf(config.sasl))
    return { ok: false, detail, cure: cureOf(error, stage, config) }
  } finally {
    await client.close()
  }
}

interface Stage {
  name: 'brokers' | 'topic' | 'producer' | 'advertised'
}

async function look({ kafka, producer }: Session, config: Config, stage: Stage): Promise<CheckResult> {
  const apis = await producer.listApis()
  stage.name = 'topic'
  const { topics, brokers } = await producer.metadata({ topics: [config.topic] })
  stage.name = 'advertised'
  const connections = await producer.connectToBrokers()
  if (config.idempotent) {
    stage.name = 'producer'
    await producer.initIdempotentProducer({})
  }
  const newest = apis.find(({ name }) => name === 'Metadata')?.maxVersion ?? 0
  const [connection] = connections.values()
  if (connection !== undefined && newest >= 12) {
    // Version 8 and later tell what this user may do; the newest that the package knows does.
    const { topics: seen } = await kafka.metadataV12.api.async(connection, [config.topic], false, true)
    const rights = seen[0]?.topicAuthorizedOperations ?? UNTOLD
    if (rights !== UNTOLD && (rights & MAY_WRITE) === 0)
      return { ok: false, detail: `no right to write to ${config.topic}`, cure: TOPIC_RIGHTS }
  }
  const partitions = topics.get(config.topic)?.partitionsCount ?? 0
  const login = config.sasl.mechanism === 'none' ? 'no login' : config.sasl.mechanism
  const how = `${config.encryption === 'tls' ? 'TLS' : 'not encrypted'}, ${login}`
  const detail = `topic ${config.topic}: ${partitions} partitions on ${brokers.size} brokers, all reached; ${how}`
  return { ok: true, detail, cure: '' }
}

/** AclOperation.WRITE is 4; a broker that doesn't tell sends the smallest number. */
const MAY_WRITE = 1 << 4
const UNTOLD = -(2 ** 31)
const TOPIC_RIGHTS = CURES.TOPIC_AUTHORIZATION_FAILED ?? ''

function cureOf(error: unknown, { name }: Stage, config: Config): string {
  const parts = [...partsOf(error)]
  const known = knownCure(parts)
  if (known !== undefined) return known
  const text = parts.map(({ message }) => message).join(' ')
  const encrypted = config.encryption === 'tls'
  if (/requires TLS/.test(text)) return 'the port speaks TLS: set `encryption: tls`, or take the plain port'
  if (encrypted && /TLS handshake failed|wrong version number|packet length too long/.test(text))
    return 'the port does not speak TLS: take the one that does, or set `encryption: none`'
  if (/AUDITFERRY_|is not installed|token/.test(text) && parts.some(needsPerson)) return text.slice(0, 300)
  if (name === 'advertised')
    return 'a broker is not reached at the address that it advertises: correct `advertised.listeners` at the brokers, or let that name and port be reached from here'
  if (/ENOTFOUND|EAI_AGAIN/.test(text)) return 'check the host names in `brokers`'
  if (/alert(?! protocol version)|CERTIFICATE_REQUIRED/i.test(text))
    return 'the brokers refuse our certificate: give one that they trust in `tls.cert_file` and `tls.key_file`'
  const failed = parts.find(needsPerson)
  if (failed !== undefined) return connectionCure(failed)
  if (name === 'producer') return 'the brokers give no producer id: try again, or set `idempotent: false`'
  if (/[Cc]losed|ECONNRESET|timed out|timeout/.test(text)) {
    const login = config.sasl.mechanism !== 'none' ? 'take no login' : 'ask for a login (`sasl`)'
    return encrypted
      ? `check the port in \`brokers\`: it may not speak TLS, want a client certificate (\`tls.cert_file\`), or ${login}; or a firewall cuts in`
      : `check the port in \`brokers\`: it may speak TLS (\`encryption: tls\`), or ${login}; or a firewall cuts in`
  }
  return 'check hosts and ports in `brokers`, that the brokers listen there, and the firewall between'
}
