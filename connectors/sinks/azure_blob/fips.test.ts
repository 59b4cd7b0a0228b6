/** In FIPS mode Node refuses MD5; the mode itself needs an OpenSSL that few machines have. */
import { createServer, type IncomingHttpHeaders } from 'node:http'
import { expect, onTestFinished, test, vi } from 'vitest'
import { writeOnce } from '../../../test/conformance/once.ts'
import { openSink } from '../../../test/conformance/open-sink.ts'
import { close, listen } from '../../../test/loopback.ts'
import { definition } from './index.ts'

vi.mock('node:crypto', async (original) => {
  const real = await original<typeof import('node:crypto')>()
  const createHash = (name: string) => {
    if (name === 'md5') throw new Error('digital envelope routines::unsupported')
    return real.createHash(name)
  }
  return { ...real, createHash, getFips: () => 1 }
})

test('a blob is written without its MD5 where MD5 is not allowed', async () => {
  const asked: IncomingHttpHeaders[] = []
  const server = createServer((request, response) => {
    asked.push(request.headers)
    request.resume().on('end', () => response.writeHead(201, { etag: '"0x1"' }).end())
  })
  const endpoint = `http://127.0.0.1:${await listen(server)}/acme`
  onTestFinished(() => close(server))
  const auth = { type: 'shared_key', account_key: 'a2V5' }
  const sink = openSink(definition, { account: 'acme', container: 'audit', endpoint, auth })
  expect(new Set((await writeOnce(sink)).map(({ kind }) => kind))).toEqual(new Set(['delivered']))
  expect(asked.length).toBeGreaterThan(0)
  expect(asked.filter((headers) => 'content-md5' in headers)).toEqual([])
})
