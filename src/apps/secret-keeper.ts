import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { AppConfig } from '../config/app-config.js';
import { Clock } from '../core/clock.js';
import { rememberSecret } from '../core/redact.js';
import { SecretsBox } from '../core/secrets-box.js';
import { addAuditEntry } from './audit-entry.entity.js';
import { findNamed, givenNames, givenSecret } from './given-secrets.js';
import type { GivenFrom } from './given-secrets.js';
import { maySend, ownerName } from './secret-owner.js';
import type { SecretOwner, SecretState } from './secret-owner.js';
import { Secret, SecretGrant } from './secret.entity.js';

/** Says for any pair whether it may be sent; as things were when it was made. */
export type SecretJudge = (owner: SecretOwner, secret: string) => SecretState;

/** The tokens behind `secret:NAME`, and who may be sent which. */
@Injectable()
export class SecretKeeper {
  constructor(
    @InjectDataSource() private readonly db: DataSource,
    private readonly config: AppConfig,
    private readonly clock: Clock,
    private readonly box: SecretsBox,
  ) {}

  /** Everything that can be referred to, by name. What was typed in wins over the environment and files. */
  async places(): Promise<Map<string, Secret | GivenFrom>> {
    const places = new Map<string, Secret | GivenFrom>(await givenNames(this.config));
    for (const secret of await this.db.getRepository(Secret).find()) places.set(secret.name, secret);
    return new Map([...places].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  grants(): Promise<SecretGrant[]> {
    return this.db.getRepository(SecretGrant).find();
  }

  /** For many questions at once, without asking the database for each. */
  async judge(): Promise<SecretJudge> {
    const [places, grants] = await Promise.all([this.places(), this.grants()]);
    return (owner, secret) => {
      if (!maySend(owner, secret, grants)) return 'not-allowed';
      return findNamed(places, secret) === undefined ? 'missing' : 'ok';
    };
  }

  async maySend(owner: SecretOwner, secret: string): Promise<boolean> {
    return maySend(owner, secret, await this.db.getRepository(SecretGrant).findBy({ secret }));
  }

  /** In clear; null when there is none. @throws when the agent's key is not the one it was sealed with */
  async valueOf(name: string): Promise<string | null> {
    const kept = await this.db.getRepository(Secret).findOneBy({ name });
    if (kept === null) return givenSecret(name, this.config);
    const value = this.box.open(kept.sealedValue, placeOf(name));
    rememberSecret(value);
    return value;
  }

  /** Keeps a new secret or replaces one. */
  async put(name: string, value: string, who: string): Promise<void> {
    rememberSecret(value);
    await this.db.transaction(async (tx) => {
      const isKnown = await tx.getRepository(Secret).existsBy({ name });
      const sealedValue = this.box.seal(value, placeOf(name));
      await tx.getRepository(Secret).save({ name, sealedValue, setBy: who, setAt: this.clock.now() });
      const action = isKnown ? 'secret-replaced' : 'secret-added';
      await addAuditEntry(tx, this.clock.now(), { who, action, subject: name });
    });
  }

  /** Forgets a secret and every grant of it. @returns whether it was kept */
  async remove(name: string, who: string): Promise<boolean> {
    return this.db.transaction(async (tx) => {
      const { affected } = await tx.getRepository(Secret).delete({ name });
      if (affected === 0) return false;
      await tx.getRepository(SecretGrant).delete({ secret: name });
      await addAuditEntry(tx, this.clock.now(), { who, action: 'secret-removed', subject: name });
      return true;
    });
  }

  /** A person allows the pair. */
  async grant(owner: SecretOwner, secret: string, who: string): Promise<void> {
    const name = ownerName(owner);
    await this.db.transaction(async (tx) => {
      if (await tx.getRepository(SecretGrant).existsBy({ secret, owner: name })) return;
      const at = this.clock.now();
      await tx.getRepository(SecretGrant).insert({ secret, owner: name, grantedBy: who, grantedAt: at });
      await addAuditEntry(tx, at, { who, action: 'secret-granted', subject: secret, after: name });
    });
  }

  /** @returns whether there was such a grant */
  async withdraw(owner: string, secret: string, who: string): Promise<boolean> {
    return this.db.transaction(async (tx) => {
      const { affected } = await tx.getRepository(SecretGrant).delete({ secret, owner });
      if (affected === 0) return false;
      const entry = { who, action: 'secret-withdrawn', subject: secret, before: owner } as const;
      await addAuditEntry(tx, this.clock.now(), entry);
      return true;
    });
  }
}

const placeOf = (name: string): string => `secrets:${name}:sealed_value`;
