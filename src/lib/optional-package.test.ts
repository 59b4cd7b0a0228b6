import { expect, it } from 'vitest'
import { outcomeOfFailure } from './http/outcome.ts'
import { connectionCure } from './http/poster.ts'
import { loadPackage } from './optional-package.ts'

it('returns what is installed', async () => {
  expect((await loadPackage('zod@4.6.7', () => import('zod'))).z).toBeDefined()
})

it('names package and version to install, and pauses the sink', async () => {
  const name = '@example/not-there'
  const load = () => import(/* @vite-ignore */ name)
  const failure = await loadPackage(`${name}@1.2.3`, load).catch((error: unknown) => error)
  expect(failure).toMatchObject({ message: expect.stringContaining('npm install @example/not-there@1.2.3') })
  expect(outcomeOfFailure(failure).kind).toBe('pause')
  expect(connectionCure(failure)).toBe('do as the message says')
})

it('lets a package that is there but broken report its own fault', async () => {
  const broken = () => Promise.reject(new Error('broken inside'))
  await expect(loadPackage('zod@4.6.7', broken)).rejects.toThrow('broken inside')
})
