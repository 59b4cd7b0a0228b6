import type { SinkHarness } from '../../../test/conformance/sink-harness.ts'
import { startSumo } from '../../../test/emulators/sumo/sumo.ts'

export const harness: SinkHarness = {
  type: 'sumo_logic',
  async start() {
    const emulator = await startSumo()
    const { address, code, fail, refuse, stop } = emulator
    return {
      options: { endpoint: address },
      secret: code,
      received: async () => [...emulator.kept],
      ...{ fail, refuse, stop },
    }
  },
}
