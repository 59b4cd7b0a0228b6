import type { SinkSetting } from '../../../test/conformance/sink-suite.ts'
import { startSumo } from '../../../test/emulators/sumo/sumo.ts'

export const harness: SinkSetting = {
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
