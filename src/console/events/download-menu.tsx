import { Menu } from '../blocks/menu.tsx'

const FORMATS = [
  ['csv', 'CSV', 'for spreadsheets'],
  ['ndjson', 'NDJSON', 'native events, one a line'],
  ['ocsf', 'OCSF', 'for security lakes'],
] as const

/** Downloads all events that match, not only those on the screen. `query` is the API's. */
export function DownloadMenu({ query }: { query: string }) {
  return (
    <Menu label="Download" icon="download">
      {FORMATS.map(([format, name, purpose]) => (
        <li key={format}>
          <a href={`/api/v1/events/download?${new URLSearchParams(`${query}&format=${format}`)}`} download>
            <span>{name}</span>
            <span className="soft small">{purpose}</span>
          </a>
        </li>
      ))}
    </Menu>
  )
}
