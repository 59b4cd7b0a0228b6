/**
 * What keeps the program from starting: a sentence with the cure, the right exit code, and the state left as it was.
 */
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { expect, it } from 'vitest'
import { listen } from '../loopback.ts'
import { configurationOf, descriptionsOf, recentEvents, startAcme } from './acme.ts'
import { eventually, openSite, type Site } from './site.ts'
import { mountSmallDisk } from './small-disk.ts'

async function startedAcme(site: Site, sections: Parameters<typeof configurationOf>[1] = {}) {
  const acme = await startAcme(site)
  acme.add(recentEvents(3))
  site.configure(configurationOf(acme, sections))
  return acme
}

// Root may write everywhere, so the program runs as another user; anybody else removes their own permission.
it.concurrent('a state folder without write permission', async () => {
  await using site = openSite()
  const uid = process.getuid?.() === 0 ? { uid: 65_534 } : {}
  chmodSync(site.folder, 0o755)
  mkdirSync(site.path('data'), { mode: 0o555 })
  mkdirSync(site.path('out'))
  chmodSync(site.path('out'), 0o777)
  await startedAcme(site, { sinks: { local: { type: 'file', path: './out/audit.ndjson' } } })
  const { code, stderr } = await site.run(['run', '--once'], uid)
  expect(stderr).toMatch(
    /^auditferry: the state file .*data\/auditferry\.db can't be written \(.*\): make the folder writable for this user, or set `state\.path` to one that is\n$/,
  )
  expect({ code, files: readdirSync(site.path('data')) }).toEqual({ code: 1, files: [] })
  chmodSync(site.path('data'), 0o777)
  expect(await site.run(['run', '--once'], uid)).toMatchObject({ code: 0 })
  expect(site.delivered('out/audit.ndjson').toSorted()).toEqual(descriptionsOf(3))
})

it.concurrent('a state of another user: says whose it is, and suggests nothing that opens it to others', async ({
  skip,
}) => {
  if (process.getuid?.() !== 0) skip('only root can become another user')
  await using site = openSite()
  chmodSync(site.folder, 0o755)
  await startedAcme(site)
  expect(await site.run(['run', '--once'])).toMatchObject({ code: 0 })
  for (const mode of [0o750, 0o755]) {
    chmodSync(site.path('data'), mode)
    const { code, stderr } = await site.run(['status'], { uid: 65_534 })
    expect(stderr).toMatch(
      /^auditferry: the state in .*\/data belongs to the user root \(uid 0\), and to no other user: run this as that user, or set `state\.path`/,
    )
    expect(code).toBe(1)
  }
})

it.concurrent('a state folder that cannot be created', async () => {
  await using site = openSite()
  writeFileSync(site.path('data'), 'a file')
  await startedAcme(site)
  const { code, stderr } = await site.run(['run', '--once'])
  expect(stderr).toMatch(
    /^auditferry: the state folder .*data can't be made \(.*\): make it writable for this user, or set `state\.path`/,
  )
  expect(code).toBe(1)
})

