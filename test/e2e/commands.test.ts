/** The commands as an operator types them, against the running emulator. */
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { loadConfig } from '../../src/config/load.ts'
import { startHecEmulator } from '../emulators/splunk-hec/hec.ts'
import { startWebhookReceiver } from '../emulators/webhook/receiver.ts'
import { configurationOf, descriptionsOf, FILE_SINK, recentEvents, startAcme } from './acme.ts'
import { eventually, openSite, seen } from './site.ts'
import { mountSmallDisk } from './small-disk.ts'
import { openTap } from './tap.ts'

it.concurrent('init writes a configuration that validates, and never overwrites another', async () => {
  await using site = openSite()
  const init = await site.run(['init', '--organization', 'acme', '--sinks', 'splunk_hec,file,s3,webhook'])
  expect(init).toMatchObject({ code: 0, stderr: '' })
  expect(init.stdout).toMatch(
    /auditferry\.yaml is written\. Next:\n {2}export PULUMI_ACCESS_TOKEN=…\n {2}export SPLUNK_HEC_TOKEN=…/,
  )
  expect(init.stdout).toContain(
    '\n  npx auditferry check -c auditferry.yaml\n  npx auditferry run -c auditferry.yaml\n',
  )
  expect(statSync(site.path('auditferry.yaml')).mode & 0o777).toBe(0o600)
  const env = { PULUMI_ACCESS_TOKEN: 'pul-x', SPLUNK_HEC_TOKEN: 'y' }
  const valid = await site.run(['validate'], { env })
  expect(valid).toMatchObject({
    code: 0,
    stdout: expect.stringContaining(
      'auditferry.yaml: ok, main (pulumi) → splunk_hec (splunk_hec), file (file), s3 (s3), webhook (webhook)',
    ),
  })

  const before = readFileSync(site.path('auditferry.yaml'), 'utf8')
  const again = await site.run(['init', '--organization', 'other'])
  expect(again).toMatchObject({
    code: 2,
    stderr: 'auditferry: auditferry.yaml exists: write another with -o, or overwrite it with --force\n',
  })
  expect(readFileSync(site.path('auditferry.yaml'), 'utf8')).toBe(before)
  expect(await site.run(['init', '--organization', 'other', '--force'])).toMatchObject({ code: 0 })
  expect(readFileSync(site.path('auditferry.yaml'), 'utf8')).toContain('"other"')
  expect(await site.run(['init', '-o', 'new.yaml'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('give --organization'),
  })
  expect(await site.run(['init', '-o', 'new.yaml', '--organization', 'a', '--sinks', 'splnk'])).toMatchObject(
    { code: 2, stderr: expect.stringContaining('--sinks: no sink splnk; there are') },
  )
  expect(existsSync(site.path('new.yaml'))).toBe(false)
})

it.concurrent('check names what is wrong and the cure; --send puts one marked event through each sink', async () => {
  await using site = openSite()
  const acme = await startAcme(site)
  const hec = site.keep(await startHecEmulator())
  const bot = site.keep(await startWebhookReceiver())
  const sinks = {
    soc: { type: 'splunk_hec', endpoint: hec.url, token: hec.token },
    bot: { type: 'webhook', endpoint: bot.url },
    local: FILE_SINK,
  }
  site.configure(configurationOf(acme, { sinks }))
  const check = await site.run(['check'])
  expect(check).toMatchObject({ code: 0, stderr: '' })
  expect(check.stdout).toMatch(
    /^ok {4}source acme: .*\nok {4}sink soc: .*\nok {4}sink bot: .*\nok {4}sink local: .*\n$/,
  )
  expect([hec.indexed.length, bot.received().length, existsSync(site.path('out.ndjson'))]).toEqual([
    0,
    0,
    false,
  ])

  expect(await site.run(['check', '--send'])).toMatchObject({ code: 0 })
  const [sent] = site.lines('out.ndjson').map((line) => JSON.parse(line))
  expect(sent).toMatchObject({
    action: 'auditferry-test',
    organization: 'auditferry-test',
    uid: expect.stringMatching(/^[0-9a-f]{64}$/),
  })
  expect([hec.indexed.length, bot.received().length, site.lines('out.ndjson').length]).toEqual([1, 1, 1])

  site.configure(
    configurationOf(acme, {
      source: { access_token: 'wrong' },
      sinks: { ...sinks, soc: { ...sinks.soc, token: 'wrong' } },
    }),
  )
  const failed = await site.run(['check', 'acme', 'soc'])
  expect(failed.code).toBe(1)
  expect(failed.stdout).toMatch(
    /^FAIL {2}source acme: .*HTTP 401.*\n {8}→ Check access_token.*\nFAIL {2}sink soc: .*\n {8}→ .*token.*\n$/i,
  )
  expect(await site.run(['check', 'nobody'])).toMatchObject({
    code: 2,
    stderr: 'auditferry: no such component: nobody (there are acme, soc, bot, local)\n',
  })
  expect(existsSync(site.path('data'))).toBe(false)
})

it.concurrent.each([
  ['v1', { upperBound: 'inclusive' }],
  ['v2', { upperBound: 'inclusive', lowerBound: 'exclusive', pageSize: 2 }],
] as const)(
  '%s %j: export writes exactly the range, in each format, for one user, and never overwrites a file',
  async (api, switches) => {
    await using site = openSite()
    const acme = await startAcme(site, { switches })
    const events = recentEvents(10)
    const user = { name: 'Eve', githubLogin: 'eve', avatarUrl: '' }
    acme.add(events.map((event, at) => (at % 2 === 0 ? event : { ...event, user })))
    site.configure(configurationOf(acme, { source: { api } }))
    const time = (at: number) =>
      new Date((events[at]?.timestamp ?? 0) * 1000).toISOString().replace('.000', '')
    const range = ['--from', time(2), '--to', time(7)]

    expect(await site.run(['export', ...range, '-o', 'range.ndjson'])).toMatchObject({ code: 0, stdout: '' })
    expect(site.delivered('range.ndjson')).toEqual(descriptionsOf(5, 3).toReversed())
    expect(await site.run(['export', ...range, '-o', 'range.ndjson'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('range.ndjson'),
    })
    expect(site.delivered('range.ndjson')).toHaveLength(5)

    const told = await site.run(['export', ...range, '--user', 'eve', '-o', 'eve.ndjson', '--json'])
    expect(JSON.parse(told.stdout)).toEqual({
      ...{ source: 'acme', from: time(2), to: time(7), format: 'native', user: 'eve', file: 'eve.ndjson' },
      ...{ events: site.delivered('eve.ndjson').length, unreadable: 0, gaps: 0 },
    })

    const printed = async (...options: string[]) => {
      const { code, stdout } = await site.run(['export', ...range, ...options])
      expect(code).toBe(0)
      return stdout
    }
    const eves = (await printed('--user', 'eve')).trimEnd().split('\n')
    expect(eves.map((line) => JSON.parse(line).actor.login)).toEqual(['eve', 'eve'])
    const csv = (await printed('--format', 'csv')).split('\r\n')
    expect([csv.length, csv[0]?.split(',').length, csv.at(-1)]).toEqual([7, 16, ''])
    const nine = (await printed('--format', 'pulumi_csv')).trimEnd().split(/\r?\n/)
    expect([nine.length, nine[0]?.split(',').length]).toEqual([6, 9])
    expect(
      (await printed('--format', 'raw'))
        .trimEnd()
        .split('\n')
        .map((line) => Object.keys(JSON.parse(line)).length > 3),
    ).toEqual(Array(5).fill(true))
    expect(existsSync(site.path('data'))).toBe(false)
  },
)

it.concurrent('export refuses an invalid range, format or source', async () => {
  await using site = openSite()
  const acme = await startAcme(site)
  site.configure(configurationOf(acme))
  const refusals: (readonly [string[], RegExp])[] = [
    [['--from', 'yesterday'], /--from/],
    [['--from', '1h', '--to', '2h'], /--from must lie before --to/],
    [['--from', '1h', '--format', 'xml'], /--format: no format xml; there are native, /],
  ]
  for (const [options, says] of refusals) {
    const { code, stderr } = await site.run(['export', ...options])
    expect(stderr).toMatch(says)
    expect(code).toBe(2)
  }
})

it.concurrent('an export that fails says the cure and leaves no empty file in the way of the next', async () => {
  await using site = openSite()
  const acme = await startAcme(site)
  acme.add(recentEvents(3))
  site.configure(configurationOf(acme))
  acme.fail({ status: 401 })
  const command = ['export', '--from', '1h', '--format', 'csv', '-o', 'x.csv']
  expect(await site.run(command)).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/HTTP 401.*Check access_token/),
  })
  expect(await site.run(command)).toMatchObject({ code: 0 })
  expect(site.lines('x.csv')).toHaveLength(4)
})

