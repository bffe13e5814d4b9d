import { z } from 'zod';
import type { FreshBackup } from './backup.entity.js';

/** The small object beside each backup that makes a destination self-describing. */
export const MANIFEST = z.object({
  schema: z.literal(1),
  object: z.string(),
  app: z.object({ key: z.string(), name: z.string(), slug: z.string() }),
  run_id: z.string(),
  created_at: z.iso.datetime(),
  size_bytes: z.number().int().nonnegative(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  format: z.string(),
  proof: z.object({
    declared: z.object({
      size_bytes: z.number().optional(),
      sha256: z.string().optional(),
      sha256_from: z.enum(['header', 'trailer']).optional(),
    }),
    level: z.enum(['size', 'hash', 'read-back']),
    reported: z.object({ name: z.string(), value: z.string() }).nullable(),
    read_back: z.boolean(),
  }),
  agent_version: z.string(),
});

export type Manifest = z.infer<typeof MANIFEST>;

export interface ManifestApp {
  key: string;
  name: string;
  slug: string;
}

export function manifestFor(backup: FreshBackup, app: ManifestApp, agentVersion: string): Manifest {
  const { declared, destination } = backup.proof;
  return {
    schema: 1,
    object: backup.objectKey.split('/').at(-1) ?? backup.objectKey,
    app,
    run_id: backup.runId,
    created_at: backup.createdAt.toISOString(),
    size_bytes: backup.sizeBytes,
    sha256: backup.sha256,
    format: backup.format,
    proof: {
      declared: {
        ...(declared.sizeBytes === undefined ? {} : { size_bytes: declared.sizeBytes }),
        ...(declared.sha256 === undefined ? {} : { sha256: declared.sha256 }),
        ...(declared.sha256From === undefined ? {} : { sha256_from: declared.sha256From }),
      },
      level: destination.level,
      reported: destination.reported,
      read_back: destination.readBack,
    },
    agent_version: agentVersion,
  };
}

export function printManifest(manifest: Manifest): Buffer {
  return Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`);
}
