import { awsHarness } from '../../../test/conformance/aws-harness.ts'
import { startSqsEmulator } from '../../../test/emulators/sqs/emulator.ts'

export const harness = awsHarness('sqs', startSqsEmulator, ({ queueUrl }) => ({ queue_url: queueUrl }))
