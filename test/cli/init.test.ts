/** What `init` writes is a configuration that loads, whichever sinks are chosen. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, it } from 'vitest'
import { firstOptions, whyRefused } from '../../src/cli/first-sink.ts'
import { loadConfig } from '../../src/config/load.ts'
import { connectors } from '../../src/connectors.gen.ts'
import { loadRegistry } from '../../src/registry.ts'
import { openSite } from '../e2e/site.ts'
import { mountSmallDisk } from '../e2e/small-disk.ts'

it('writes each sink as it loads, and names the variables that it needs', async () => {
  await using site = openSite()
  const types = Object.keys(connectors.sinks)
  const { code, stdout } = await site.run(['init', '--organization', 'acme', '--sinks', types.join(',')])
  expect(code).toBe(0)
  const names = stdout.matchAll(/export (\w+)=/g).map(([, name = '']) => name)
  const loaded = await loadConfig(
    site.path('auditferry.yaml'),
    Object.fromEntries(names.map((name) => [name, VALUES[name] ?? 'c2VjcmV0'])),
  )
  expect(loaded.ok ? [] : loaded.errors).toEqual([])
  expect(loaded.ok && Object.keys(loaded.config.sinks)).toEqual(types)
})

it('a sink without a name and a missing folder are reported with the cure, and a full disk leaves what was there', async ({
  skip,
}) => {
  await using site = openSite()
  const init = ['init', '--organization', 'acme', '-o']
  expect(await site.run([...init, 'x.yaml', '--sinks', 'file,'])).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/^auditferry: --sinks: no sink \(an empty name\); there are archive, /),
  })
  expect(await site.run([...init, 'none/x.yaml'])).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^auditferry: none\/x\.yaml can't be written: .*; make its folder first/),
  })
  if (!mountSmallDisk(site, 'disk', '4k')) skip('not allowed to mount a file system')
  writeFileSync(site.path('disk/x.yaml'), 'old')
  expect(await site.run([...init, 'disk/x.yaml', '--force'])).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^auditferry: disk\/x\.yaml can't be written: ENOSPC.*; free space there/),
  })
  expect(readdirSync(site.path('disk'))).toEqual(['x.yaml'])
  expect(readFileSync(site.path('disk/x.yaml'), 'utf8')).toBe('old')
})

it('names the values that are only an example, and quotes the file where the shell needs it', async () => {
  await using site = openSite()
  const file = "dana's audit.yaml"
  const init = ['init', '--organization', 'acme', '--sinks', 'splunk_hec,file,s3', '-o', file]
  const { stdout } = await site.run(init)
  expect(stdout).toBe(`${file} is written. Next:
  export PULUMI_ACCESS_TOKEN=…
  export SPLUNK_HEC_TOKEN=…
  # write your own values for splunk_hec.endpoint, s3.bucket
  npx auditferry check -c 'dana'\\''s audit.yaml'
  npx auditferry run -c 'dana'\\''s audit.yaml'
`)
  expect(readFileSync(site.path(file), 'utf8')).toContain(
    "npx auditferry validate -c 'dana'\\''s audit.yaml'",
  )
})

it.each([
  ['webhook', 'endpoint', 'hooks.example', /http/],
  ['webhook', 'endpoint', 'https://hooks.example/x', undefined],
  ['kafka', 'brokers', 'kafka-1.example', /port/],
  ['kafka', 'brokers', 'kafka-1.example:9093, kafka-2.example:9093', undefined],
  ['file', 'path', '', /^needed$/],
])('%s: the answer %s: %j is checked where it is given', async (type, name, said, why) => {
  const definition = (await loadRegistry(connectors)).sinks.get(type)
  const told = definition && whyRefused(definition, name, said)
  expect(told ?? 'nothing').toMatch(why ?? /^nothing$/)
})

/** Shown by `init` on a terminal of 80 columns, where each of `keys` answers what is asked next. */
async function onTerminal(folder: string, options: string, keys: readonly string[]) {
  const command = `stty cols 80; cd '${folder}' && exec '${resolve('src/cli/auditferry.mjs')}' init ${options}`
  const program = spawn('script', ['-qefc', command, '/dev/null'])
  const left = [...keys]
  let shown = ''
  program.stdout.on('data', (chunk) => {
    shown += chunk
    // Before a question is asked to its end, the terminal itself would take the key.
    if (shown.split('└').length > keys.length - left.length + 1) program.stdin.write(left.shift() ?? '')
  })
  const [code] = await once(program, 'close')
  return { code, shown }
}

it('on a terminal, Ctrl-C and Ctrl-D cancel: a sentence, exit code 2, and nothing is written', async ({
  skip,
}) => {
  if (process.platform !== 'linux') skip('`script` of util-linux gives it a terminal')
  await using site = openSite()
  for (const key of ['\x03', '\x04']) {
    const { code, shown } = await onTerminal(site.folder, '', [key])
    expect(shown.trimEnd()).toMatch(/auditferry: cancelled, nothing was written$/)
    expect({ code, files: readdirSync(site.folder) }).toEqual({ code: 2, files: [] })
  }
})

it('on a terminal, the flags are the answers that are suggested', async ({ skip }) => {
  if (process.platform !== 'linux') skip('`script` of util-linux gives it a terminal')
  await using site = openSite()
  const enter = await onTerminal(site.folder, '--organization acme --sinks archive', ['\r', '\r', '\r'])
  expect(enter).toMatchObject({ code: 0, shown: expect.stringContaining('auditferry.yaml is written') })
  const text = readFileSync(site.path('auditferry.yaml'), 'utf8')
  expect(text).toContain('organization: "acme"')
  expect(text).toContain('sinks:\n  archive:\n    type: archive\n')
  expect(text).not.toContain('type: file')
  const unknown = await onTerminal(site.folder, '-o x.yaml --sinks splnk', ['\x03'])
  expect(unknown).toMatchObject({
    code: 2,
    shown: expect.stringContaining('--sinks: no sink splnk; there are'),
  })
})

const VALUES: Record<string, string> = {
  SUMO_LOGIC_ENDPOINT: 'https://collectors.sumologic.com/receiver/v1/http/x',
  GOOGLE_CREDENTIALS: JSON.stringify({ type: 'service_account', client_email: 'a@b', private_key: 'x' }),
}

it.each([
  [
    'kafka',
    { brokers: 'kafka-1.example:9093, kafka-2.example:9093', topic: 'audit' },
    { brokers: ['kafka-1.example:9093', 'kafka-2.example:9093'], topic: 'audit' },
  ],
  ['file', { path: './$out/a,b' }, { path: './$$out/a,b' }],
  ['s3', {}, { bucket: 'acme-audit' }],
  ['archive', {}, { path: './data/archive.db', retain: '400d' }],
])('takes the answer %s as the option’s value, or as its example', async (type, answers, expected) => {
  const definition = (await loadRegistry(connectors)).sinks.get(type)
  expect(definition && firstOptions(definition, answers)).toEqual(expected)
})
