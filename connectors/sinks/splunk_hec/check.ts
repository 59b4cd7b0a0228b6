/** Online test of reach and rights: the health address and, where wanted, the acknowledgement address. */
import { randomUUID } from 'node:crypto'
import type { CheckResult } from '../../../src/connector.ts'
import { messageOf } from '../../../src/errors.ts'
import { cureOfBusy } from '../../../src/lib/http/outcome.ts'
import { connectionCure } from '../../../src/lib/http/poster.ts'
import { describe, readAck, readBody } from './answer.ts'
import type { HecClient } from './client.ts'
import { codes, cureOfStatus, HEALTHY } from './codes.ts'

/** Sends no event, so rights on the index show only with the first one. */
export async function checkCollector(
  client: HecClient,
  acknowledgements: boolean,
  signal: AbortSignal,
): Promise<CheckResult> {
  try {
    const health = await client.askHealth(signal)
    const { code = -1 } = readBody(health.body)
    // 0 means success at other receivers, which do not know the health codes.
    if (health.status !== 200 || !HEALTHY.has(code)) {
      const [, , cure = cureOfBusy(health.status) || cureOfStatus(health.status)] = codes[code] ?? []
      return failed(describe(health), cure)
    }
    if (!acknowledgements) return { ok: true, detail: describe(health), cure: '' }

    const ack = await client.askAck({ ackId: 0, channel: randomUUID(), cookie: '' }, signal)
    if (readAck(ack, 0) !== undefined) {
      return { ok: true, detail: `${describe(health)}; acknowledgements are enabled`, cure: '' }
    }
    const [, , cure] = codes[readBody(ack.body).code ?? -1] ?? []
    return failed(
      `indexer acknowledgement: ${describe(ack)}`,
      cure ?? 'let /services/collector/ack reach the indexers, or set `acknowledgements: false`',
    )
  } catch (error) {
    const [detail, cure] = [messageOf(error), connectionCure(error)]
    return failed(detail, detail.includes('ECONNREFUSED') ? `${cure}; see that HEC is enabled` : cure)
  }
}

function failed(detail: string, cure: string): CheckResult {
  return { ok: false, detail, cure }
}
