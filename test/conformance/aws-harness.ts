/** The harness of sinks that send entries to an AWS service: all the same, except where the entries go. */
import type { AwsJsonEmulator } from '../emulators/aws-json/emulator.ts'
import type { SinkHarness } from './sink-harness.ts'

/** `placeOf` returns the options that name the queue, stream or bus. */
export function awsHarness<Emulator extends AwsJsonEmulator & { readonly uids: readonly string[] }>(
  type: string,
  startEmulator: (options: { onlyUids: boolean }) => Promise<Emulator>,
  placeOf: (emulator: Emulator) => Readonly<Record<string, unknown>>,
): SinkHarness {
  return {
    type,
    async start() {
      const emulator = await startEmulator({ onlyUids: true })
      const { key, region, fail, stop } = emulator
      return {
        options: {
          ...placeOf(emulator),
          region,
          access_key_id: key.id,
          secret_access_key: key.secret,
        },
        secret: key.secret,
        received: async () => [...emulator.uids],
        fail,
        stop,
      }
    },
  }
}
