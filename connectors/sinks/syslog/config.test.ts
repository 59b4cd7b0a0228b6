import { expect, test } from 'vitest'
import { addressOf, config, framingOf } from './config.ts'

test.each([
  ['tls://siem.example', { host: 'siem.example', port: 6514, secure: true }, 'octet_counting'],
  ['tls://siem.example:443/', { host: 'siem.example', port: 443, secure: true }, 'octet_counting'],
  ['tcp://10.0.0.7', { host: '10.0.0.7', port: 514, secure: false }, 'lf'],
  ['tcp://[2001:db8::7]:601', { host: '2001:db8::7', port: 601, secure: false }, 'lf'],
])('%s is read as an address with its port and framing', (endpoint, address, framing) => {
  const { data } = config.safeParse({ endpoint })
  expect(addressOf(data?.endpoint ?? '')).toEqual(address)
  expect(framingOf(data ?? { endpoint, framing: undefined })).toBe(framing)
})

test.each([
  ['udp://siem.example', 'UDP loses messages'],
  ['siem.example:514', 'expected tls://host:port'],
  ['https://siem.example', 'expected tls://host:port'],
  ['tcp://', 'expected tls://host:port'],
  ['tcp://siem.example:0', 'port 0'],
  ['tls://user:password@siem.example', 'nothing but host and port'],
  ['tls://siem.example/path', 'nothing but host and port'],
])('%s is refused with a reason', (endpoint, words) => {
  expect(config.safeParse({ endpoint }).error?.issues.map(({ message }) => message)).toEqual([
    expect.stringContaining(words),
  ])
})

test.each([
  { facility: 24 },
  { hostname: 'two words' },
  { app_name: 'a'.repeat(49) },
  { app_name: '' },
  { pen: 0 },
  { max_message_bytes: '479B' },
  { framing: 'nul' },
])('%o is refused', (options) => {
  expect(config.safeParse({ endpoint: 'tcp://a.example', ...options }).success).toBe(false)
})

test('the framing can be chosen for either transport', () => {
  expect(framingOf({ endpoint: 'tls://a.example', framing: 'lf' })).toBe('lf')
  expect(framingOf({ endpoint: 'tcp://a.example', framing: 'octet_counting' })).toBe('octet_counting')
})
