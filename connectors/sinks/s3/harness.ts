import type { SinkHarness } from '../../../test/conformance/sink-harness.ts'
import { startS3Emulator } from '../../../test/emulators/s3/emulator.ts'
import { uidsOf } from '../../../test/emulators/s3/read-back.ts'

export const harness: SinkHarness = {
  type: 's3',
  keepsOneCopy: true,
  async start() {
    const emulator = await startS3Emulator()
    return {
      options: emulator.options,
      secret: emulator.key.secret,
      received: async () => uidsOf(emulator.objects),
      fail: emulator.fail,
      stop: emulator.stop,
    }
  },
}
