import type { SinkHarness } from '../../../test/conformance/sink-harness.ts'
import { startS3Emulator } from '../../../test/emulators/s3/emulator.ts'
import { readParquet } from '../../../test/emulators/s3/read-parquet.ts'

export const harness: SinkHarness = {
  type: 'security_lake',
  keepsOneCopy: true,
  async start() {
    const emulator = await startS3Emulator({ bucket: 'aws-security-data-lake-eu-west-1-x1y2z3' })
    const { bucket, region, key, url, objects, fail, stop } = emulator
    return {
      options: {
        ...{ bucket, region, endpoint: url, force_path_style: true },
        ...{ access_key_id: key.id, secret_access_key: key.secret },
      },
      secret: key.secret,
      async received() {
        const rows = [...objects.values()].flatMap(({ body }) => readParquet(body, ['metadata']).rows)
        return rows.map(({ metadata }) => (metadata as { uid: string }).uid)
      },
      ...{ fail, stop },
    }
  },
}
