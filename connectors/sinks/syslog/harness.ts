import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Receiver, SinkHarness } from '../../../test/conformance/sink-harness.ts'
import { createCertificates } from '../../../test/emulators/splunk-hec/certificates.ts'
import { type SyslogReceiver, startSyslogReceiver } from '../../../test/emulators/syslog/receiver.ts'

export const harness: SinkHarness = {
  type: 'syslog',
  start: async () => receiving(await startSyslogReceiver({ onlyUids: true })),
}

export const variants: Readonly<Record<string, SinkHarness>> = {
  tls: {
    type: 'syslog',
    async start() {
      const { ca, server } = await createCertificates()
      const folder = await mkdtemp(join(tmpdir(), 'auditferry-syslog-'))
      const ca_file = join(folder, 'ca.pem')
      await writeFile(ca_file, ca.cert)
      const { options, stop, ...rest } = receiving(await startSyslogReceiver({ tls: server, onlyUids: true }))
      return {
        ...rest,
        options: { ...options, tls: { ca_file } },
        async stop() {
          await stop()
          await rm(folder, { recursive: true })
        },
      }
    },
  },
}

function receiving(receiver: SyslogReceiver): Receiver {
  return {
    options: { endpoint: receiver.endpoint, settle_time: '0.3s' },
    received: () => receiver.uids(),
    faults: 'connection',
    fail(fault, times) {
      if ('status' in fault) throw new Error('syslog knows no status')
      receiver.fail(fault, times)
    },
    stop: () => receiver.stop(),
  }
}
