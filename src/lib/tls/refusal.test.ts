/**
 * Answers that nginx 1.30, Apache 2.4 and Go's server give if the connection is wrong, rather than what was sent over
 * it.
 */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { createHttpClient } from '../http/http.ts'
import { outcomeOfFailure } from '../http/outcome.ts'
import { connectionCure } from '../http/poster.ts'

const nginx = (text: string) =>
  `<html>\r\n<head><title>400 ${text}</title></head>\r\n<body>\r\n<center><h1>400 Bad Request</h1></center>\r\n<center>${text}</center>\r\n<hr><center>nginx/1.30.6</center>\r\n</body>\r\n</html>\r\n`
const APACHE = `<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01//EN" "http://www.w3.org/TR/html4/strict.dtd">
<html><head>
<title>400 Bad Request</title>
</head><body>
<h1>Bad Request</h1>
<p>Your browser sent a request that this server could not understand.<br />
Reason: You're speaking plain HTTP to an SSL-enabled server port.<br />
 Instead use the HTTPS scheme to access this URL, please.<br />
</p>
</body></html>
`
const NO_CERTIFICATE = nginx('No required SSL certificate was sent')

async function ask(status: number, body: string): Promise<unknown> {
  const server = createServer((_, response) => response.writeHead(status).end(body)).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  const http = createHttpClient({ timeoutMs: 10_000, tls: { insecureSkipVerify: false } })
  onTestFinished(() => http.close())
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const { signal } = new AbortController()
  return http.send({ method: 'POST', url, headers: {}, body: 'x', signal }).catch((error: unknown) => error)
}

test.each([
  ['nginx without a client certificate', NO_CERTIFICATE, /`tls\.cert_file`/],
  ['nginx with an expired one', nginx('The SSL certificate error'), /`tls\.cert_file`/],
  ['nginx asked without TLS', nginx('The plain HTTP request was sent to HTTPS port'), /https:\/\//],
  ['Apache asked without TLS', APACHE, /https:\/\//],
  ['Go asked without TLS', 'Client sent an HTTP request to an HTTPS server.\n', /https:\/\//],
])('%s: no event is to blame', async (_, body, cure) => {
  const thrown = await ask(400, body)
  expect(outcomeOfFailure(thrown)).toEqual({
    kind: 'pause',
    reason: expect.stringMatching(/^HTTP 400: .*: /),
  })
  expect(outcomeOfFailure(thrown)).toMatchObject({ reason: expect.stringMatching(cure) })
  expect(connectionCure(thrown)).toMatch(cure)
})

test.each([
  ['another status', 422, NO_CERTIFICATE],
  ['an answer that quotes an event', 400, `{"error":"bad description: ${NO_CERTIFICATE}"}`],
  ['a sentence of Go in a longer text', 400, 'no: Client sent an HTTP request to an HTTPS server.'],
  ['any other page', 400, nginx('Bad Request')],
])('%s stays an answer', async (_, status, body) => {
  expect(await ask(status, body)).toMatchObject({ status, body })
})
