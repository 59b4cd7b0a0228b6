import type { SinkSetting } from '../../../test/conformance/sink-suite.ts'
import { startSqsEmulator } from '../../../test/emulators/sqs/emulator.ts'

export const harness: SinkSetting = {
  type: 'sqs',
  async start() {
    const emulator = await startSqsEmulator({ onlyUids: true })
    return {
      options: {
        queue_url: emulator.queueUrl,
        region: emulator.region,
        access_key_id: emulator.key.id,
        secret_access_key: emulator.key.secret,
      },
      secret: emulator.key.secret,
      received: async () => [...emulator.uids],
      fail: emulator.fail,
      stop: emulator.stop,
    }
  },
}
