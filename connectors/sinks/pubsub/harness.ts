import type { SinkHarness } from '../../../test/conformance/sink-harness.ts'
import { startPubsubEmulator } from '../../../test/emulators/pubsub/emulator.ts'

export const harness: SinkHarness = {
  type: 'pubsub',
  async start() {
    const emulator = await startPubsubEmulator({ onlyUids: true })
    const { project, topic, url: endpoint, credentials } = emulator
    return {
      options: { project, topic, endpoint, credentials },
      secret: credentials,
      received: async () => [...emulator.uids],
      fail: emulator.fail,
      refuse: emulator.refuse,
      stop: emulator.stop,
    }
  },
}
