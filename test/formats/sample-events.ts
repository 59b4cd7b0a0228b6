/** Invented events for the tests of the formats: one of every id, one of every kind, and hostile text. */
import type { RecordFields } from '../../src/connector.ts'
import { type AuditEvent, eventUid } from '../../src/event.ts'
import { type CatalogueEntry, catalogue } from '../../src/normalise/catalogue.ts'
import { record } from '../../src/normalise/fixtures/record.ts'
import { createNormaliser } from '../../src/normalise/normalise.ts'
import { describe } from '../emulators/pulumi/describe.ts'
import { createDraw } from '../emulators/pulumi/random.ts'

const OBSERVED_AT = 1_795_384_799_123
const normalise = createNormaliser({ source: 'main', organization: 'acme' })

/** As the engine makes it from a record; `raw` is the record as the API's JSON list would show it. */
export function eventOf(fields: Partial<RecordFields>): AuditEvent {
  const whole = record({ login: 'dana', name: 'Dana Okafor', sourceIp: '198.51.100.7', ...fields })
  const { members, identity } = normalise(whole, OBSERVED_AT)
  return { uid: eventUid(identity, 0), ...members, raw: rawOf(whole) }
}

/** One event of each id of the catalogue, in its order. The target is what its description names. */
export function eventOfEach(): readonly AuditEvent[] {
  return catalogue.map((entry, at) => eventOf(fieldsOf(entry, at)))
}

/** One event of each kind of the catalogue, each with its first id; the last one has an unknown id. */
export function eventOfEachKind(): readonly AuditEvent[] {
  const kinds = new Map(catalogue.toReversed().map((entry) => [entry.kind, entry]))
  const events = catalogue.flatMap((entry, at) =>
    kinds.get(entry.kind) === entry ? [eventOf(fieldsOf(entry, at))] : [],
  )
  return [...events, eventOf({ event: 'Quantum Stack Entangled', description: 'Entangled stack "web/prod"' })]
}

function fieldsOf(entry: CatalogueEntry, at: number): Partial<RecordFields> {
  const draw = createDraw(at)
  return {
    event: at % 2 === 0 ? entry.event : entry.name,
    timestamp: 1_795_384_721 + at,
    description: DESCRIPTIONS[entry.event] ?? describe(entry, 'dana', draw),
    avatarUrl: 'https://avatars.example/dana.png',
    ...(at % 3 === 0 && { tokenId: draw.uuid(), tokenName: 'ci-deploy' }),
    ...(at % 5 === 0 && { actorName: 'deploy-agent', actorUrn: 'urn:pulumi:agent:7' }),
    ...(at % 7 === 0 && { sourceIp: '2001:db8::7' }),
    ...(at % 11 === 0 && { sourceIp: '' }),
    ...(at % 4 === 0 && { email: 'dana@example.com' }),
    orgAdmin: entry.requiresOrgAdmin ?? false,
    stackAdmin: entry.requiresStackAdmin ?? false,
    authFailure: entry.failure === 'flag',
  }
}

/** Descriptions that name their target, for ids whose schemas require one. */
const DESCRIPTIONS: Readonly<Record<string, string>> = {
  'member-added': 'Added user "bob" to organization "acme" as "member"',
  'member-removed': 'Removed user "bob" from organization "acme"',
  'member-role-changed': 'Changed role of "bob" from "member" to "admin"',
  'organization-invite-accepted': 'User "bob" accepted the invite',
  'team-created': 'Created team "ops"',
  'team-deleted': 'Deleted team "ops"',
  'team-updated': 'Added user "bob" to team "ops"',
  'custom-role-created': 'Created role "auditor"',
  'custom-role-deleted': 'Deleted role "auditor"',
  'custom-role-updated': 'Updated role "auditor"',
}

function rawOf(it: RecordFields): unknown {
  return {
    timestamp: it.timestamp,
    sourceIP: it.sourceIp,
    event: it.event,
    description: it.description,
    user: {
      name: it.name,
      githubLogin: it.login,
      avatarUrl: it.avatarUrl,
      ...(it.email !== '' && { email: it.email }),
    },
    ...(it.tokenId !== '' && { tokenID: it.tokenId, tokenName: it.tokenName }),
    ...(it.actorName !== '' && { actorName: it.actorName, actorUrn: it.actorUrn }),
    ...(it.orgAdmin && { reqOrgAdmin: true }),
    ...(it.stackAdmin && { reqStackAdmin: true }),
    ...(it.authFailure && { authFailure: true }),
  }
}

/** Texts that break a format if it escapes wrongly. */
export const HOSTILE_TEXTS: readonly string[] = [
  'pipes | and \\| and ||',
  'equals = and a=b src=10.0.0.1',
  'back\\slash at the end \\',
  'line\nbreak\r\nand\rreturn',
  'tab\tand\u000bvertical\u000cform feed',
  'caret ^ and x09',
  'right-to-left \u202e mark \u200f and \u2066isolate\u2069',
  'controls \u0000\u0001\u001b[31m\u007f\u0085',
  'line \u2028 and paragraph \u2029 separators',
  'lone \ud800 surrogate \udc00',
  'quotes " and \' and `',
  '=cmd|calc',
  '</script><!-- ]]> --',
  '',
  ' blanks outside ',
  'CEF:0|a|b|1|c|d|5|src=1.2.3.4',
  'LEEF:2.0|a|b|1|c|^|src=1.2.3.4',
  '😀'.repeat(600),
]
