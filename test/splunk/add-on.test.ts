/**
 * The Splunk add-on, without Splunk: its files are complete, and each event of the catalogue gets the fields of its
 * data model.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import type { AuditEvent } from '../../src/event.ts'
import { native } from '../../src/formats/native.ts'
import { schemaRow } from '../../src/formats/schema-table.ts'
import { eventOf, eventOfEach, HOSTILE_TEXTS } from '../formats/sample-events.ts'
import { ADD_ON, createAddOn, readConf } from './add-on.ts'
import { elementsOf } from './xml.ts'

const addOn = createAddOn()

function see(event: AuditEvent) {
  return addOn(native.encode(event))
}

/** Allowed values and required fields, by Splunk's Common Information Model 8.5; tags select the model. */
const CHANGE =
  'action change_type command dest dvc object object_category result status vendor_account vendor_product'
const MODELS: Readonly<Record<string, { tags: string[]; actions: string[]; fields: string }>> = {
  Chg: {
    tags: ['change'],
    actions: ['created', 'deleted', 'modified', 'updated', 'read', 'acl_modified'],
    fields: `${CHANGE} user user_type`,
  },
  Acct: {
    tags: ['change', 'account'],
    actions: ['created', 'deleted', 'modified', 'updated'],
    fields: `${CHANGE} src_user src_user_type`,
  },
  Auth: {
    tags: ['authentication'],
    actions: ['success', 'failure'],
    fields: 'action app dest user signature signature_id authentication_service vendor_product',
  },
  Data: {
    tags: ['data', 'access'],
    actions: ['read'],
    fields:
      'action app dest object object_category user vendor_account vendor_product signature signature_id',
  },
}

it.each(eventOfEach().map((event) => [event.action, event] as const))(
  '%s has the fields of its data model',
  (action, event) => {
    const { fields, tags } = see(event)
    const [name = '', verb = ''] = schemaRow(action)?.cim.split(' ') ?? []
    const model = MODELS[name]
    expect(tags).toEqual(model?.tags)
    expect(model?.actions).toContain(fields.action)
    expect(fields.action).toBe(verb === 'denied' ? 'read' : verb)
    expect(['success', 'failure']).toContain(fields.status)
    expect(fields.status).toBe(event.outcome)
    expect(fields.src).toBe(event.sourceIp)
    const wanted = (model?.fields ?? '').split(' ').filter((it) => it !== 'src_or_none')
    for (const field of wanted) expect([field, fields[field] ?? '']).not.toEqual([field, ''])
    expect(fields.event_id).toBe(action)
    expect([action, fields.account_event]).toEqual([action, name === 'Acct' ? action : undefined])
  },
)

it('tells who was changed from who changed', () => {
  const changed = see(
    eventOf({ event: 'member-added', description: 'Added user "bob" to organization "acme" as "member"' }),
  )
  expect(changed.fields).toMatchObject({ user: 'bob', src_user: 'dana', src_user_name: 'Dana Okafor' })
  const token = see(
    eventOf({ event: 'team-token-created', description: 'Created token "ci" for team "ops"' }),
  )
  expect(token.fields).toMatchObject({ user: undefined, src_user: 'dana', object: 'ci' })
  const own = see(eventOf({ event: 'user-added-new-identity-to-their-account' }))
  expect(own.fields).toMatchObject({ user: 'dana', src_user: 'dana' })
  const stack = see(eventOf({ event: 'stack-deleted', description: 'Deleted stack "web/prod"' }))
  expect(stack.fields).toMatchObject({
    user: 'dana',
    src_user: undefined,
    object: 'prod',
    object_path: 'acme/web/prod',
  })
  const nobody = see(
    eventOf({ event: 'auth-failure-scim-access-token', login: '', name: '', authFailure: true }),
  )
  expect(nobody.fields).toMatchObject({ user: 'system', action: 'failure', reason: '' })
})

it('calls a refusal a failed change', () => {
  const { fields } = see(eventOf({ event: 'auth-failure-stack-permission', authFailure: true }))
  expect(fields).toMatchObject({ status: 'failure', result: 'permission denied' })
})

it('puts an unknown event id into no data model', () => {
  const seen = see(eventOf({ event: 'Quantum Stack Entangled' }))
  expect(seen).toMatchObject({
    eventtypes: ['pulumi_audit'],
    tags: [],
    fields: { cim_model: 'unknown', action: 'unknown' },
  })
})

it('is not led astray by text in an event', () => {
  const forged = '"action":"team-created","actionName":"Team Created","timestamp":1'
  for (const text of [...HOSTILE_TEXTS, forged]) {
    const event = eventOf({ event: 'stack-created', description: text, name: text, login: text || 'x' })
    const { fields } = see(event)
    expect([fields.account_event, fields.signature_id]).toEqual([undefined, 'stack-created'])
    expect(timeOf(native.encode(event))).toBe(String(event.timestamp))
  }
})

