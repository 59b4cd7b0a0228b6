import type { SinkHarness } from '../../../test/conformance/sink-harness.ts'
import { startGcsEmulator } from '../../../test/emulators/gcs/emulator.ts'
import { uidsOf } from '../../../test/emulators/s3/read-back.ts'

export const harness: SinkHarness = {
  type: 'gcs',
  keepsOneCopy: true,
  async start() {
    const emulator = await startGcsEmulator()
    return {
      options: { bucket: emulator.bucket, endpoint: emulator.url, credentials: emulator.credentials },
      secret: emulator.credentials,
      received: async () => uidsOf(emulator.objects),
      fail: emulator.fail,
      stop: emulator.stop,
    }
  },
}
