import { createServer } from 'node:net'
import { expect, it } from 'vitest'
import { freePort, listen } from './loopback.ts'

it('hands out each port once, though nothing listens on it yet', async () => {
  const ports: number[] = []
  for (let servers = 0; servers < 300; servers++) ports.push(await freePort())
  expect(new Set(ports).size).toBe(300)
})

it('gives the port of a server that stopped to no other', async () => {
  const ports: number[] = []
  for (let servers = 0; servers < 300; servers++) {
    const server = createServer()
    ports.push(await listen(server))
    await new Promise((resolve) => server.close(resolve))
  }
  expect(new Set(ports).size).toBe(300)
  // Systems take theirs from above, for connections too.
  expect(Math.max(...ports)).toBeLessThan(32_000)
})