it.concurrent('an export onto a full disk names the file and the reason', async ({ skip }) => {
  await using site = openSite()
  if (!mountSmallDisk(site, 'disk', '64k')) skip('not allowed to mount a file system')
  const acme = await startAcme(site)
  acme.add(recentEvents(300))
  site.configure(configurationOf(acme))
  const { code, stderr } = await site.run(['export', '--from', '1h', '-o', 'disk/x.ndjson'])
  expect(stderr).toMatch(/^auditferry: disk\/x\.ndjson can't be written: .*no space left on device/)
  expect(code).toBe(1)
})

it.concurrent('a reader that stops reading the output causes no bug report', async () => {
  await using site = openSite()
  const acme = await startAcme(site)
  acme.add(recentEvents(5_000))
  site.configure(configurationOf(acme, { source: { start: '24h' } }))
  const program = site.start(['export', '--from', '24h'])
  program.closeStdout()
  expect((await program.ended).stderr).not.toContain('this is a bug')
})

it.concurrent('explain shows what each sink does with an event from a file or from standard input', async () => {
  await using site = openSite()
  const acme = await startAcme(site)
  acme.add(recentEvents(1))
  site.configure(
    configurationOf(acme, {
      sinks: { local: FILE_SINK, never: { ...FILE_SINK, path: './n.ndjson', where: 'severity > 9' } },
    }),
  )
  const { stdout: event } = await site.run(['export', '--from', '1h'])
  writeFileSync(site.path('event.json'), event)
  const explained = await site.run(['explain', '--event', 'event.json'])
  expect(explained.stdout).toMatch(
    /local \(file\) takes it: it has no filter[\s\S]*never \(file\) leaves it out: where is false: severity > 9/,
  )
  const { sinks } = JSON.parse(
    (await site.run(['explain', '--event', '-', '--json'], { input: event })).stdout,
  )
  expect(sinks).toMatchObject([
    { sink: 'local', takes: true, line: event.trimEnd() },
    { sink: 'never', takes: false },
  ])
  expect(await site.run(['explain', '--event', 'none.json'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('none.json'),
  })
})

it.concurrent('init writes exactly what was said, and each sink once', async () => {
  await using site = openSite()
  const organization = `a"b:$\{HOME}$$c`
  expect(await site.run(['init', '--organization', organization, '--sinks', 'file, file'])).toMatchObject({
    code: 0,
  })
  const loaded = await loadConfig(site.path('auditferry.yaml'), {
    PULUMI_ACCESS_TOKEN: 'x',
    HOME: '/home/dana',
  })
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.errors))
  expect(loaded.config.sources.main?.options).toMatchObject({ organization })
  expect(Object.keys(loaded.config.sinks)).toEqual(['file'])
})