// There mkdir(2) gives ENOENT although the parent exists, as with an automounter; Node's own `recursive` then never
// ends.
it.concurrent('folders that the kernel does not create: the state is refused, a file sink paused', async () => {
  await using site = openSite()
  await startedAcme(site, { state: { path: '/proc/auditferry' } })
  const refused = await site.run(['run', '--once'])
  expect(refused.stderr).toMatch(
    /^auditferry: the state folder \/proc\/auditferry can't be made \(.*\): make it/,
  )
  expect(refused.code).toBe(1)
  await startedAcme(site, { sinks: { local: { type: 'file', path: '/proc/auditferry/out.ndjson' } } })
  const paused = await site.run(['run', '--once'])
  expect(paused.stderr).toMatch(
    /auditferry: sink local: 3 events undelivered \(\/proc\/auditferry\/out\.ndjson: .*check/,
  )
  expect(paused.code).toBe(3)
})

it.concurrent('a full disk under an existing state: no engine starts, and status shows what is stored', async (context) => {
  await using site = openSite()
  if (!mountSmallDisk(site, 'small', '1024k')) return context.skip()
  await startedAcme(site, { state: { path: 'small/data' } })
  expect(await site.run(['run', '--once'])).toMatchObject({ code: 0 })
  fillDisk(site.path('small/filler'))
  const { code, stderr } = await site.run(['run'])
  expect(stderr).toMatch(/^auditferry: no space left for .*small\/data/m)
  expect(code).toBe(1)
  expect((await site.status()).sources.acme?.events).toBe(3)
})

it.concurrent('a disk that takes no more than the very first file of the state', async (context) => {
  await using site = openSite()
  if (!mountSmallDisk(site, 'small', '1024k', 1)) return context.skip()
  await startedAcme(site, {
    state: { path: 'small' },
    sinks: { local: { type: 'file', path: './out.ndjson' } },
  })
  const { code, stderr } = await site.run(['run', '--once'])
  expect(stderr).toMatch(/^auditferry: no space left for .*small/m)
  expect(code).toBe(1)
})

const damages: (readonly [string, (file: string) => void, string[]])[] = [
  ['overwritten in part', (file) => overwrite(file, 100, 4_000), ['run', '--once']],
  ['overwritten from the start', (file) => overwrite(file, 0, 64), ['status']],
  ['emptied', (file) => writeFileSync(file, ''), ['dead-letters', 'list']],
  [
    'cut',
    (file) => writeFileSync(file, readFileSync(file).subarray(0, statSync(file).size - 4_500)),
    ['run'],
  ],
]

it.concurrent.each(damages)(
  'a state file %s is never silently replaced; once it is moved away, all events arrive again',
  async (_, damage, command) => {
    await using site = openSite()
    const acme = await startedAcme(site)
    await site.run(['run', '--once'])
    damage(site.path('data/auditferry.db'))
    const before = readFileSync(site.path('data/auditferry.db'))
    const { code, stderr } = await site.run(command)
    expect(stderr).toMatch(
      /^auditferry: the state file .*data\/auditferry\.db is damaged \(.*\)\. Nothing is lost at the source: move the file away/,
    )
    expect(code).toBe(1)
    expect(readFileSync(site.path('data/auditferry.db')).equals(before)).toBe(true)
    renameSync(site.path('data'), site.path('kept'))
    acme.add([{ timestamp: Math.floor(Date.now() / 1000), description: 'event 4' }])
    expect(await site.run(['run', '--once'])).toMatchObject({ code: 0 })
    expect([...new Set(site.delivered())].toSorted()).toEqual(descriptionsOf(4))
  },
)

it.concurrent('a second engine on the same folder is refused and names the first, which goes on', async () => {
  await using site = openSite()
  const acme = await startedAcme(site)
  const first = await site.serve()
  for (const command of [['run'], ['run', '--once']]) {
    const { code, stderr } = await site.run(command)
    expect(stderr).toMatch(
      new RegExp(
        `^auditferry: another auditferry engine \\(process ${first.pid}, console at ${first.url}\\) uses the state folder .*/data: stop it first, or give this one its own \`state\\.path\`\n$`,
      ),
    )
    expect(code).toBe(1)
  }
  acme.add([{ timestamp: Math.floor(Date.now() / 1000), description: 'event 4' }])
  await eventually(() => expect(site.delivered().toSorted()).toEqual(descriptionsOf(4)))
  expect((await site.status()).startedAt).not.toBe('')
  first.signal('SIGTERM')
  expect(await first.ended).toMatchObject({ code: 0 })
})

it.concurrent('a port in use', async () => {
  await using site = openSite()
  const occupant = createServer()
  const address = `127.0.0.1:${await listen(occupant)}`
  site.defer(() => void occupant.close())
  await startedAcme(site, { server: { listen: address } })
  const { code, stderr } = await site.run(['run'])
  expect(stderr).toContain(
    `auditferry: the HTTP server can't listen on ${address}: another process uses this port; stop it, or choose another port in server.listen\n`,
  )
  expect(code).toBe(1)
  expect(await site.run(['run', '--once'])).toMatchObject({ code: 0 })
  expect(site.delivered()).toHaveLength(3)
})

const texts: (readonly [string, string, RegExp])[] = [
  ['YAML that is none', 'sources:\n  acme: { type: pulumi\nsinks: [', /auditferry\.yaml:\d+:\d+: /],
  ['a tab for indentation', 'sources:\n\tacme: {}\n', /auditferry\.yaml:2:1: /],
  ['nothing at all', '', /auditferry\.yaml:1:1: /],
  ['a list', '- a\n', /auditferry\.yaml:1:1: /],
  [
    'a misspelt key, a wrong type and a missing variable',
    [
      'sources:',
      `  acme: { type: pulumi, organisation: acme, access_token: "\${ABSENT_VARIABLE}", poll_every: soon }`,
      'sinks:',
      '  out: { type: fil, path: ./out.ndjson }',
    ].join('\n'),
    /auditferry\.yaml:2:25: sources\.acme\.organisation: .*did you mean organization[\s\S]*ABSENT_VARIABLE[\s\S]*auditferry\.yaml:2:\d+: sources\.acme\.poll_every: expected a duration[\s\S]*auditferry\.yaml:4:16: sinks\.out\.type: unknown type of sink.*did you mean file/,
  ],
]

it.concurrent.each(texts)(
  'a configuration with %s: file, line and column, exit 2, no state',
  async (_, text, says) => {
    await using site = openSite()
    site.configure(text)
    const { code, stderr } = await site.run(['run'])
    expect(stderr).toMatch(says)
    expect({ code, files: readdirSync(site.folder) }).toEqual({ code: 2, files: ['auditferry.yaml'] })
  },
)

it.concurrent('every command that reads the configuration refuses a bad one', async () => {
  await using site = openSite()
  site.configure('sources: {}')
  const commands = ['start', 'check', 'status', 'export --from 1h', 'explain --event x']
  for (const command of commands) {
    const { code, stderr } = await site.run(command.split(' '))
    expect(stderr).toMatch(/auditferry\.yaml:1:\d+: sources/)
    expect({ command, code }).toEqual({ command, code: 2 })
  }
})

const usage: (readonly [string[], RegExp])[] = [
  [['run', '-c', 'nowhere.yaml'], /nowhere\.yaml.*: no such file/],
  [['run'], /no configuration: name one with -c or AUDITFERRY_CONFIG, .*`npx auditferry init`/],
  [['fly'], /unknown command 'fly'/],
  [['help', 'validat'], /unknown command 'validat'\n\(Did you mean validate\?\)/],
  [['run', '--onec'], /unknown option '--onec'\n\(Did you mean --once\?\)/],
  [['export'], /required option '--from <time>'/],
  [['demo', '--seconds', 'soon'], /--seconds: expected a number/],
  [['demo', '--seconds', '-1'], /--seconds: expected a whole number from 1 to 86400/],
  [['emulator', '--port', '70000'], /--port: expected a whole number from 0 to 65535/],
  [['init', '--organization', ' '], /--organization: .*is empty/],
]

it.concurrent.each(usage)('%j: says what is wrong and exits with 2', async (command, says) => {
  await using site = openSite()
  const { code, stderr, stdout } = await site.run(command)
  expect(stderr).toMatch(says)
  expect({ code, stdout, files: readdirSync(site.folder) }).toEqual({ code: 2, stdout: '', files: [] })
})

it.concurrent('an invalid port for the demo is named by its variable, before anything starts', async () => {
  await using site = openSite()
  const env = { AUDITFERRY_DEMO_PORT: 'abc' }
  expect(await site.run(['demo', '--seconds', '2'], { env })).toEqual({
    code: 2,
    stdout: '',
    stderr: 'auditferry: AUDITFERRY_DEMO_PORT: expected a number, not "abc"\n',
  })
})

it.concurrent('a missing secret file is reported with its place; once it is written, the same configuration works', async () => {
  await using site = openSite()
  const acme = await startedAcme(site, { source: { access_token: `\${file:token}` } })
  const { code, stderr } = await site.run(['run', '--once'])
  expect(stderr).toMatch(/auditferry\.yaml:\d+:\d+: sources\.acme\.access_token: .*token.*no such file/)
  expect(code).toBe(2)
  writeFileSync(site.path('token'), `${acme.token}\n`)
  expect(await site.run(['run', '--once'])).toMatchObject({ code: 0 })
  rmSync(site.path('token'))
  expect(site.delivered()).toHaveLength(3)
})

function fillDisk(file: string): void {
  try {
    for (;;) appendFileSync(file, Buffer.alloc(1024))
  } catch {
    // Now it is full.
  }
}

function overwrite(file: string, from: number, length: number): void {
  const bytes = readFileSync(file)
  bytes.fill('damage', from, from + length)
  writeFileSync(file, bytes)
}
