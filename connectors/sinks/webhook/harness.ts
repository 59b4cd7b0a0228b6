import type { SinkHarness } from '../../../test/conformance/sink-harness.ts'
import { startWebhookReceiver } from '../../../test/emulators/webhook/receiver.ts'
import type { Config } from './config.ts'

/** One text in every place of a secret, so that one look finds any leak. */
const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'

export const harness = harnessOf('single')
export const variants = { batch: harnessOf('batch'), ndjson: harnessOf('ndjson') }

export function harnessOf(mode: Config['mode']): SinkHarness {
  return {
    type: 'webhook',
    keepsOneCopy: true,
    async start() {
      const receiver = await startWebhookReceiver()
      return {
        options: {
          endpoint: receiver.url,
          mode,
          secret: SECRET,
          auth: { type: 'bearer', token: SECRET },
          headers: { 'x-api-key': SECRET },
          timeout: '60s',
        },
        secret: SECRET,
        received: async () => receiver.received(),
        fail: receiver.fail,
        refuse: receiver.refuse,
        stop: receiver.stop,
      }
    },
  }
}
