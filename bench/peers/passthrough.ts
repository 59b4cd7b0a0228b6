/** The limit: plain undici, the events' bytes wrapped and sent with gzip level 1. No rules, no spool, no proof. */
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { request } from 'undici'
import { createEncoder } from '../../connectors/sinks/splunk_hec/encode.ts'
import { batchesOfLines, sendAll } from './lines.ts'

const [, , file = '', url = ''] = process.argv
const compress = promisify(gzip)
const encode = createEncoder({ sourcetype: 'pulumi:audit' }, 'application/json')
const uid = '0'.repeat(64)

await sendAll(batchesOfLines(file, 1_000), 4, async (lines) => {
  const body = encode(lines.map((payload) => ({ uid, timestamp: 1, payload })))
  const answer = await request(`${url}/services/collector/event`, {
    method: 'POST',
    headers: {
      authorization: 'Splunk bench',
      'content-type': 'application/json',
      'content-encoding': 'gzip',
    },
    body: await compress(body, { level: 1, chunkSize: 1 << 18 }),
  })
  await answer.body.dump()
})
