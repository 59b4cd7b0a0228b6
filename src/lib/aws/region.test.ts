import { expect, test } from 'vitest'
import { awsRegion } from './region.ts'

test.each(['eu-west-1', 'us-gov-west-1', 'fips-us-east-1', 'auto', 'US'])('%s is a region', (text) => {
  expect(awsRegion().safeParse(text).success).toBe(true)
})

test.each(['', ' eu-west-1', 'eu-west-1 ', 'eu_west_1', 'eu-west-1.amazonaws.com', 'https://x', '-', 'ü'])(
  '%j is none',
  (text) => {
    expect(awsRegion().safeParse(text).success).toBe(false)
  },
)
