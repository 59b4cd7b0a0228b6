/**
 * A Security Token Service whose answers a test chooses.
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
 */
import { onTestFinished, vi } from 'vitest'
import { type Answered, startFaultyServer } from '../emulators/faulty-server.ts'

export const ROLE = 'arn:aws:iam::111122223333:role/audit'

/** The SDK uses it until the end of the test. */
export async function startSts(answer: () => Answered): Promise<void> {
  const sts = await startFaultyServer(answer, () => '')
  vi.stubEnv('AWS_ENDPOINT_URL_STS', sts.url)
  onTestFinished(() => {
    vi.unstubAllEnvs()
    return sts.stop()
  })
}

export function stsRefusal(status: number, code: string): Answered {
  const error = `<Error><Type>Sender</Type><Code>${code}</Code><Message>refused</Message></Error>`
  return { status, headers: XML, body: `<ErrorResponse>${error}</ErrorResponse>` }
}

export function stsCredentials({ id, secret }: { readonly id: string; readonly secret: string }): Answered {
  const body = `<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>${id}</AccessKeyId>\
<SecretAccessKey>${secret}</SecretAccessKey><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult>\
</AssumeRoleResponse>`
  return { status: 200, headers: XML, body }
}

const XML = { 'content-type': 'text/xml' }
