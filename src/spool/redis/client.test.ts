import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { createClient } from './client.ts'

/** A Cluster of one node, which is cut off from the others at its first SET. */
async function startNode() {
  const sets: string[] = []
  const bulk = (text: string) => `$${text.length}\r\n${text}\r\n`
  const server = createServer((socket) => {
    const { port } = server.address() as AddressInfo
    const answerOf = (verb: string) => {
      if (verb === 'CLUSTER')
        return `*1\r\n*3\r\n:0\r\n:16383\r\n*3\r\n${bulk('127.0.0.1')}:${port}\r\n${bulk('id')}`
      if (verb === 'INFO') return bulk('redis_version:7.0.15')
      if (verb === 'SET' && sets.push(verb) === 1) return '-CLUSTERDOWN The cluster is down\r\n'
      return '+OK\r\n'
    }
    // Each command begins with the number of its words; the first of them has a length before it.
    socket.on('data', (bytes) => {
      const verbs = [...bytes.toString().matchAll(/\*\d+\r\n\$\d+\r\n(\w+)/g)]
      socket.write(verbs.map(([, verb = '']) => answerOf(verb.toUpperCase())).join(''))
    })
    socket.on('error', () => undefined)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return { sets, port: (server.address() as AddressInfo).port }
}

it('sends no write again that a cut-off node refused: another may have its slots by then, without its data', async () => {
  const { sets, port } = await startNode()
  const client = createClient({ cluster: [{ host: '127.0.0.1', port }] }, { failsFast: true })
  onTestFinished(() => client.disconnect())
  await expect(client.set('key', 'value')).rejects.toThrow('CLUSTERDOWN')
  expect(sets).toHaveLength(1)
})
