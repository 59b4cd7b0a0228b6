/** `validate` and `schema` as a person or a script sees them. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { afterAll, afterEach, beforeEach, expect, test, vi } from 'vitest'
import * as schema from '../../src/cli/schema.ts'
import * as validate from '../../src/cli/validate.ts'
import { UsageError } from '../../src/errors.ts'

const folder = mkdtempSync(join(tmpdir(), 'auditferry-validate-'))
afterAll(() => rmSync(folder, { recursive: true }))

const GOOD = `sources: { acme: { type: pulumi, organization: acme, access_token: t, api_url: "http://pulumi.example" } }
sinks: { out: { type: file, path: ./x }, off: { type: file, path: ./y, enabled: false } }
`
let [stdout, stderr] = ['', '']

beforeEach(() => {
  stdout = ''
  stderr = ''
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    stdout += text
    return true
  })
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    stderr += text
    return true
  })
})
afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
  process.exitCode = undefined
})

async function run(...args: string[]): Promise<void> {
  const program = new Command()
  validate.register(program)
  schema.register(program)
  await program.parseAsync(args, { from: 'user' })
}

function write(name: string, text: string): string {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}

const WARNING = 'http:// sends credentials and events unencrypted over the network; use https://'

test('a good configuration: one line, warnings apart', async () => {
  const file = write('good.yaml', GOOD)
  await run('validate', '-c', file)
  expect(stdout).toBe(`${file}: ok, acme (pulumi) → out (file), off (file); disabled: off\n`)
  expect(stderr).toBe(`warning: ${file}:1:80: sources.acme.api_url: ${WARNING}\n`)
  expect(process.exitCode).toBeUndefined()
})

test('a bad one: each error on a line of stderr, exit code 2', async () => {
  const file = write('bad.yaml', GOOD.replace('organization', 'organisation'))
  await run('validate', '-c', file)
  expect(stdout).toBe('')
  expect(stderr.split('\n')).toEqual([
    `warning: ${file}:1:80: sources.acme.api_url: ${WARNING}`,
    expect.stringContaining(`${file}:1:12: sources.acme.organization: is required`),
    `${file}:1:34: sources.acme.organisation: unknown option (did you mean organization?)`,
    '',
  ])
  expect(process.exitCode).toBe(2)
})

test('--json is one document on stdout', async () => {
  const file = write('bad.yaml', `${GOOD}serve: 1\n`)
  await run('validate', '--json', '-c', file)
  expect(stderr).toBe('')
  expect(JSON.parse(stdout)).toEqual({
    ok: false,
    errors: [{ file, line: 3, column: 1, path: 'serve', message: 'unknown option', suggestion: 'server' }],
    warnings: [{ file, line: 1, column: 80, path: 'sources.acme.api_url', message: WARNING, suggestion: '' }],
  })
  expect(process.exitCode).toBe(2)
})

test('--json of a good one', async () => {
  vi.stubEnv('AUDITFERRY_CONFIG', write('good.yaml', GOOD.replace('http:', 'https:')))
  await run('validate', '--json')
  expect(JSON.parse(stdout)).toEqual({ ok: true, errors: [], warnings: [] })
  expect(process.exitCode).toBeUndefined()
})

test('no configuration is a usage error', async () => {
  vi.stubEnv('AUDITFERRY_CONFIG', '')
  vi.spyOn(process, 'cwd').mockReturnValue(folder)
  await expect(run('validate')).rejects.toThrow(
    new UsageError(
      'no configuration: name one with -c or AUDITFERRY_CONFIG, write ./auditferry.yaml with `npx auditferry init`, or try `npx auditferry demo`',
    ),
  )
})

test('schema prints the JSON Schema', async () => {
  await run('schema')
  expect(JSON.parse(stdout)).toMatchObject({
    $schema: 'http://json-schema.org/draft-07/schema#',
    required: ['sources', 'sinks'],
  })
})
