import type { SinkHarness } from '../../../test/conformance/sink-harness.ts'
import { startElasticEmulator } from '../../../test/emulators/elasticsearch/cluster.ts'

const API_KEY = 'VnVhQ2ZHY0JDZGJrUW0tZTVhT3g6dWkybHAyYXhUTm1zeWFrdzl0dk5udw=='

export const harness = {
  type: 'elasticsearch',
  keepsOneCopy: true,
  async start() {
    const emulator = await startElasticEmulator({ access: { authorization: `ApiKey ${API_KEY}` } })
    return {
      options: { endpoint: emulator.url, auth: { type: 'api_key', api_key: API_KEY }, timeout: '60s' },
      secret: API_KEY,
      received: async () => [...emulator.documents.keys()],
      fail: emulator.fail,
      refuse(uid, status) {
        const before = emulator.rules.fault
        emulator.rules.fault = (id) =>
          id === uid ? [status, 'document_parsing_exception', 'failed to parse'] : before(id)
      },
      stop: emulator.stop,
    }
  },
} satisfies SinkHarness
