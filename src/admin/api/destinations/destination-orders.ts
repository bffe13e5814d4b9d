import { Injectable } from '@nestjs/common';
import { DestinationHealth } from '../../../destinations/destination-health.js';
import { DestinationsAdmin } from '../../../destinations/destinations-admin.js';
import { EncryptDestination, recoveryText } from '../../../destinations/encrypt-destination.js';
import type { RemoteOrder } from '../../../destinations/remote-order.js';
import type { ChangedDestinationBody, NewDestinationBody, NewDraftBody } from './bodies.js';

/** What opens an encrypted destination; told once. */
export interface EncryptionJson {
  password: string;
  salt: string;
  /** A text file to keep elsewhere. */
  escrow: string;
}

/** Carries out what bodies say about destinations, and has a look at what came of it. */
@Injectable()
export class DestinationOrders {
  constructor(
    private readonly admin: DestinationsAdmin,
    private readonly encrypt: EncryptDestination,
    private readonly health: DestinationHealth,
  ) {}

  /** @throws DestinationRefusal; BackupFailure. @returns the keys where it is encrypted by this order */
  async create(body: NewDestinationBody): Promise<EncryptionJson | null> {
    const order = { ...orderOf(body), name: body.name, folder: body.folder };
    if (!body.encrypt) {
      await this.admin.create(order);
      await this.health.check(body.name);
      return null;
    }
    const { key } = await (order.type === 'crypt' && order.over !== undefined
      ? this.encrypt.over(order.over.destination, order.name, order.over.folder)
      : this.encrypt.create(order));
    await this.health.check(body.name);
    return { password: key.password, salt: key.salt, escrow: recoveryText(key) };
  }

  /** @throws DestinationRefusal; BackupFailure; then it is as it was */
  async change(name: string, body: ChangedDestinationBody): Promise<void> {
    const { options, folder, host_keys: hostKeys } = body;
    await this.admin.update(name, {
      ...(options === undefined ? {} : { options }),
      ...(folder === undefined ? {} : { folder }),
      ...(hostKeys === undefined ? {} : { hostKeys: hostKeys.join('\n') }),
    });
    await this.health.check(name);
  }
}

export function orderOf(body: Pick<NewDraftBody, 'type' | 'options' | 'over' | 'host_keys'>): RemoteOrder {
  return {
    type: body.type,
    options: body.options,
    ...(body.over === undefined ? {} : { over: body.over }),
    ...(body.host_keys === undefined ? {} : { hostKeys: body.host_keys.join('\n') }),
  };
}
