import { useEffect, useState } from 'react'
import { Icon } from '../blocks/icon.tsx'
import { applyTheme, keepTheme, readTheme, type Theme } from './theme.ts'

const NEXT: Readonly<Record<Theme, Theme>> = { system: 'light', light: 'dark', dark: 'system' }
const ICONS = { system: 'display', light: 'sun', dark: 'moon' } as const

export function ThemeSwitch() {
  const [theme, setTheme] = useState(readTheme)
  useEffect(() => applyTheme(theme), [theme])
  const label = `Colours: ${theme}. Change to ${NEXT[theme]}`
  const change = () => {
    keepTheme(NEXT[theme])
    setTheme(NEXT[theme])
  }
  return (
    <button type="button" className="button plain icon" onClick={change} aria-label={label} title={label}>
      <Icon name={ICONS[theme]} />
    </button>
  )
}
