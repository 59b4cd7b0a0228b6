import { expect, it } from 'vitest'
import { answer, recordOf } from '../../test/engine/reader-script.ts'
import { readPatiently } from './read-patiently.ts'

it('gives a log up that is the same whatever it is asked for, and takes each record of it once', async () => {
  const log = '9a 8a 8b 8c 8d 8e 7a 7b 7c 7d 6a'.split(' ')
  const taken: string[] = []
  let asked = 0
  const reading = readPatiently(
    {
      before: 100,
      position: Number.POSITIVE_INFINITY,
      notBefore: 4,
      end: () => 5,
      ask: async () => {
        if (++asked > 50) throw new Error('it never ends')
        return answer(log.map(recordOf))
      },
      emit: async ({ records }) => {
        taken.push(...records.map(({ raw }) => raw))
      },
    },
    new AbortController().signal,
  )
  await expect(reading).rejects.toThrow('look for a proxy that caches answers')
  expect(taken.join(' ')).toBe('9a 8a 8b 8c 8d 8e 7a 7b 7c 7d')
})
