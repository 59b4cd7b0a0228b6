import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { addressesOf, config } from './config.ts'

const minimal = { endpoint: 'https://splunk.example:8088', token: 't' }

test('endpoint and token are enough: all else has a default', () => {
  expect(config.parse(minimal)).toMatchObject({
    sourcetype: 'pulumi:audit',
    acknowledgements: false,
    ack_poll_every: 10_000,
    ack_timeout: 300_000,
    compression: 'gzip',
  })
})

test.each([
  ['https://s:8088', '/services/collector/event'],
  ['https://s:8088/', '/services/collector/event'],
  ['https://s:8088/services/collector', '/services/collector'],
  ['https://s:8088/services/collector/event', '/services/collector/event'],
  ['https://s:8088/services/collector/event/1.0', '/services/collector/event/1.0'],
])('%s leads to the addresses of events, acknowledgements and health', (endpoint, event) => {
  expect(addressesOf(endpoint)).toEqual({
    event: `https://s:8088${event}`,
    ack: 'https://s:8088/services/collector/ack',
    health: 'https://s:8088/services/collector/health',
  })
})

test('addresses behind a path of a proxy', () => {
  expect(addressesOf('https://proxy/splunk/services/collector/event/')).toEqual({
    event: 'https://proxy/splunk/services/collector/event',
    ack: 'https://proxy/splunk/services/collector/ack',
    health: 'https://proxy/splunk/services/collector/health',
  })
})

test.each([
  [{ endpoint: 'splunk example' }, 'absolute URL'],
  [{ endpoint: 'splunk.example:8088' }, 'absolute URL'],
  [{ endpoint: 'https://u:p@splunk.example' }, 'put the token into `token`'],
  [{ endpoint: 'https://splunk.example/services/collector/event?token=x' }, 'put the token into `token`'],
  [{ endpoint: 'https://splunk.example/services/collector/raw' }, 'raw endpoint'],
  [{ token: '' }, 'is empty'],
  [{ token: 'two\nlines' }, 'control characters'],
  [{ token: 'token\n' }, 'such as a line break at its end'],
  [{ token: 'a–dash' }, 'no character beyond U+00FF'],
  [{ ack_poll_every: '500s', ack_timeout: '0s' }, 'at least 1s'],
  [{ ack_poll_every: '0.5s' }, 'at least 1s'],
  [{ ack_timeout: '25d' }, 'at most 1d'],
  [{ compression: 'zstd' }, 'gzip'],
  [{ idx: 'x' }, 'idx'],
])('%j is refused', (options, message) => {
  const result = config.safeParse({ ...minimal, ...options })
  expect(result.success).toBe(false)
  expect(JSON.stringify(result.error?.issues)).toContain(message)
})

test('every option is described', () => {
  for (const [name, option] of Object.entries(config.shape)) expect(option.description, name).toBeTruthy()
})

test('the example is valid', () => {
  const example = parse(readFileSync(new URL('example.yaml', import.meta.url), 'utf8'))
  const { type, ...options } = example.sinks.soc
  expect(type).toBe('splunk_hec')
  expect(config.parse(options).acknowledgements).toBe(true)
})