it.concurrent.each(['acme corp', 'acme/prod', ' acme'])('init refuses the organisation %j', async (name) => {
  await using site = openSite()
  expect(await site.run(['init', '--organization', name])).toMatchObject({
    code: 2,
    stderr:
      'auditferry: --organization: the name holds a blank or a slash: give it as it stands in app.pulumi.com/NAME\n',
  })
  expect(existsSync(site.path('auditferry.yaml'))).toBe(false)
})

it.concurrent('schema prints the JSON Schema of the repository', async () => {
  await using site = openSite()
  const { stdout } = await site.run(['schema'])
  expect(JSON.parse(stdout)).toEqual(JSON.parse(readFileSync('config/schema.json', 'utf8')))
})

it.concurrent('demo carries invented events into out/demo.ndjson', async () => {
  await using site = openSite()
  const demo = site.start(['demo'], { env: { AUDITFERRY_DEMO_PORT: '0' } })
  await eventually(() => expect(site.lines('out/demo.ndjson').length).toBeGreaterThanOrEqual(500))
  demo.signal('SIGTERM')
  const said = expect.stringMatching(/^DEMO: every event is invented/)
  expect(await demo.ended).toMatchObject({ code: 0, stderr: said })
})

it.concurrent('demo --seconds ends by itself', async () => {
  await using site = openSite()
  const env = { AUDITFERRY_DEMO_PORT: '0' }
  expect(await site.run(['demo', '--seconds', '3'], { env })).toMatchObject({ code: 0 })
})

