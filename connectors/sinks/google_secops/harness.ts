import type { SinkHarness } from '../../../test/conformance/sink-harness.ts'
import { startSecops } from '../../../test/emulators/secops/secops.ts'

export const harness: SinkHarness = {
  type: 'google_secops',
  keepsOneCopy: true,
  async start() {
    const emulator = await startSecops()
    const { options, secret, fail, refuse, stop } = emulator
    return { options, secret, received: async () => [...emulator.kept], ...{ fail, refuse, stop } }
  },
}
