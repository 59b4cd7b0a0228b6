import { expect, it } from 'vitest'
import { config } from './config.ts'

const parse = (api_url: string) => config.safeParse({ organization: 'acme', access_token: 't', api_url })

it.each(['https://pulumi.example', 'https://pulumi.example:8443/api-component/'])(
  '%s is an address of the API',
  (url) => {
    expect(parse(url).success).toBe(true)
  },
)

it.each([
  'https://user:s3cret@pulumi.example',
  'https://user@pulumi.example',
  'https://pulumi.example?token=s3cret',
  'https://pulumi.example/#s3cret',
])('%s is refused: an address ends up in logs', (url) => {
  const message = parse(url).error?.issues[0]?.message
  expect(message).toBe('give host, port and path alone; the token belongs into `access_token`')
})

it.each(['acme corp', 'acme/prod', 'acme\n'])(
  'refuses the organisation %j, which no address holds',
  (name) => {
    const result = config.safeParse({ organization: name, access_token: 't' })
    expect(result.error?.issues.map(({ path, message }) => [path.join('.'), message])).toEqual([
      ['organization', 'holds a blank or a slash: give the name as it stands in app.pulumi.com/NAME'],
    ])
  },
)

it.each(['.', '..'])('refuses the organisation %j, which is another path', (organization) => {
  const result = config.safeParse({ organization, access_token: 't' })
  expect(result.error?.issues.map(({ path, message }) => [path.join('.'), message])).toEqual([
    ['organization', 'is no name: give it as it stands in app.pulumi.com/NAME'],
  ])
})

it.each(['a..b', '...', '.acme'])('accepts the organisation %j', (organization) => {
  expect(config.safeParse({ organization, access_token: 't' }).success).toBe(true)
})

it.each(['pul-1\r\nX-Evil: 1', 'pul 1', 'pul-\u00fc', 'pul-\u4f50', 'pul-\u0000', ' \n'])(
  'refuses the token %j, without showing it',
  (access_token) => {
    const result = config.safeParse({ organization: 'acme', access_token })
    expect(result.error?.issues.map(({ path, message }) => [path.join('.'), message])).toEqual([
      ['access_token', expect.stringMatching(/^holds a blank, a line break or a character beyond ASCII/)],
    ])
  },
)

it('accepts a token from a file that ends with a line end', () => {
  expect(config.safeParse({ organization: 'acme', access_token: 'pul-1\r\n' }).success).toBe(true)
})

it('wants an organisation of digits in quotes, because YAML reads it as a number', () => {
  const messageOf = (organization: unknown) =>
    config.safeParse({ organization, access_token: 't' }).error?.issues[0]?.message
  expect(messageOf(123)).toBe('expected the name of an organisation as text: put it in quotes')
  expect(messageOf(undefined)).toBe('expected the name of an organisation')
  expect(messageOf('123')).toBeUndefined()
})
