import type { SinkHarness } from '../../../test/conformance/sink-harness.ts'
import { startBlobEmulator } from '../../../test/emulators/azure-blob/emulator.ts'
import { uidsOf } from '../../../test/emulators/s3/read-back.ts'

export const harness: SinkHarness = {
  type: 'azure_blob',
  keepsOneCopy: true,
  async start() {
    const emulator = await startBlobEmulator()
    const { name, key, container } = emulator.account
    return {
      options: {
        ...{ account: name, container, endpoint: emulator.url },
        auth: { type: 'shared_key', account_key: key },
      },
      secret: key,
      received: async () => uidsOf(emulator.objects),
      fail: emulator.fail,
      stop: emulator.stop,
    }
  },
}
