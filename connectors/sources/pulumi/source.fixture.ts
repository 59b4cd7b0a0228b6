/** For the tests: a source that reads from an emulator, and what it read. */
import type { Answer, ReadRequest, Source, SourceRecord } from '../../../src/connector.ts'
import type { Connection } from '../../../src/lib/http.ts'
import { silentLogger } from '../../../src/lib/logger.ts'
import { definition } from './index.ts'

export const NOW = 1_795_384_800

export interface SourceSetup {
  readonly url: string
  readonly token: string
  readonly options?: Record<string, unknown>
  readonly connection?: Partial<Connection>
  readonly now?: () => number
}

export function sourceFor({ url, token, options, connection, now }: SourceSetup): Source {
  const config = definition.config.parse({
    organization: 'acme',
    access_token: token,
    api_url: url,
    ...options,
  })
  return definition.create(config, {
    id: 'acme',
    logger: silentLogger,
    connection: { timeoutMs: 20_000, tls: { insecureSkipVerify: false }, ...connection },
    now: now ?? (() => NOW * 1000),
    version: '0.0.0',
  })
}

export interface ReadResult {
  readonly answer: Answer
  readonly records: SourceRecord[]
  /** What the iteration threw, if it did. */
  readonly thrown: unknown
}

/** One request, read to its end. */
export async function readAll(source: Source, request: Partial<ReadRequest> = {}): Promise<ReadResult> {
  const wanted = { before: NOW, notBefore: 0, ...request }
  const answer = await source.read(wanted, new AbortController().signal)
  const records: SourceRecord[] = []
  try {
    for await (const chunk of answer.records) records.push(...chunk)
    return { answer, records, thrown: undefined }
  } catch (thrown) {
    return { answer, records, thrown }
  }
}

/** What a rejected promise was rejected with. */
export async function thrownBy(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
}
