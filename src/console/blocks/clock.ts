import { createContext, useCallback, useContext } from 'react'

/** Milliseconds that this browser's clock is ahead of the engine's. */
export const ClockOffset = createContext(0)

/** What time it is for the engine, in milliseconds: “the last hour” is the events' one, whatever this machine's clock says. */
export function useClock(): () => number {
  const ahead = useContext(ClockOffset)
  return useCallback(() => Date.now() - ahead, [ahead])
}
