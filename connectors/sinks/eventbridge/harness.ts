import { awsHarness } from '../../../test/conformance/aws-harness.ts'
import { startEventBridgeEmulator } from '../../../test/emulators/eventbridge/emulator.ts'

export const harness = awsHarness('eventbridge', startEventBridgeEmulator, ({ bus, url }) => ({
  event_bus: bus,
  endpoint: url,
}))
