/** A process that serves a ready-made history as the audit-log API does, as fast as the disk gives it. */
import { createReadStream } from 'node:fs'
import { createServer } from 'node:http'
import { answerParent } from './process-link.ts'

const [, , csv = '', json = '', tail = ''] = process.argv
let isFinished = false

const server = createServer((request, response) => {
  const isList = request.url?.includes('/auditlogs/v2') === true
  response.setHeader('content-type', isList ? 'application/json' : 'text/csv')
  response.setHeader('content-encoding', 'gzip')
  const file = isFinished ? tail : isList ? json : csv
  createReadStream(file, { highWaterMark: 1 << 18 }).pipe(response)
})

answerParent(server, {
  /** Everything was read: from now on only the end of the log is served. */
  finish() {
    isFinished = true
  },
})
