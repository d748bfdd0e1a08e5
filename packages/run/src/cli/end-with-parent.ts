import process from 'node:process';

const EXIT_CODE = 1;

/**
 * Ends this process when the one that started it with a channel (`stdio: 'ipc'`) dies, however it dies, or has died while this one was
 * loading. Nothing is lost, since every file is replaced atomically; without this, a training would go on in a folder that somebody
 * else continues.
 */
export function endWithParent(): void {
  if (process.disconnect === undefined) return; // there never was a channel
  if (!process.connected) process.exit(EXIT_CODE);
  process.on('disconnect', () => process.exit(EXIT_CODE));
  process.channel?.unref(); // the channel itself keeps nothing alive
}
