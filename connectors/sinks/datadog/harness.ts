import type { SinkSetting } from '../../../test/conformance/sink-suite.ts'
import { startDatadog } from '../../../test/emulators/datadog/datadog.ts'

export const harness: SinkSetting = {
  type: 'datadog',
  async start() {
    const emulator = await startDatadog()
    const { url, key, fail, refuse, stop } = emulator
    return {
      options: { endpoint: url, api_endpoint: url, api_key: key },
      secret: key,
      received: async () => [...emulator.kept],
      ...{ fail, refuse, stop },
    }
  },
}
