/** Preloaded when an older Node started us as its child: should it be killed, we are killed as it was. */
if (process.channel) {
  process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'))
  process.channel.unref()
}
