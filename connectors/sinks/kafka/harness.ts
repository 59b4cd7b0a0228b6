import type { Fault, SinkHarness } from '../../../test/conformance/sink-harness.ts'
import { startKafkaCluster } from '../../../test/emulators/kafka/cluster.ts'

/** What the protocol says in place of a status. */
const CODES: Readonly<Record<number, number>> = { 400: 87, 401: 29, 403: 31, 413: 10, 429: 89, 503: 19 }

const PASSWORD = 'a password, of brokers'

export const harness: SinkHarness = {
  type: 'kafka',
  async start() {
    const login = { username: 'auditferry', password: PASSWORD, token: '' }
    const cluster = await startKafkaCluster({ login, onlyUids: true })
    return {
      options: {
        brokers: cluster.bootstrap,
        topic: cluster.topic,
        encryption: 'none',
        sasl: { mechanism: 'plain', username: login.username, password: PASSWORD },
      },
      secret: PASSWORD,
      received: async () => cluster.uids(),
      faults: 'codes',
      fail(fault: Fault, times) {
        if ('reset' in fault || 'hang' in fault)
          return cluster.fail('reset' in fault ? 'reset' : 'hang', times)
        const { status, body } = fault
        cluster.refuse('Produce', { code: CODES[status] ?? -1, ...(body && { message: body }) }, times)
      },
      refuse: (uid, status) => cluster.refuseRecord(uid, CODES[status] ?? -1),
      stop: () => cluster.stop(),
    }
  },
}
