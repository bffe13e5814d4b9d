/** The agent must not start; the message is for people and says what to do. */
export class StartRefused extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StartRefused';
  }
}

/** Another program keeps a file locked that the agent can't start without. */
export class LockedAtStart extends StartRefused {
  constructor(file: string, cause: unknown) {
    super(
      `${file} is locked by another program: an open sqlite3, one that copies it, or an agent that stands still. ` +
        'Nothing was changed. End that program, and start again.',
      { cause },
    );
  }
}
