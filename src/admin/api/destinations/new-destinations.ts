import { Injectable } from '@nestjs/common';
import { DestinationsAdmin } from '../../../destinations/destinations-admin.js';
import { EncryptedDestination } from '../../../destinations/encrypted-destination.js';
import type { EncryptionKeys } from '../../../destinations/encrypted-destination.js';
import type { RemoteOrder } from '../../../destinations/remote-order.js';
import type { NewDestinationBody, NewDraftBody } from './bodies.js';

/** Turns bodies into orders for destinations. */
@Injectable()
export class NewDestinations {
  constructor(
    private readonly admin: DestinationsAdmin,
    private readonly encrypted: EncryptedDestination,
  ) {}

  /** @throws DestinationRefusal; BackupFailure. @returns the keys where it is encrypted */
  async create(body: NewDestinationBody): Promise<{ keys: EncryptionKeys | null }> {
    const order = { ...orderOf(body), name: body.name, folder: body.folder };
    if (body.encrypt) return { keys: (await this.encrypted.create(order)).keys };
    await this.admin.create(order);
    return { keys: null };
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
