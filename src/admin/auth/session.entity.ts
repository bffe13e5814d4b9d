import { Column, Entity, PrimaryColumn } from 'typeorm';
import { instant } from '../../db/columns.js';

/** A signed-in browser. Only the hash of its cookie is kept. */
@Entity('sessions')
export class Session {
  @PrimaryColumn('text', { name: 'id_hash' })
  idHash!: string;

  @Column('text')
  username!: string;

  /** Proves that a form came from our own page. */
  @Column('text', { name: 'csrf_token' })
  csrfToken!: string;

  @Column('text', { name: 'created_at', transformer: instant })
  createdAt!: Date;

  @Column('text', { name: 'last_seen_at', transformer: instant })
  lastSeenAt!: Date;

  @Column('text', { name: 'expires_at', transformer: instant })
  expiresAt!: Date;
}
