import type { SinkHarness } from '../../../test/conformance/sink-harness.ts'
import { startLokiEmulator } from '../../../test/emulators/loki/loki.ts'

const TOKEN = 'glc_eyJvIjoiMTIzNDU2In0='

export const harness: SinkHarness = {
  type: 'loki',
  keepsOneCopy: true,
  async start() {
    const emulator = await startLokiEmulator({ authorization: `Bearer ${TOKEN}`, tenants: true })
    return {
      options: {
        endpoint: emulator.url,
        auth: { type: 'bearer', token: TOKEN },
        tenant: 'security',
        timeout: '60s',
      },
      secret: TOKEN,
      received: async () => emulator.uids(),
      fail: emulator.fail,
      refuse: (uid) => emulator.refuse(uid, "Max entry size '262144' bytes exceeded for stream"),
      stop: emulator.stop,
    }
  },
}
