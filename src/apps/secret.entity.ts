import { Column, Entity, PrimaryColumn } from 'typeorm';
import { instant } from '../db/columns.js';

/** A token that the agent keeps for `secret:NAME`. Written, replaced and removed by people; never shown again. */
@Entity('secrets')
export class Secret {
  @PrimaryColumn('text')
  name!: string;

  @Column('text', { name: 'sealed_value' })
  sealedValue!: string;

  @Column('text', { name: 'set_by' })
  setBy!: string;

  @Column('text', { name: 'set_at', transformer: instant })
  setAt!: Date;
}

/** A person's word that an owner may be sent a secret which is not named after it. */
@Entity('secret_grants')
export class SecretGrant {
  @PrimaryColumn('text')
  secret!: string;

  /** As `ownerName` says: what the engine says of the container, never what its labels chose. */
  @PrimaryColumn('text')
  owner!: string;

  @Column('text', { name: 'granted_by' })
  grantedBy!: string;

  @Column('text', { name: 'granted_at', transformer: instant })
  grantedAt!: Date;
}
