/** An HTTP source of Sumo Logic on loopback: the code in its path is the only credential. */
import { type Intake, type IntakeAnswer, type IntakeRequest, startIntake } from '../intake/intake.ts'
import { linesOf } from '../intake/lines.ts'

interface Sumo extends Intake {
  /** The secret address. */
  readonly address: string
  readonly code: string
  readonly messages: readonly Message[]
}

interface Message {
  readonly text: string
  readonly category: string | undefined
  readonly fields: string | undefined
}

const MOST_BYTES = 1_000_000

export async function startSumo(code = 'ZaVnC4dhaV3RkfzQ7s2y0m=='): Promise<Sumo> {
  const taken: IntakeRequest[] = []

  function take(request: IntakeRequest): IntakeAnswer {
    const { method, path, body } = request
    if (path !== `/receiver/v1/http/${code}`) return { status: 401, body: refusal(401, 'unauthorized') }
    // A GET carries its data in the query; without data it stores nothing.
    if (method === 'GET') return { status: 200 }
    if (method !== 'POST') return { status: 405 }
    if (body.length > MOST_BYTES) return { status: 413, body: refusal(413, 'payload too large') }
    taken.push(request)
    return { status: 200, uids: linesOf(body).map(uidOf) }
  }

  const intake = await startIntake(take, { isDelivery: ({ method }) => method !== 'GET' })
  return {
    ...intake,
    address: `${intake.url}/receiver/v1/http/${code}`,
    code,
    get messages() {
      return taken.flatMap(({ headers, body }) => {
        const [category, fields] = [headers['x-sumo-category'], headers['x-sumo-fields']]
        return linesOf(body).map((text) => ({ text, category, fields }))
      })
    },
  }
}

function refusal(status: number, message: string): string {
  return JSON.stringify({ status, id: 'WH3QD-0KX2B-LTZ5F', errors: [{ code: 'request', message }] })
}

function uidOf(line: string): string {
  return /"uid":"([0-9a-f]{64})"/.exec(line)?.[1] ?? ''
}
