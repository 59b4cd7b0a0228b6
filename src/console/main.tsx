import './app.css'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './app.tsx'
import { applyTheme, readTheme } from './shell/theme.ts'

applyTheme(readTheme())
const place = document.getElementById('app')
if (place === null) throw new Error('the page has no #app')
createRoot(place).render(
  <StrictMode>
    <App />
  </StrictMode>,
)
