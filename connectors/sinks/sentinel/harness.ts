import type { SinkHarness } from '../../../test/conformance/sink-harness.ts'
import { startSentinel } from '../../../test/emulators/sentinel/sentinel.ts'

export const harness: SinkHarness = {
  type: 'sentinel',
  async start() {
    const emulator = await startSentinel()
    const { options, secret, fail, refuse, stop } = emulator
    return { options, secret, received: async () => [...emulator.kept], ...{ fail, refuse, stop } }
  },
}
