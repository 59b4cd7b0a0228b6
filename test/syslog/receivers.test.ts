/** The sink `syslog` and real receivers: they read what was meant, and killing one loses nothing. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { definition } from '../../connectors/sinks/syslog/index.ts'
import type { FormatName } from '../../src/formats/format.ts'
import { auditEvents, batchOf } from '../conformance/batches.ts'
import { deliver, write } from '../conformance/deliver.ts'
import { openSink } from '../conformance/open-sink.ts'
import { PATIENCE_MS } from '../patience.ts'
import { LISTENERS, type SyslogServer, startSyslogServer } from './server.ts'

const PATIENCE = { timeout: PATIENCE_MS, interval: 50 }

describe.each(['rsyslog', 'syslog-ng'] as const)('%s', (product) => {
  let server: SyslogServer
  beforeAll(async () => {
    server = await startSyslogServer(product)
  })
  afterAll(() => server.stop())

  const uidsOf = (lines: readonly string[]) => lines.map((line) => / uid="([0-9a-f]{64})"/.exec(line)?.[1])

  /** Sends events and returns the lines that the receiver wrote for them. */
  async function send(options: object, from: number, format: FormatName) {
    const it = openSink(definition, { settle_time: '0.2s', format, ...options })
    const events = auditEvents(6, from)
    const before = server.lines().length
    const { delivered } = await deliver(it.sink, batchOf(events, it.format))
    await it.sink.close()
    expect(delivered).toHaveLength(6)
    await vi.waitFor(() => expect(server.lines().length).toBeGreaterThanOrEqual(before + 6), PATIENCE)
    return { events, lines: server.lines().slice(before), format: it.format }
  }

  it.each(LISTENERS.map((listener, index) => [listener, index * 10] as const))(
    '%s: each message with its header, its structured data and its payload',
    async (listener, from) => {
      const { events, lines, format } = await send(server.options(listener), from, 'native')
      expect(lines).toHaveLength(6)
      for (const [index, event] of events.entries()) {
        const time = '2026-11-22T22:00:\\d\\d(?:[+]00:00|Z)'
        const name = event.action.slice(0, 32)
        const [, pri, data, payload] =
          new RegExp(`^(\\d+) ${time} api.pulumi.com pulumi ${name} (\\[.*?\\])\\s+(\\{.*)$`).exec(
            lines[index] ?? '',
          ) ?? []
        expect(Number(pri)).toBe(13 * 8 + 7 - event.severity)
        expect(data).toContain(`eventId="${event.action}"`)
        expect(data).toContain(`uid="${event.uid}"`)
        expect(payload).toBe(format.encode(event))
      }
    },
  )

  it.each(['cef', 'leef'] as const)('%s inside, over TLS', async (format) => {
    const { events, lines } = await send(server.options('tls'), format === 'cef' ? 100 : 200, format)
    expect(uidsOf(lines)).toEqual(events.map(({ uid }) => uid))
    const opening = format === 'cef' ? 'CEF:0|Pulumi|' : 'LEEF:2.0|Pulumi|'
    expect(lines.map((line) => line.includes(opening))).not.toContain(false)
  })

  it('mutual: without a client certificate nothing is delivered', async () => {
    const { tls, ...options } = server.options('mutual') as { tls: { ca_file: string } }
    const { sink, format } = openSink(definition, {
      ...options,
      settle_time: '1s',
      tls: { ca_file: tls.ca_file },
    })
    const outcomes = await write(sink, batchOf(auditEvents(3, 300), format))
    await sink.close()
    expect(outcomes.map(({ kind }) => kind)).not.toContain('delivered')
    expect(uidsOf(server.lines())).not.toContain(auditEvents(1, 300)[0]?.uid)
  })

  it.each(['tcp', 'tls'] as const)('kill -9 amid a stream over %s: nothing is lost', async (listener) => {
    const { sink, format, log } = openSink(definition, { settle_time: '0.1s', ...server.options(listener) })
    const from = listener === 'tcp' ? 10_000 : 20_000
    const batches = Array.from({ length: 60 }, (_, n) => auditEvents(100, from + n * 100))
    let next = 0
    /** What a lane does with its batches: each is repeated until delivered, while others are in progress. */
    const carry = async () => {
      for (let batch = batches[next++]; batch !== undefined; batch = batches[next++]) {
        let left = batch
        while (left.length > 0) {
          const outcomes = await write(sink, batchOf(left, format))
          left = left.filter((_, index) => outcomes[index]?.kind !== 'delivered')
          if (left.length > 0) await new Promise((resolve) => setTimeout(resolve, 50))
        }
      }
    }
    const lanes = Promise.all([carry(), carry(), carry()])
    for (const share of [15, 35]) {
      await vi.waitFor(() => expect(next).toBeGreaterThan(share), PATIENCE)
      // Suspended first, so that messages are unread in the kernel when it dies.
      await server.kill('SIGSTOP')
      const before = next
      await vi.waitFor(() => expect(next).toBeGreaterThan(before + 3), PATIENCE)
      await server.kill('SIGKILL')
      await server.start()
    }
    await lanes
    await sink.close()
    const wanted = batches.flat().map(({ uid }) => uid)
    const missing = () => {
      const there = new Set(uidsOf(server.lines()))
      return wanted.filter((uid) => !there.has(uid)).length
    }
    await vi.waitFor(() => expect(missing()).toBe(0), PATIENCE)
    expect(log.join('\n')).toContain('sent again')
  })
})
