/** Preloaded when an older Node started us as its child: if it is killed, so are we. */
if (process.channel) {
  process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'))
  process.channel.unref()
}
