import { describe, expect, it } from '@jest/globals';
import { defaultSettings } from '../apps/default-settings.js';
import { effectiveSettings } from '../apps/effective-settings.js';
import { loadConfig } from '../config/load-config.js';
import { ScriptedDocker } from '../docker/scripted-docker.js';
import { AppCaller } from './app-caller.js';

const config = loadConfig({ APP_SECRET_KEY: 'k'.repeat(40), APP_ADMIN_PASS: 'a-long-enough-pass' });

/** A caller that knows where its container is. */
async function callerOf(name: string): Promise<AppCaller> {
  const docker = new ScriptedDocker();
  docker.put({
    id: 'c1', name, image: 'i', imageId: 'i', state: 'running', labels: {}, networkMode: 'backups_net',
    networks: { backups_net: '192.0.2.7' }, exposedPorts: [8080], aliases: [], health: 'none', createdAt: '',
  }); // prettier-ignore
  const settings = effectiveSettings(
    { tokenRef: 'none' },
    {},
    { ...defaultSettings(config), name },
    CEILINGS,
  );
  const source = { appId: '1', appName: name, containerId: 'c1', containerName: name, url: null, token: null, project: null, service: null, settings, pendingJob: null }; // prettier-ignore
  const caller = new AppCaller(source, docker, config, NO_SECRETS);
  await caller.call('GET', '/', AbortSignal.abort()).catch(() => undefined);
  return caller;
}
const NO_SECRETS = { maySend: async () => false, valueOf: async () => null };
const CEILINGS = { timeoutMs: 3_600_000, maxSizeBytes: 1024 };

describe('AppCaller', () => {
  // Names that Docker takes and that no URL can have are among them.
  it.each(['ghost', 'my_app', 'Ghost', 'db.15', 'web.0x1', '7'])(
    'takes an address on the app itself (%s), by path, by name or by IP',
    async (name) => {
      const caller = await callerOf(name);
      expect(caller.pathOf('/backup/jobs/1?a=b', 'status_url')).toBe('/backup/jobs/1?a=b');
      expect(caller.pathOf('http://192.0.2.7:8080/j', 'status_url')).toBe('/j');
    },
  );

  it.each([
    'http://192.0.2.8:8080/j', 'http://192.0.2.7/j', 'https://192.0.2.7:8080/j', '//192.0.2.8:8080/j', 'http://ghost.evil:8080/j',
    'http://a@192.0.2.7:8080/j', '/\\evil/j', 'http:\\\\evil\\j', '/a\nb', 'file:///etc/passwd', 'http://', 'http://[::1/j',
  ])('refuses %j', async (url) => {
    const caller = await callerOf('ghost');
    expect(() => caller.pathOf(url, 'status_url')).toThrow(expect.objectContaining({ code: 'contract-invalid' }));
  }); // prettier-ignore
});
