import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { rememberSecret } from '../core/redact.js';
import { RcloneRc } from './rclone-rc.js';

const OPTION = z.object({
  Name: z.string(),
  Help: z.string(),
  Provider: z.string().default(''),
  DefaultStr: z.string().default(''),
  Examples: z
    .array(z.object({ Value: z.string(), Help: z.string().default(''), Provider: z.string().default('') }))
    .nullish(),
  Required: z.boolean(),
  IsPassword: z.boolean(),
  /** Since rclone 1.64. */
  Sensitive: z.boolean().optional(),
  Advanced: z.boolean(),
  Exclusive: z.boolean(),
  Type: z.string().default('string'),
  /** Bits: 1 = not for the command line, 2 = not for a form. */
  Hide: z.number().default(0),
});
const PROVIDER = z.object({
  Name: z.string(),
  Description: z.string(),
  Options: z
    .array(OPTION)
    .nullable()
    .transform((options) => options ?? []),
});
const STEP = z.object({
  State: z.string().default(''),
  Option: OPTION.nullable().default(null),
  Error: z.string().default(''),
});
const ABOUT = z.object({
  total: z.number().nullish(),
  free: z.number().nullish(),
  used: z.number().nullish(),
});

export type Provider = z.infer<typeof PROVIDER>;
export type ProviderOption = z.infer<typeof OPTION>;
/** One step of rclone's own configuration dialogue; an empty `State` is its end. */
export type ConfigStep = z.infer<typeof STEP>;
export type Section = Record<string, string>;

/** A person waits: five tries outlast a short limit of a provider's pace, and ten would outlast the person. */
const FEW_TRIES = { LowLevelRetries: 5 };
const EMPTY = z.object({});
const QUESTION_MS = 3 * 60_000;

/**
 * rclone.conf through the one daemon: changes go one after the other, secrets only inside request bodies.
 * Callers check names and values first: rclone 1.60 writes a line end in a value as a line end.
 */
@Injectable()
export class RcloneConfig {
  private writing: Promise<unknown> = Promise.resolve();
  private known: Promise<Provider[]> | null = null;

  constructor(private readonly rc: RcloneRc) {}

  async providers(): Promise<Provider[]> {
    this.known ??= this.rc
      .call('config/providers', {}, z.object({ providers: z.array(PROVIDER) }))
      .then((answer) => answer.providers);
    return this.known.catch((error: unknown) => {
      this.known = null;
      throw error;
    });
  }

  remotes(): Promise<string[]> {
    return this.rc.remotes();
  }

  /** The section as it is in rclone.conf, passwords obscured; null = there is none. */
  async section(name: string): Promise<Section | null> {
    const section = await this.rc.call('config/get', { name }, z.record(z.string(), z.string()));
    return section['type'] === undefined ? null : section;
  }

  /** A section from what a person gave. Questions that the backend would still have are left alone. */
  create(name: string, type: string, parameters: Section): Promise<ConfigStep> {
    return this.begin(name, type, parameters, false);
  }

  /** The first step of the dialogue. @param all also what has a default */
  async begin(name: string, type: string, parameters: Section, all: boolean): Promise<ConfigStep> {
    const opt = { nonInteractive: true, obscure: true, all };
    return this.write(() =>
      this.rc.call('config/create', { name, type, parameters, opt }, STEP, { timeoutMs: QUESTION_MS }),
    );
  }

  /** The next step of the dialogue. @param result what was answered; empty = the default */
  async answer(name: string, state: string, result: string): Promise<ConfigStep> {
    const opt = { nonInteractive: true, obscure: true, continue: true, state, result };
    return this.write(() =>
      this.rc.call('config/update', { name, parameters: {}, opt }, STEP, { timeoutMs: QUESTION_MS }),
    );
  }

  /** A password as rclone.conf has it. */
  async obscure(clear: string): Promise<string> {
    const answer = z.object({ obscured: z.string() });
    return (await this.rc.call('core/obscure', { clear }, answer)).obscured;
  }

  /** Changes some options of a section; an empty value takes one away. */
  async change(name: string, parameters: Section): Promise<void> {
    const opt = { nonInteractive: true, obscure: true };
    await this.write(() =>
      this.rc.call('config/update', { name, parameters, opt }, STEP, { timeoutMs: QUESTION_MS }),
    );
  }

  /** Puts a section back exactly as it was read, in place of what is there. */
  async put(name: string, section: Section): Promise<void> {
    const { type = '', ...parameters } = section;
    await this.write(async () => {
      const opt = { nonInteractive: true, noObscure: true };
      await this.rc.call('config/delete', { name }, EMPTY);
      await this.rc.call('config/create', { name, type, parameters, opt }, STEP);
    });
  }

  async remove(name: string): Promise<void> {
    await this.write(() => this.rc.call('config/delete', { name }, EMPTY));
  }

  async makeFolder(fs: string): Promise<void> {
    await this.rc.call('operations/mkdir', { fs, remote: '', _config: FEW_TRIES }, EMPTY);
  }

  /** Only an empty one. */
  async removeEmptyFolder(fs: string): Promise<void> {
    await this.rc.call('operations/rmdir', { fs, remote: '', _config: FEW_TRIES }, EMPTY);
  }

  /** @returns null fields where the provider does not say; all null where it can't be asked */
  async about(fs: string): Promise<{ totalBytes: number | null; freeBytes: number | null }> {
    const answer = await this.rc.call('operations/about', { fs }, ABOUT, { timeoutMs: 2 * 60_000 });
    const { total = null, used = null } = answer;
    const free = answer.free ?? (total !== null && used !== null ? Math.max(0, total - used) : null);
    return { totalBytes: total, freeBytes: free };
  }

  /** One after the other, also after one that failed; what was opened with the old section is forgotten. */
  private write<T>(change: () => Promise<T>): Promise<T> {
    const done = this.writing.then(change);
    this.writing = done.catch(() => undefined);
    return done.then(async (result) => {
      await this.rc.forgetOpened();
      return result;
    });
  }
}

/** So that no log or error shows them. @param secrets names of options */
export function rememberSecrets(section: Section, secrets: (name: string) => boolean): void {
  for (const [name, value] of Object.entries(section)) if (secrets(name)) rememberSecret(value);
}
