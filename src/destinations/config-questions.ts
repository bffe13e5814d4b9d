import { Injectable } from '@nestjs/common';
import { checkValue, isForbidden, isOffered, isSecret } from './check-options.js';
import { DestinationDrafts } from './destination-drafts.js';
import { DestinationRefusal } from './destination-refusal.js';
import { RcloneConfig, rememberSecrets } from './rclone-config.js';
import type { ConfigStep } from './rclone-config.js';
import { planRemote } from './remote-order.js';
import type { RemoteOrder } from './remote-order.js';

/** One question of rclone's own configuration, for a form. */
export interface Question {
  draft: string;
  /** To be sent back with the answer, unchanged. */
  state: string;
  name: string;
  /** rclone's English text. */
  help: string;
  fallback: string;
  examples: { value: string; help: string }[];
  required: boolean;
  secret: boolean;
  /** Nothing but one of the examples. */
  exclusive: boolean;
  kind: string;
  /** What was wrong with the last answer; empty = nothing. */
  error: string;
}

/** Either the next question, or `done`: the draft can be browsed, tried and saved. */
export type Answered = { done: false; question: Question } | { done: true; draft: string };

const STATE_MAX_CHARS = 5000;
const MAX_SKIPPED = 100;

/**
 * Any backend by rclone's question-and-answer configuration, over a draft. Questions that would run a program, open
 * a browser on the agent's machine or name a file of the agent are answered here, never asked.
 */
@Injectable()
export class ConfigQuestions {
  /** Questions that were asked, by draft: an answer to any other state is refused. */
  private readonly asked = new Map<string, Question & { isPassword: boolean }>();

  constructor(
    private readonly drafts: DestinationDrafts,
    private readonly conf: RcloneConfig,
  ) {}

  /**
   * Begins with what is known already.
   * @param everything false = only what the backend needs beyond its plain options, as a new token
   * @throws DestinationRefusal; BackupFailure
   */
  async begin(order: RemoteOrder, everything = true): Promise<Answered> {
    const provider = (await this.conf.providers()).find(({ Name }) => Name === order.type);
    if (provider === undefined || !isOffered(provider)) throw new DestinationRefusal('type-unknown', 'type');
    const { rcloneType, parameters } = await planRemote(this.conf, order, null);
    const draft = this.drafts.enter(order);
    try {
      if (rcloneType === 'sftp') await this.drafts.pin(draft, parameters);
      return await this.next(draft.id, await this.conf.begin(draft.id, rcloneType, parameters, everything));
    } catch (error) {
      await this.drafts.close(draft.id);
      throw error;
    }
  }

  /**
   * @param state as the question had it
   * @param answer empty = the default
   * @throws DestinationRefusal draft-unknown for another state than the one asked; value-invalid
   */
  async answer(draftId: string, state: string, answer: string): Promise<Answered> {
    this.drafts.get(draftId);
    const asked = this.asked.get(draftId);
    if (asked === undefined || asked.state !== state || state.length > STATE_MAX_CHARS)
      throw new DestinationRefusal('draft-unknown', 'state');
    const value = answer === '' ? '' : checkValue(asked.name, answer, await this.conf.remotes());
    const secret = isSecret({ Name: asked.name, IsPassword: false });
    rememberSecrets({ [asked.name]: value }, () => secret);
    // Answers are written as they come, and passwords are kept obscured.
    const written = asked.isPassword && value !== '' ? await this.conf.obscure(value) : value;
    return this.next(draftId, await this.conf.answer(draftId, state, written));
  }

  /** What was asked last of a draft and is not answered; null = nothing. */
  current(draftId: string): Question | null {
    return this.asked.get(this.drafts.get(draftId).id) ?? null;
  }

  private async next(draft: string, first: ConfigStep): Promise<Answered> {
    let step = first;
    for (let skipped = 0; skipped < MAX_SKIPPED; skipped += 1) {
      const option = step.Option;
      if (step.State === '') {
        this.asked.delete(draft);
        return { done: true, draft };
      }
      const byUs = option === null ? '' : answerOfOurs(option.Name);
      if (option !== null && byUs === null) {
        const question = questionOf(draft, step, option);
        this.asked.set(draft, { ...question, isPassword: option.IsPassword });
        return { done: false, question };
      }
      step = await this.conf.answer(draft, step.State, byUs ?? '');
    }
    throw new DestinationRefusal('value-invalid', 'answer', 'rclone does not come to an end');
  }
}

/** @returns null = a person is asked */
function answerOfOurs(name: string): string | null {
  // No browser on the agent's machine can be used; then rclone asks for a token.
  if (name === 'config_is_local' || name === 'config_auto' || name === 'config_fs_advanced') return 'false';
  // The token that was pasted is the one to use.
  if (name === 'config_refresh_token') return 'false';
  if (name.startsWith('config_')) return null;
  return isForbidden(name) ? '' : null;
}

/** rclone puts the client's secret into the command that it shows. */
function withoutBlob(help: string): string {
  return help.replace(
    /(rclone authorize "[\w -]+") "[\w=+/-]{12,}"/g,
    '$1 "YOUR_CLIENT_ID" "YOUR_CLIENT_SECRET"',
  );
}

function questionOf(draft: string, step: ConfigStep, option: NonNullable<ConfigStep['Option']>): Question {
  return {
    draft,
    state: step.State,
    name: option.Name,
    help: withoutBlob(option.Help),
    fallback: option.DefaultStr,
    examples: (option.Examples ?? []).map((one) => ({ value: one.Value, help: one.Help })),
    required: option.Required,
    secret: isSecret(option) || option.Name === 'config_token',
    exclusive: option.Exclusive,
    kind: option.Type,
    error: step.Error,
  };
}
