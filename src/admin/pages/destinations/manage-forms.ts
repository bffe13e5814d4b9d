import { Injectable } from '@nestjs/common';
import { DestinationRemoval } from '../../../backups/destination-removal.js';
import { DestinationMoves } from '../../../destinations/destination-moves.js';
import { DestinationUses } from '../../../destinations/destination-uses.js';
import { AuditLog } from '../../audit-log.js';
import type { Reader } from '../reader.js';
import { hrefOf } from './destination-card.js';
import type { DestinationCard } from './destination-card.js';
import { DestinationsReader } from './destinations-reader.js';
import type { FormPage } from './form-pages.js';
import type { Typed } from './form-view.js';
import { FOLDER, NAME } from './fields.js';
import type { Field } from './fields.js';

const ACTIONS = ['rename', 'encrypt', 'remove'] as const;
export type Action = (typeof ACTIONS)[number];

export function isAction(action: string): action is Action {
  return ACTIONS.some((one) => one === action);
}

const TO: Field = { name: 'to', input: 'text', hint: true, required: true };

/** What a person does with a whole destination. */
@Injectable()
export class ManageForms {
  constructor(
    private readonly reader: DestinationsReader,
    private readonly uses: DestinationUses,
    private readonly moves: DestinationMoves,
    private readonly removal: DestinationRemoval,
    private readonly audit: AuditLog,
  ) {}

  async rename(name: string, to: string, who: string): Promise<void> {
    await this.moves.rename(name, to);
    await this.audit.write(who, 'destination-renamed', name, to);
  }

  /** Throws as DestinationRemoval.remove. */
  async remove(name: string, typed: Typed, who: string): Promise<void> {
    await this.removal.remove(name, {
      reassignTo: typed['reassign_to'] === '' ? undefined : typed['reassign_to'],
      keepData: typed['data'] !== 'delete',
      deleteData: typed['data'] === 'delete' ? (typed['delete_data'] ?? '') : undefined,
    });
    await this.audit.write(who, 'destination-removed', name, typed['data'] ?? 'keep');
  }

  async form(name: string, action: Action, typed: Typed, reader: Reader): Promise<FormPage> {
    const { card } = await this.reader.details(name, reader);
    const href = hrefOf(name);
    const backups = await this.uses.backupsAt(name);
    const warnings = action === 'remove' ? removeWarnings(card, backups, reader) : [];
    return {
      view: 'destination-form',
      title: reader.say(`manage.${action}.title`, { name }),
      fields: await this.fields(card, action, backups),
      typed,
      kind: null,
      more: {
        of: { href, name },
        action: `${href}/manage/${action}`,
        back: href,
        lead: reader.say(`manage.${action}.lead`),
        warnings,
        danger: action === 'remove',
        tried: action === 'encrypt',
        submit: reader.say(`manage.${action}.submit`),
      },
    };
  }

  private async fields(card: DestinationCard, action: Action, backups: number): Promise<Field[]> {
    if (action === 'rename') return [{ ...TO, fallback: card.name }];
    if (action === 'encrypt') return [{ ...NAME, fallback: `${card.name}-encrypted` }, FOLDER];
    const others = (await this.reader.others(card.name)).map((value) => ({ value }));
    const none = { value: '', text: 'choice.reassign.none' };
    return [
      ...(card.apps.length > 0
        ? [{ name: 'reassign_to', input: 'select', hint: true, choices: [none, ...others] } as const]
        : []),
      ...(backups > 0
        ? ([
            { name: 'data', input: 'select', choices: DATA_CHOICES },
            { name: 'delete_data', input: 'text', hint: true },
          ] as const)
        : []),
    ];
  }
}

const DATA_CHOICES = [
  { value: 'keep', text: 'choice.data.keep' },
  { value: 'delete', text: 'choice.data.delete' },
];

function removeWarnings(card: DestinationCard, backups: number, reader: Reader): string[] {
  const apps = card.apps.map(({ name }) => name).join(', ');
  return [
    ...(card.apps.length > 0 ? [reader.say('manage.remove.apps', { apps })] : []),
    ...(backups > 0 ? [reader.say('manage.remove.backups', { count: backups })] : []),
  ];
}
