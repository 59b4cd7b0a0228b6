import { expect, it } from 'vitest'
import { movedFiles } from './moved-files.ts'

const stems = (...names: string[]) => movedFiles(names, '/var/log/audit.ndjson').map(({ stem }) => stem)

it('are recognised by the names that logrotate gives, oldest first', () => {
  expect(stems('audit.ndjson.2.gz', 'audit.ndjson', 'audit.ndjson.10.gz', 'audit.ndjson.1')).toEqual([
    'audit.ndjson.10',
    'audit.ndjson.2',
    'audit.ndjson.1',
  ])
  const dated = ['-20251231.zst', '-20261122', '-2026112213.gz', '-20261123-130501', '.2026-11-24']
  expect(stems(...dated.map((mark) => `audit.ndjson${mark}`).reverse())).toEqual(
    ['-20251231', '-20261122', '-2026112213', '-20261123-130501', '.2026-11-24'].map(
      (mark) => `audit.ndjson${mark}`,
    ),
  )
  expect(stems('audit.ndjson-1795384721', 'audit.ndjson-1795384720.gz')).toEqual([
    'audit.ndjson-1795384720',
    'audit.ndjson-1795384721',
  ])
})

it('count once while they are being compressed, and other files do not count', () => {
  expect(movedFiles(['audit.ndjson.1', 'audit.ndjson.1.bz2'], 'audit.ndjson')).toEqual([
    { stem: 'audit.ndjson.1' },
  ])
  expect(movedFiles(['audit.ndjson.1.bz2'], 'audit.ndjson')).toEqual([
    { stem: 'audit.ndjson.1', unreadable: 'audit.ndjson.1.bz2' },
  ])
  const strange = ['.head', '.1.tmp', '.old', '-20261122T120000Z-1.ndjson', '.1.gz.tmp', '.later']
  expect(stems('audit-20261122T120000Z-1.ndjson', ...strange.map((end) => `audit.ndjson${end}`))).toEqual([])
})
