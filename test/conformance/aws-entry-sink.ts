/** What every sink must do whose AWS service answers for each entry: the outcomes, as a table. */
import { createServer } from 'node:https'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { SinkDefinition } from '../../src/connector.ts'
import type { Outcome } from '../../src/outcome.ts'
import type { AwsJsonEmulator } from '../emulators/aws-json/emulator.ts'
import { faultOf } from '../emulators/aws-json/errors.ts'
import { createCertificates } from '../emulators/splunk-hec/certificates.ts'
import { close, listen } from '../loopback.ts'
import { auditEvents, batchOf } from './batches.ts'
import { openSink } from './open-sink.ts'
import { ROLE, startSts, stsCredentials, stsRefusal } from './sts.ts'

interface AwsEntryCase<Emulator extends AwsJsonEmulator> {
  readonly definition: SinkDefinition
  start(now?: () => number): Promise<Emulator>
  optionsOf(emulator: Emulator): Record<string, unknown>
  /** Uids that were accepted, in order of arrival. */
  received(emulator: Emulator): readonly string[]
  /** Makes the entry of this event fail with this code. */
  failEntry(emulator: Emulator, uid: string, code: string, isRefused: boolean): void
  /** The answer to a request with one entry, which failed. */
  failedAnswer(uid: string, code: string, message: string): object
  /** Errors of a whole request, by name. */
  readonly requestErrors: readonly (readonly [name: string, kind: Outcome['kind']])[]
  /** Errors of one entry, by name; `true` if the service itself blames the sender. */
  readonly entryErrors: readonly (readonly [name: string, isRefused: boolean, kind: Outcome['kind']])[]
}

const calm = new AbortController().signal

