import type { SinkHarness } from '../../../test/conformance/sink-harness.ts'
import { startOtlp } from '../../../test/emulators/otlp/otlp.ts'
import type { Config } from './config.ts'

export const harness = harnessOf('protobuf')
export const variants = { json: harnessOf('json') }

export function harnessOf(encoding: Config['encoding']): SinkHarness {
  return {
    type: 'otlp',
    async start() {
      const emulator = await startOtlp()
      const { url, token, fail, refuse, stop } = emulator
      return {
        options: {
          endpoint: url,
          encoding,
          auth: { type: 'bearer', token },
          headers: { 'x-scope-orgid': token },
        },
        secret: token,
        received: async () => [...emulator.kept],
        ...{ fail, refuse, stop },
      }
    },
  }
}
