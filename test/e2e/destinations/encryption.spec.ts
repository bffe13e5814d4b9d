import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { leave } from '../../bed/cleanup.js';
import { filesBelow } from '../../faults/files.js';
import { startRest } from './rest-bed.js';

describe('an encrypted destination', () => {
  afterAll(leave, 60_000);

  it('shows its keys once, keeps names and contents unreadable at the storage, and restores by download', async () => {
    const bed = await startRest();
    const made = await bed.ask('CreatedDestination', 201, 'POST', '/api/destinations', { ...bed.local('safe'), encrypt: true });
    expect(made.destination).toMatchObject({ name: 'safe', type: 'crypt', state: 'ok', secrets_set: ['password', 'password2'] });
    const { password, salt, escrow } = made.encryption!;
    expect([password.length, salt.length]).toEqual([32, 32]);
    expect(escrow).toContain(password);
    const app = await bed.app('wiki', 'safe');
    const job = await bed.backUp(app);
    expect(job).toMatchObject({ outcome: 'succeeded', backups: [{ destination: 'safe', proof: { read_back: true } }] });

    // At the storage: no name, no byte of what was sent.
    const plain = await bed.agent.api('GET', `/api/backups/${job.backups[0].id}/download`);
    const stored = filesBelow(join(bed.disks, 'safe', 'encrypted'));
    expect(stored.length).toBeGreaterThanOrEqual(4);
    expect(filesBelow(join(bed.disks, 'safe')).join()).not.toMatch(/wiki|dump|manifest/);
    for (const name of stored) expect(readFileSync(join(bed.disks, 'safe', 'encrypted', name)).subarray(0, 8).toString('latin1')).toBe('RCLONE\0\0');
    expect(createHash('sha256').update(Buffer.from(await (await fetch(`${bed.agent.url}/api/backups/${job.backups[0].id}/download`, { headers: { authorization: `Bearer ${bed.agent.apiToken}` } })).arrayBuffer())).digest('hex')).toBe(job.sha256);
    expect(plain.status).toBe(200);

    // Nowhere again: not in an answer, the log, rclone.conf or the database.
    const answers = JSON.stringify([
      (await bed.agent.api('GET', '/api/destinations/safe')).body, (await bed.agent.api('GET', '/api/destinations/safe-base')).body, (await bed.agent.api('GET', '/api/destinations')).body,
    ]);
    const files = [bed.conf, ...filesBelow(bed.agent.dataDir).map((name) => join(bed.agent.dataDir, name))].map((path) => readFileSync(path, 'latin1'));
    for (const text of [answers, bed.agent.log(), ...files]) for (const key of [password, salt]) expect(text.includes(key)).toBe(false);
    expect((await bed.ask('Error', 409, 'DELETE', '/api/destinations/safe-base?keep_data=true')).error).toMatchObject({ code: 'in-use', message: expect.stringContaining('safe') });
  }, 60_000); // prettier-ignore

  it('lies over a destination that is there, too; what fails leaves neither of the two', async () => {
    const bed = await startRest();
    await bed.ask('CreatedDestination', 201, 'POST', '/api/destinations', bed.local('open'));
    const made = await bed.ask('CreatedDestination', 201, 'POST', '/api/destinations', {
      name: 'closed', type: 'crypt', over: { destination: 'open', folder: 'secret' }, encrypt: true,
    });
    expect(made.encryption).not.toBeNull();
    const job = await bed.backUp(await bed.app('wiki', 'closed'));
    expect(job.outcome).toBe('succeeded');
    expect(filesBelow(join(bed.disks, 'open', 'secret')).length).toBeGreaterThanOrEqual(3);
    const names = (await bed.names()).sort();
    const failed = await bed.ask('Error', 409, 'POST', '/api/destinations', { ...bed.local('open'), encrypt: true });
    expect(failed.error.code).toBe('name-taken');
    await bed.ask('Error', 400, 'POST', '/api/destinations', { name: 'x', type: 'local', options: { path: '/etc' }, encrypt: true });
    expect((await bed.names()).sort()).toEqual(names);
  }, 60_000); // prettier-ignore
});
