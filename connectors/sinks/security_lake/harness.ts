import type { SinkHarness } from '../../../test/conformance/sink-harness.ts'
import { startS3Emulator } from '../../../test/emulators/s3/emulator.ts'
import { readParquet } from '../../../test/emulators/s3/read-parquet.ts'

export const harness: SinkHarness = {
  type: 'security_lake',
  keepsOneCopy: true,
  async start() {
    const emulator = await startS3Emulator({ bucket: 'aws-security-data-lake-eu-west-1-x1y2z3' })
    const { options, key, objects, fail, stop } = emulator
    return {
      options,
      secret: key.secret,
      async received() {
        const rows = [...objects.values()].flatMap(({ body }) => readParquet(body, ['metadata']).rows)
        return rows.map(({ metadata }) => (metadata as { uid: string }).uid)
      },
      ...{ fail, stop },
    }
  },
}
