/** Whatever an event contains comes through the API and back unchanged, with every combination of switches. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { startPulumiEmulator } from '../../../test/emulators/pulumi/emulator.ts'
import type { NewEvent } from '../../../test/emulators/pulumi/event.ts'
import { NOW, readAll, sourceFor } from './fixtures/rig.ts'

const text = fc.string({
  unit: fc.oneof(
    fc.constantFrom(
      '"',
      '"',
      ',',
      '\n',
      '\r',
      '\r\n',
      '\t',
      ' ',
      '\0',
      '=',
      '\\',
      '{',
      '}',
      '[',
      ']',
      ':',
      '\uFEFF',
    ),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
  ),
})

const event: fc.Arbitrary<NewEvent> = fc.record({
  timestamp: fc.integer({ min: NOW - 3, max: NOW - 1 }),
  // With a leading blank it is not a slug, which the CSV would show as its display name.
  event: text.map((it) => ` ${it}`),
  description: text,
  sourceIP: text,
  user: fc.record({ name: text, githubLogin: text, avatarUrl: text }),
  tokenID: text,
  tokenName: text,
  actorName: text,
  actorUrn: text,
  reqOrgAdmin: fc.boolean(),
  reqStackAdmin: fc.boolean(),
  authFailure: fc.boolean(),
})

const switches = fc.record({
  api: fc.constantFrom('v1', 'v2'),
  csvTime: fc.constantFrom('rfc3339', 'unix'),
  lineEnd: fc.constantFrom('\n', '\r\n'),
  byteOrderMark: fc.boolean(),
  encoding: fc.constantFrom('gzip', 'stripped', 'identity'),
})

it('comes back with the same fields', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(event, { maxLength: 8 }), switches, async (events, { api, ...turned }) => {
      const fresh = await startPulumiEmulator({ now: () => NOW * 1000, switches: turned as object })
      try {
        fresh.add(events)
        const { records, thrown } = await readAll(
          sourceFor({ url: fresh.url, token: fresh.token, options: { api } }),
        )
        expect(thrown).toBeUndefined()
        const expected = [...fresh.events()].map((it) => ({
          timestamp: it.timestamp,
          event: it.event,
          description: it.description,
          sourceIp: it.sourceIP,
          login: it.user.githubLogin,
          name: it.user.name,
          tokenId: it.tokenID,
          tokenName: it.tokenName,
          actorName: it.actorName,
          actorUrn: it.actorUrn,
          orgAdmin: it.reqOrgAdmin,
          stackAdmin: it.reqStackAdmin,
          authFailure: it.authFailure,
        }))
        expect(records).toMatchObject(expected)
        expect(records).toHaveLength(expected.length)
        for (const record of records) expect(() => JSON.parse((record as { raw: string }).raw)).not.toThrow()
      } finally {
        await fresh.stop()
      }
    }),
  )
})
