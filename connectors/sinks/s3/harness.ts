import type { SinkHarness } from '../../../test/conformance/sink-harness.ts'
import { startS3Emulator } from '../../../test/emulators/s3/emulator.ts'
import { uidsOf } from '../../../test/emulators/s3/read-back.ts'

export const harness: SinkHarness = {
  type: 's3',
  keepsOneCopy: true,
  async start() {
    const emulator = await startS3Emulator()
    return {
      options: {
        bucket: emulator.bucket,
        region: emulator.region,
        endpoint: emulator.url,
        force_path_style: true,
        access_key_id: emulator.key.id,
        secret_access_key: emulator.key.secret,
      },
      secret: emulator.key.secret,
      received: async () => uidsOf(emulator.objects),
      fail: emulator.fail,
      stop: emulator.stop,
    }
  },
}
