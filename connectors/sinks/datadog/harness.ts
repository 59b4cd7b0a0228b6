import type { SinkHarness } from '../../../test/conformance/sink-harness.ts'
import { startDatadog } from '../../../test/emulators/datadog/datadog.ts'

export const harness: SinkHarness = {
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
