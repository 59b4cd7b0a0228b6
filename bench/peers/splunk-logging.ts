/** splunk-logging as it is meant for volume: batches of 1,000, four in flight. It parses, prints, cannot compress. */
import { Logger } from 'splunk-logging'
import { batchesOfLines, sendAll } from './lines.ts'

const [, , file = '', url = ''] = process.argv
const { hostname, port } = new URL(url)
const logger = new Logger({
  token: 'bench',
  protocol: 'http',
  host: hostname,
  port: Number(port),
  maxBatchCount: 0,
})
logger.eventFormatter = (message) => message

await sendAll(batchesOfLines(file, 1_000), 4, (lines) => {
  for (const line of lines) {
    logger.send({ message: JSON.parse(line.toString()), metadata: { time: 1, sourcetype: 'pulumi:audit' } })
  }
  return new Promise((resolve, reject) => {
    logger.flush((error) => (error === null || error === undefined ? resolve() : reject(error)))
  })
})
