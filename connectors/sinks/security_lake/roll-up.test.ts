/** "Custom sources": objects at least five minutes apart, unless they are larger than 256 MB. */
import { expect, test } from 'vitest'
import { loadConfigText } from '../../../src/config/load.ts'

async function warningsOf(batch: string) {
  const text = `
sources: { acme: { type: pulumi, organization: acme, access_token: t } }
sinks: { lake: { type: security_lake, bucket: aws-security-data-lake-a, region: eu-west-1${batch} } }
`
  const { warnings } = await loadConfigText(text, '/etc/auditferry.yaml', {})
  return warnings.map(({ path, message }) => [path, message])
}

const RULE =
  'Security Lake takes objects no more often than every 5 minutes, unless they are larger than 256 MB'

test.each([
  ['max_age', '4m', '5m'],
  ['max_bytes', '63MiB', '64MiB'],
  ['max_events', '19999', '20000'],
])('a lower %s of %s gets a warning', async (key, value, least) => {
  expect(await warningsOf(`, batch: { ${key}: ${value} }`)).toEqual([
    [`sinks.lake.batch.${key}`, `${RULE}: leave it out, or set ${least} or more`],
  ])
})

test.each(['', ', batch: { max_age: 5m, max_bytes: 64MiB, max_events: 20000 }', ', batch: { max_age: 1h }'])(
  'nothing to warn about in "%s"',
  async (batch) => {
    expect(await warningsOf(batch)).toEqual([])
  },
)
