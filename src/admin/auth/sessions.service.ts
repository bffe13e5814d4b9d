import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, LessThan } from 'typeorm';
import { Clock } from '../../core/clock.js';
import { rememberSecret } from '../../core/redact.js';
import { sha256 } from './constant-time.js';
import { Session } from './session.entity.js';

const HOUR_MS = 3_600_000;
export const IDLE_MS = 12 * HOUR_MS;
export const ABSOLUTE_MS = 7 * 24 * HOUR_MS;
/** Seen again within this is not written: a polling page is not a write every second. */
const TOUCH_MS = 60_000;

const randomToken = (): string => randomBytes(32).toString('base64url');
const hashOf = (id: string): string => sha256(id).toString('hex');

/** Signed-in browsers. The table holds only hashes of their ids. */
@Injectable()
export class SessionsService {
  constructor(
    @InjectDataSource() private readonly db: DataSource,
    private readonly clock: Clock,
  ) {}

  /** Always a new id, so that one planted before the login is worth nothing. @returns the id for the cookie */
  async begin(username: string): Promise<string> {
    const id = randomToken();
    rememberSecret(id);
    const now = this.clock.now();
    await this.db.getRepository(Session).delete({ expiresAt: LessThan(now) });
    const session: Session = {
      idHash: hashOf(id),
      username,
      csrfToken: randomToken(),
      createdAt: now,
      lastSeenAt: now,
      expiresAt: new Date(now.getTime() + ABSOLUTE_MS),
    };
    await this.db.getRepository(Session).insert(session);
    return id;
  }

  /** @returns null when there is no such session or it has run out */
  async find(id: string): Promise<Session | null> {
    const repository = this.db.getRepository(Session);
    const session = await repository.findOneBy({ idHash: hashOf(id) });
    if (session === null) return null;
    const now = this.clock.now();
    const idleMs = now.getTime() - session.lastSeenAt.getTime();
    if (now >= session.expiresAt || idleMs >= IDLE_MS) {
      await this.end(session.idHash);
      return null;
    }
    if (idleMs >= TOUCH_MS) await repository.update({ idHash: session.idHash }, { lastSeenAt: now });
    return session;
  }

  async end(idHash: string): Promise<void> {
    await this.db.getRepository(Session).delete({ idHash });
  }
}
