/**
 * What signals do until a command listens to them itself. Node reads this before anything else (`--require`): the rest is
 * loaded a second later, on a small machine many.
 */
const [, , command] = process.argv

// No configuration has been read that could be read again, and there is nothing to end for.
if (command === 'run' || command === 'start') process.on('SIGHUP', () => {})

// The kernel passes process 1 of a container no signal that it does not listen to: neither Ctrl-C nor a stop.
if (process.pid === 1) {
  for (const [name, number] of [
    ['SIGINT', 2],
    ['SIGTERM', 15],
  ]) {
    process.on(name, () => {
      if (process.listenerCount(name) === 1) process.exit(128 + number)
    })
  }
}
