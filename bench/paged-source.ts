/** A process that serves an invented history in pages, each after a while: what a backfill meets at the real API. */

import { startPulumiEmulator } from '../test/emulators/pulumi/emulator.ts'
import { inventHistory } from '../test/emulators/pulumi/invent.ts'

const [, , count = '0', density = '1', pageSize = '100', latencyMs = '50'] = process.argv
const NEWEST = 1_790_000_000

const emulator = await startPulumiEmulator({
  past: inventHistory({ seed: 11, count: Number(count), newest: NEWEST, density: Number(density) }),
  switches: { pageSize: Number(pageSize), latencyMs: Number(latencyMs) },
})
process.send?.({ port: Number(new URL(emulator.url).port) })
process.on('message', () => process.send?.({ answer: emulator.requests.length }))
process.on('disconnect', () => process.exit())
