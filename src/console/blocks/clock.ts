import { createContext, useCallback, useContext } from 'react'

/** Milliseconds by which this browser's clock is ahead of the engine's. */
export const ClockOffset = createContext(0)

/**
 * The engine's time, in milliseconds: “the last hour” is an hour of the events' time, whatever this machine's clock
 * says.
 */
export function useClock(): () => number {
  const ahead = useContext(ClockOffset)
  return useCallback(() => Date.now() - ahead, [ahead])
}
