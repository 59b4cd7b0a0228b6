import type { SinkSetting } from '../../../test/conformance/sink-suite.ts'
import { startKinesisEmulator } from '../../../test/emulators/kinesis/emulator.ts'

export const harness: SinkSetting = {
  type: 'kinesis',
  async start() {
    const emulator = await startKinesisEmulator({ onlyUids: true })
    return {
      options: {
        stream: emulator.stream,
        region: emulator.region,
        endpoint: emulator.url,
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
