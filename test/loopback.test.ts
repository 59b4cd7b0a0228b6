import { expect, it } from 'vitest'
import { freePort } from './loopback.ts'

it('hands out each port once, though nothing listens on it yet', async () => {
  const ports: number[] = []
  for (let servers = 0; servers < 300; servers++) ports.push(await freePort())
  expect(new Set(ports).size).toBe(300)
})
