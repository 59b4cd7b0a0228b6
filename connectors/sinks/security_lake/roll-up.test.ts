/** "Custom sources": objects at least five minutes apart, unless they are larger than 256 MB. */
import { expect, test } from 'vitest'
import { loadText } from '../../../src/config/load.ts'

function warningsOf(batch: string) {
  const text = `
sources: { acme: { type: pulumi, organization: acme, access_token: t } }
sinks: { lake: { type: security_lake, bucket: aws-security-data-lake-a, region: eu-west-1${batch} } }
`
  return loadText(text, '/etc/auditferry.yaml', {}).warnings.map(({ path, message }) => [path, message])
}

const RULE =
  'Security Lake takes objects no more often than every 5 minutes, unless they are larger than 256 MB'

test.each([
  ['max_age', '4m', '5m'],
  ['max_bytes', '63MiB', '64MiB'],
  ['max_events', '19999', '20000'],
])('a lower %s of %s is warned of', (key, value, least) => {
  expect(warningsOf(`, batch: { ${key}: ${value} }`)).toEqual([
    [`sinks.lake.batch.${key}`, `${RULE}: leave it out, or set ${least} or more`],
  ])
})

test.each(['', ', batch: { max_age: 5m, max_bytes: 64MiB, max_events: 20000 }', ', batch: { max_age: 1h }'])(
  'nothing to say of "%s"',
  (batch) => {
    expect(warningsOf(batch)).toEqual([])
  },
)