/** As Splunk finds it in a line of a file. */
function timeOf(line: string): string | undefined {
  const props = readConf('props.conf').get('pulumi:audit')
  const prefix = new RegExp(props?.get('TIME_PREFIX') ?? 'none').exec(line)
  const from = (prefix?.index ?? 0) + (prefix?.[0].length ?? 0)
  return /^\d+/.exec(line.slice(from, from + Number(props?.get('MAX_TIMESTAMP_LOOKAHEAD'))))?.[0]
}

/** The settings allowed in each file; Splunk would ignore a misspelt name. */
const SETTINGS: Readonly<Record<string, RegExp>> = {
  'app.conf': /^(is_configured|is_visible|label|author|description|version|id|check_for_updates)$/,
  'props.conf':
    /^(SHOULD_LINEMERGE|LINE_BREAKER|CHARSET|TRUNCATE|TIME_PREFIX|TIME_FORMAT|MAX_TIMESTAMP_LOOKAHEAD|KV_MODE|(EXTRACT|FIELDALIAS|EVAL|LOOKUP)-\w+)$/,
  'transforms.conf': /^(filename|min_matches|max_matches|default_match|case_sensitive_match)$/,
  'eventtypes.conf': /^search$/,
  'tags.conf': /^\w+$/,
  'macros.conf': /^(definition|iseval)$/,
  'fields.conf': /^INDEXED$/,
  'savedsearches.conf':
    /^(description|search|disabled|enableSched|cron_schedule|realtime_schedule|dispatch\.(index_)?(earliest|latest)(_time)?|counttype|relation|quantity|alert\.(track|severity|suppress|suppress\.(fields|period)|digest_mode))$/,
}

it('sets only what Splunk knows', () => {
  const files = readdirSync(`${ADD_ON}/default`).filter((name) => name.endsWith('.conf'))
  expect(files.toSorted()).toEqual(Object.keys(SETTINGS).toSorted())
  const unknown = files.flatMap((name) =>
    [...readConf(name).values()].flatMap((stanza) =>
      [...stanza.keys()].filter((key) => !SETTINGS[name]?.test(key)).map((key) => `${name}: ${key}`),
    ),
  )
  expect(unknown).toEqual([])
})

it('refers only to what is there', () => {
  const types = [...readConf('eventtypes.conf').keys()]
  for (const stanza of readConf('tags.conf').keys()) expect(types).toContain(stanza.replace('eventtype=', ''))
  for (const stanza of readConf('transforms.conf').values()) {
    expect(existsSync(`${ADD_ON}/lookups/${stanza.get('filename')}`)).toBe(true)
  }
  const views = readdirSync(`${ADD_ON}/default/data/ui/views`).map((name) => name.replace('.xml', ''))
  const named = elementsOf(read('data/ui/nav/default.xml')).filter(({ name }) => name === 'view')
  const own = named.map(({ attributes }) => attributes.name ?? '').filter((name) => name.startsWith('pulumi'))
  expect(own).toEqual(views)
  const queries = [...read('data/ui/views/pulumi_audit.xml').matchAll(/`(\w+)`/g)].map(([, name]) => name)
  expect(queries).not.toEqual([])
  for (const macro of queries) expect(readConf('macros.conf').has(macro ?? '')).toBe(true)
})

it('has a dashboard that is well-formed, each panel on the one base search', () => {
  const elements = elementsOf(read('data/ui/views/pulumi_audit.xml'))
  const searches = elements.filter(({ name }) => name === 'search').map(({ attributes }) => attributes)
  expect(searches.filter(({ id }) => id !== undefined)).toEqual([{ id: 'events' }])
  expect(new Set(searches.slice(1).map(({ base }) => base))).toEqual(new Set(['events']))
})

it('shows in its dashboard only fields that an event has', () => {
  const base = /<query>`pulumi_audit` \| dedup uid \| fields (.*)<\/query>/.exec(
    read('data/ui/views/pulumi_audit.xml'),
  )?.[1]
  const shown = (base ?? '').split(', ').filter((field) => !field.startsWith('_'))
  const { fields } = see(eventOf({ event: 'stack-deleted' }))
  expect(shown.length).toBeGreaterThan(5)
  expect(shown.filter((field) => fields[field] === undefined)).toEqual([])
})

it('carries the version of the package', () => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'))
  expect(readConf('app.conf').get('launcher')?.get('version')).toBe(version)
  expect(readConf('app.conf').get('package')?.get('id')).toBe(ADD_ON.split('/').at(-1))
})

function read(path: string): string {
  return readFileSync(`${ADD_ON}/default/${path}`, 'utf8')
}
