import type { SinkSetting } from '../../../test/conformance/sink-suite.ts'
import { startSentinel } from '../../../test/emulators/sentinel/sentinel.ts'

export const harness: SinkSetting = {
  type: 'sentinel',
  async start() {
    const emulator = await startSentinel()
    const { options, secret, fail, refuse, stop } = emulator
    return { options, secret, received: async () => [...emulator.kept], ...{ fail, refuse, stop } }
  },
}