it.concurrent('start with a token and an organisation reads the real API into ./out/audit.ndjson', async () => {
  await using site = openSite()
  const acme = await startAcme(site)
  acme.add(recentEvents(3))
  const env = { PULUMI_ACCESS_TOKEN: acme.token, PULUMI_ORG: acme.organization, PULUMI_API: acme.url }
  const program = site.start(['start'], { env })
  await eventually(() => expect(site.delivered('out/audit.ndjson').toSorted()).toEqual(descriptionsOf(3)))
  program.signal('SIGTERM')
  const { code, stderr } = await program.ended
  expect(stderr).toMatch(
    /^No auditferry\.yaml here: carrying the audit log of acme into \.\/out\/audit\.ndjson\.\n/,
  )
  expect(code).toBe(0)
  expect(stderr).not.toContain(acme.token)
})

it.concurrent('start with a token alone says what is missing', async () => {
  await using site = openSite()
  const { code, stderr } = await site.run(['start'], { env: { PULUMI_ACCESS_TOKEN: 'pul-x' } })
  expect({ code, stderr }).toEqual({
    code: 2,
    stderr: 'auditferry: PULUMI_ACCESS_TOKEN is set; PULUMI_ORG, the organisation to read, is not\n',
  })
})

it.concurrent('start with an organisation alone says what is missing, and is not the demo', async () => {
  await using site = openSite()
  const { code, stderr } = await site.run(['start'], { env: { PULUMI_ORG: 'acme' } })
  expect({ code, stderr }).toEqual({
    code: 2,
    stderr:
      'auditferry: PULUMI_ORG is set; PULUMI_ACCESS_TOKEN, the token that may read its audit log, is not\n',
  })
})

it.concurrent('start names the variables that are wrong, not a file that is not there', async () => {
  await using site = openSite()
  const env = { PULUMI_ACCESS_TOKEN: 'pul x', PULUMI_ORG: 'acme', PULUMI_API: 'pulumi.example' }
  const { code, stderr } = await site.run(['start'], { env })
  expect({ code, stderr }).toEqual({
    code: 2,
    stderr: `No auditferry.yaml here: carrying the audit log of acme into ./out/audit.ndjson.
auditferry: the configuration has 2 errors
PULUMI_ACCESS_TOKEN: holds a blank, a line break or a character beyond ASCII, which no token does: give the token alone
PULUMI_API: expected an absolute URL that starts with https:// (or http://)
`,
  })
})

it.concurrent('start in an empty folder is the demo', async () => {
  await using site = openSite()
  const program = site.start(['start'], { env: { AUDITFERRY_DEMO_PORT: '0' } })
  await seen(program, /(DEMO: every event is invented)/)
  await eventually(() => expect(site.lines('out/demo.ndjson').length).toBeGreaterThan(0))
  program.signal('SIGINT')
  expect(await program.ended).toMatchObject({ code: 0 })
})

it.concurrent('a configuration is found by -c, by AUDITFERRY_CONFIG and in the folder, in this order', async () => {
  await using site = openSite()
  const acme = await startAcme(site)
  const tap = await openTap(site)
  for (const name of ['named', 'variable'])
    writeFileSync(
      site.path(`${name}.yaml`),
      JSON.stringify(configurationOf(acme, { sinks: { [name]: tap.sink } })),
    )
  site.configure(configurationOf(acme, { sinks: { usual: tap.sink } }))
  const env = { AUDITFERRY_CONFIG: 'variable.yaml' }
  const validated = async (...args: Parameters<typeof site.run>) =>
    /→ (\w+)/.exec((await site.run(...args)).stdout)?.[1]
  expect(await validated(['validate', '-c', 'named.yaml'], { env })).toBe('named')
  expect(await validated(['validate'], { env })).toBe('variable')
  expect(await validated(['validate'])).toBe('usual')
})
