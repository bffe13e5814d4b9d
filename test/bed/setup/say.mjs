/** One short line for the person who waits. */
export function say(text) {
  process.stdout.write(`· ${text}\n`);
}

/** Set-up can't go on; the message says what to do. */
export class SetupError extends Error {}
