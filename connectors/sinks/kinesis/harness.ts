import { awsHarness } from '../../../test/conformance/aws-harness.ts'
import { startKinesisEmulator } from '../../../test/emulators/kinesis/emulator.ts'

export const harness = awsHarness('kinesis', startKinesisEmulator, ({ stream, url }) => ({
  stream,
  endpoint: url,
}))
