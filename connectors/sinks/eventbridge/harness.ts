import type { SinkSetting } from '../../../test/conformance/sink-suite.ts'
import { startEventBridgeEmulator } from '../../../test/emulators/eventbridge/emulator.ts'

export const harness: SinkSetting = {
  type: 'eventbridge',
  async start() {
    const emulator = await startEventBridgeEmulator({ onlyUids: true })
    return {
      options: {
        event_bus: emulator.bus,
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
