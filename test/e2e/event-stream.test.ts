/** The live stream of a running engine: events come as they are archived, and the stream ends with the engine. */
import { expect, it } from 'vitest'
import { configurationOf, recentEvents, startAcme } from './acme.ts'
import { eventually, openSite } from './site.ts'

it('sends what is archived from now on, and ends when the engine is stopped', async () => {
  await using site = openSite()
  const acme = await startAcme(site)
  acme.add(recentEvents(3))
  site.configure(configurationOf(acme, { sinks: { archive: { type: 'archive', path: './archive.db' } } }))
  const engine = await site.serve()
  // Listens before the engine starts.
  const answer = await eventually(async () => {
    const answer = await fetch(`${engine.url}/api/v1/events/stream?login=dana`)
    expect(answer.status).toBe(200)
    return answer
  })
  let text = ''
  const reading = (async () => {
    for await (const chunk of answer.body ?? []) text += Buffer.from(chunk).toString()
  })()
  const seen = () =>
    text.split('\n').flatMap((line) => (line.startsWith('data: ') ? JSON.parse(line.slice(6)).events : []))
  await eventually(async () => expect((await engine.status()).sinks.archive).toMatchObject({ delivered: 3 }))
  const [bob, dana] = recentEvents(2, 4)
  if (bob === undefined || dana === undefined) throw new Error('two events')
  acme.add([{ ...bob, user: { name: 'Bob', githubLogin: 'bob', avatarUrl: '' } }, dana])
  await eventually(() => expect(seen().at(-1)).toMatchObject({ description: dana.description }))
  expect(seen().map(({ actor }) => actor.login)).not.toContain('bob')
  engine.signal('SIGTERM')
  await reading
  expect((await engine.ended).code).toBe(0)
})