export function describeAwsEntrySink<Emulator extends AwsJsonEmulator>(it: AwsEntryCase<Emulator>): void {
  let emulator: Emulator
  const open = (options: Record<string, unknown> = {}) =>
    openSink(it.definition, { ...it.optionsOf(emulator), ...options })
  const write = async (options: Record<string, unknown> = {}, count = 1) => {
    const { sink, format } = open(options)
    const batch = batchOf(auditEvents(count), format)
    const outcomes = await sink.write(batch, calm)
    await sink.close()
    return outcomes
  }
  const check = async (options: Record<string, unknown> = {}) => {
    const { sink } = open(options)
    const result = await sink.check?.(calm)
    await sink.close()
    return result
  }
  const restart = async (now: () => number) => {
    await emulator.stop()
    emulator = await it.start(now)
  }

  beforeEach(async () => {
    emulator = await it.start()
  })
  afterEach(() => emulator.stop())

  describe('a request that fails', () => {
    const common = [
      ['AccessDeniedException', 'pause'],
      ['InvalidClientTokenId', 'pause'],
      ['InvalidSignatureException', 'pause'],
      ['UnrecognizedClientException', 'pause'],
      ['ExpiredTokenException', 'retry'],
      ['RequestThrottledException', 'retry'],
      ['ThrottlingException', 'retry'],
      ['InternalFailure', 'retry'],
      ['NeverHeardOf', 'pause'],
    ] as const
    test.each([...common, ...it.requestErrors])('with %s: %s', async (name, kind) => {
      emulator.fail(faultOf(name), 1)
      const [outcome] = await write()
      expect(outcome).toMatchObject({ kind, reason: expect.stringContaining(`${name}, HTTP 400: refused`) })
      expect(it.received(emulator)).toEqual([])
    })

    test.each([
      [301, 'pause'],
      [400, 'pause'],
      [401, 'pause'],
      [403, 'pause'],
      [404, 'pause'],
      [408, 'retry'],
      [413, 'split'],
      [418, 'pause'],
      [429, 'retry'],
      [500, 'retry'],
      [502, 'retry'],
      [503, 'retry'],
      [504, 'retry'],
    ] as const)('with a bare %i: %s', async (status, kind) => {
      for (const body of ['', '{}', '{"code":1}', '<html>busy</html>']) {
        emulator.fail({ status, body }, 1)
        const [outcome] = await write()
        expect([body, outcome?.kind]).toEqual([body, kind])
      }
    })

    /** From a proxy, a gateway or a firewall: its words are all that an operator has. */
    test.each(['<html><h1>Blocked by policy 7</h1></html>', 'Blocked by policy 7'])(
      'in words other than the service’s: it shows %s',
      async (body) => {
        emulator.fail({ status: 403, body }, 1)
        const [outcome] = await write()
        expect(outcome).toMatchObject({
          kind: 'pause',
          reason: expect.stringMatching(/^HTTP 403: .*Blocked by policy 7/),
        })
        expect(JSON.stringify(outcome)).not.toMatch(/SyntaxError|hidden field/)
      },
    )

    test('because of an unknown authority: the cure names an option', async () => {
      const secure = createServer((await createCertificates()).server)
      const url = `https://127.0.0.1:${await listen(secure)}`
      const elsewhere = JSON.parse(JSON.stringify(it.optionsOf(emulator)).replaceAll(emulator.url, url))
      const [outcome] = await write(elsewhere)
      await close(secure)
      expect(outcome).toEqual({
        kind: 'pause',
        reason: expect.stringMatching(/certificate; .*`tls\.ca_file`/),
      })
    })

    test('passes Retry-After on', async () => {
      emulator.fail({ status: 503, headers: { 'retry-after': '7' } }, 1)
      expect(await write()).toMatchObject([{ kind: 'retry', afterMs: 7000 }])
    })

    test('stops further requests: the events not sent yet wait with it', async () => {
      emulator.fail(faultOf('AccessDeniedException', 403), 100_000)
      const outcomes = await write({}, 900)
      expect(new Set(outcomes.map(({ kind }) => kind))).toEqual(new Set(['pause']))
      expect(outcomes).toHaveLength(900)
    })
  })

  test.each(['{}', '<html>sign in to the Wi-Fi</html>', '[]', ''])(
    'a 200 of %j proves nothing',
    async (body) => {
      emulator.fail({ status: 200, body }, 1)
      expect(await write()).toMatchObject([{ kind: 'retry' }])
    },
  )

  const throttled = [['RequestThrottledException', true, 'retry']] as const
  test.each([...throttled, ...it.entryErrors])(
    'an entry that fails with %s (guilty: %s): %s',
    async (code, isRefused, kind) => {
      const { sink, format } = open()
      const batch = batchOf(auditEvents(7), format)
      const [guilty = ''] = batch.events.slice(3).map(({ uid }) => uid)
      it.failEntry(emulator, guilty, code, isRefused)
      const outcomes = await sink.write(batch, calm)
      await sink.close()
      expect(outcomes[3]).toMatchObject({ kind, reason: expect.stringContaining(code) })
      expect(outcomes.filter(({ kind }) => kind === 'delivered')).toHaveLength(6)
      const others = batch.events.map(({ uid }) => uid).filter((uid) => uid !== guilty)
      expect(it.received(emulator).toSorted()).toEqual(others.toSorted())
    },
  )

  test.each(['InternalFailure', 'InternalError', 'NeverHeardOf'])(
    'an entry that fails with %s, and words that quote the secret, whole or where they are cut',
    async (code) => {
      for (const lead of [0, 190]) {
        const { sink, format } = open()
        const batch = batchOf(auditEvents(1), format)
        const message = `${'x'.repeat(lead)} ${emulator.key.secret}`
        const answer = it.failedAnswer(batch.events[0]?.uid ?? '', code, message)
        emulator.fail({ status: 200, body: JSON.stringify(answer) }, 1)
        const [outcome] = await sink.write(batch, calm)
        await sink.close()
        expect(outcome).toMatchObject({ reason: expect.stringContaining(`${code}: ${'x'.repeat(lead)} [`) })
        expect(JSON.stringify(outcome)).not.toContain(emulator.key.secret.slice(0, 8))
      }
    },
  )

  test('only an event over the limit is rejected, with the reason', async () => {
    const { sink, format } = open()
    const [first, huge, last] = auditEvents(3)
    if (first === undefined || huge === undefined || last === undefined) throw new Error('no events')
    const batch = batchOf([first, { ...huge, description: 'x'.repeat(11 * 2 ** 20) }, last], format)
    const outcomes = await sink.write(batch, calm)
    await sink.close()
    expect(outcomes.map(({ kind }) => kind)).toEqual(['delivered', 'rejected', 'delivered'])
    expect(outcomes[1]).toMatchObject({ reason: expect.stringMatching(/\d+ bytes long, .* at most \d+/) })
  })

  test('large events share requests only as far as their bytes go', async () => {
    const { sink, format } = open()
    const events = auditEvents(40).map((event) => ({ ...event, description: 'é"'.repeat(60_000) }))
    const outcomes = await sink.write(batchOf(events, format), calm)
    await sink.close()
    expect(outcomes.filter(({ kind }) => kind !== 'delivered')).toEqual([])
    expect(emulator.actions.length).toBeGreaterThan(1)
    expect(it.received(emulator)).toHaveLength(40)
  })

  describe('check', () => {
    test('reaches the service and sends no event', async () => {
      expect(await check()).toMatchObject({ ok: true, cure: '' })
      expect(it.received(emulator)).toEqual([])
    })

    test.each([
      ['a wrong secret', { secret_access_key: 'wrong/secret' }, 'InvalidSignatureException', 'secret_access'],
      ['an unknown key', { access_key_id: 'AKNOBODY' }, 'UnrecognizedClientException', 'access_key_id'],
      ['another region', { region: 'us-west-2' }, 'valid region', 'set `region`'],
    ])('names %s with its cure', async (_, options, detail, cure) => {
      const result = await check(options)
      expect(result).toEqual({
        ok: false,
        detail: expect.stringContaining(detail),
        cure: expect.stringContaining(cure),
      })
      expect(await write(options)).toMatchObject([{ kind: 'pause', reason: expect.stringContaining(cure) }])
      expect(JSON.stringify(result)).not.toContain('wrong/secret')
    })

    test('names a clock that is off by an hour', async () => {
      await restart(() => Date.now() + 3_600_000)
      expect(await check()).toMatchObject({ ok: false, cure: expect.stringContaining('NTP') })
    })
  })

  test('a role that may not be assumed is cured by a permission of its own, not by one of the service', async () => {
    await startSts(() => stsRefusal(403, 'AccessDenied'))
    const role = { role_arn: ROLE }
    const cure = expect.stringMatching(/sts:AssumeRole on `role_arn`(?!.*grant)/)
    expect(await check(role)).toMatchObject({ ok: false, cure })
    expect(await write(role)).toMatchObject([{ kind: 'pause', reason: cure }])
  })

  test('where nobody listens, the events are written again and check names host and port', async () => {
    const options = it.optionsOf(emulator)
    await emulator.stop()
    const { sink, format } = openSink(it.definition, options)
    const outcomes = await sink.write(batchOf(auditEvents(1), format), calm)
    expect(outcomes).toMatchObject([{ kind: 'retry', reason: expect.stringContaining('ECONNREFUSED') }])
    const cure = expect.stringMatching(/^check host and port in `(endpoint|queue_url)`, the proxy, and the/)
    expect(await sink.check?.(calm)).toMatchObject({ ok: false, cure })
    await sink.close()
    emulator = await it.start()
  })

  test('a rotated secret is read again after it was refused', async () => {
    const { Secret } = await import('../../src/lib/secret.ts')
    let secret = 'old'
    const { sink, format } = open({ secret_access_key: new Secret(() => secret) })
    const batch = batchOf(auditEvents(1), format)
    expect(await sink.write(batch, calm)).toMatchObject([{ kind: 'pause' }])
    secret = emulator.key.secret
    expect(await sink.write(batch, calm)).toEqual([{ kind: 'delivered' }])
    await sink.close()
  })

  test.each([
    [503, 'ServiceUnavailable', 'retry'],
    [400, 'Throttling', 'retry'],
    [403, 'AccessDenied', 'pause'],
  ])('STS answered %i %s once: the role is requested again', async (status, code, kind) => {
    let asked = 0
    await startSts(() => (asked++ === 0 ? stsRefusal(status, code) : stsCredentials(emulator.key)))
    const { sink, format } = open({ role_arn: ROLE })
    const batch = batchOf(auditEvents(1), format)
    expect(await sink.write(batch, calm)).toMatchObject([{ kind, reason: expect.stringContaining(code) }])
    expect(await sink.write(batch, calm)).toEqual([{ kind: 'delivered' }])
    expect(asked).toBe(2)
    await sink.close()
  })
}
