import { expect, it } from 'vitest'
import { detailsText } from './details-text.ts'

it.each([
  [{ sink: 'soc', ids: ['soc:1', 'soc:2'] }, 'sink soc; ids soc:1, soc:2'],
  [
    { filters: { login: 'dana', text: 'x y' }, repair: false },
    'filters (login dana; text x y); repair false',
  ],
  [
    { filters: {}, from: 1795384721, to: '1795384800' },
    'filters none; from 2026-11-22T21:58:41Z; to 2026-11-22T22:00:00Z',
  ],
  [
    { startTime: '1795384721', endTime: '-1', limit: 1795384721 },
    'startTime 2026-11-22T21:58:41Z; endTime -1; limit 1795384721',
  ],
  [{ startTime: '9223372036854775807' }, 'startTime 9223372036854775807'],
  [{ from: '2026-11-22T22:00:00Z' }, 'from 2026-11-22T22:00:00Z'],
  [{ sink: null }, 'sink –'],
  [{ events: [], id: 'archive' }, 'events none; id archive'],
  [{ source: '\u202egnp.exe' }, 'source ⟨U+202E⟩gnp.exe'],
  ['as text', 'as text'],
  [{}, ''],
])('describes %j', (details, text) => {
  expect(detailsText(details)).toBe(text)
})
