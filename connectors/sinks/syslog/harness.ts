import type { SinkHarness } from '../../../test/conformance/sink-harness.ts'
import { startSyslogReceiver } from '../../../test/emulators/syslog/receiver.ts'

export const harness: SinkHarness = {
  type: 'syslog',
  async start() {
    const receiver = await startSyslogReceiver()
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
  },
}
