import { expect, it } from 'vitest'
import { detailsText } from './details-text.ts'

it.each([
  [{ sink: 'soc', ids: ['soc:1', 'soc:2'] }, 'sink soc; ids soc:1, soc:2'],
  [{ filters: { login: 'dana' }, repair: false }, 'filters {"login":"dana"}; repair false'],
  [{ sink: null }, 'sink –'],
  [{ events: [], id: 'archive' }, 'events none; id archive'],
  [{ source: '\u202egnp.exe' }, 'source ⟨U+202E⟩gnp.exe'],
  ['as text', 'as text'],
  [{}, ''],
])('tells %j', (details, text) => {
  expect(detailsText(details)).toBe(text)
})
