import type { SinkHarness } from '../../../test/conformance/sink-harness.ts'
import { startHecEmulator } from '../../../test/emulators/splunk-hec/hec.ts'

export const harness: SinkHarness = {
  type: 'splunk_hec',
  async start() {
    const emulator = await startHecEmulator()
    return {
      options: { endpoint: emulator.url, token: emulator.token },
      secret: emulator.token,
      received: async () => emulator.uids(),
      fail: (fault, times) => emulator.fail(fault, times),
      stop: () => emulator.stop(),
    }
  },
}
