import { execFileSync } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { backUp, startAgent } from '../bed/agent.js';
import type { Agent } from '../bed/agent.js';
import { atEnd, leave } from '../bed/cleanup.js';
import { startExportApp } from '../bed/export-app/server.mjs';
import type { ExportApp } from '../bed/export-app/server.mjs';
import { DriveStandIn } from '../bed/stand-ins/drive.js';
import { sshd, webdav } from '../bed/stand-ins/file-servers.js';
import type { FileServer } from '../bed/stand-ins/file-servers.js';
import { freePort } from '../bed/stand-ins/ports.js';
import { S3StandIn } from '../bed/stand-ins/s3.js';
import { TOKEN } from '../faults/harness.js';
import { press, signedIn, startBrowser } from './browser.js';
import { SHOTS, fits, look, looksAlike } from './look.js';

const PASSWORD = 'canary-password-of-storage';
const SECRET = 'canary-client-secret';
const KEYS = { accessKey: 'an-access-key', secretKey: 'canary-secret-key-of-s3' };

/** Pages that have something of their own; the others are made of the same parts. */
const DIFFERENT = new Set([
  'destinations',
  'destination',
  'destination-kinds',
  'destination-new-drive',
  'destination-refused',
  'destination-place',
  'destination-question',
]);

/** Every kind is set up as a person does it, against a real server or its stand-in, and ends with one verified backup. */
describe('destinations in the browser', () => {
  const user = `bo-${randomBytes(4).toString('hex')}`;
  let agent: Agent;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let app: ExportApp;
  let drive: DriveStandIn;
  let s3: S3StandIn;
  let ssh: FileServer;
  let dav: FileServer;
  let disks: string;

  beforeAll(async () => {
    execFileSync('useradd', ['--no-create-home', '--shell', '/bin/sh', user]);
    atEnd(() => void execFileSync('userdel', [user]));
    execFileSync('chpasswd', { input: `${user}:${PASSWORD}\n` });
    disks = mkdtempSync(join(tmpdir(), 'bo-disks-'));
    atEnd(() => rmSync(disks, { recursive: true, force: true }));
    [drive, s3, ssh, dav] = await Promise.all([
      DriveStandIn.start(),
      S3StandIn.start(KEYS),
      sshd([`Match User ${user}`, 'PasswordAuthentication yes', 'Match all']),
      webdav({ user: 'ana', pass: PASSWORD }),
    ]);
    for (const server of [drive, s3, ssh, dav]) atEnd(() => server.stop());
    chmodSync(join(ssh.root, 'files'), 0o777);
    s3.buckets.add('vault');
    app = await startExportApp({ token: TOKEN, format: 'tar' });
    atEnd(() => app.close());
    agent = await startAgent({
      ...drive.environment,
      RCLONE_REMOTE: 'gdrive',
      LOCAL_DIRECTORIES_ROOT: disks,
      RETRY_DELAYS_S: 'none',
    });
    browser = await startBrowser();
    context = await signedIn(browser, agent, { locale: 'en' });
    page = await context.newPage();
    if (SHOTS !== undefined) mkdirSync(SHOTS, { recursive: true });
  }, 120_000);
  afterAll(leave, 60_000);

  async function fill(fields: Readonly<Record<string, string>>, on = page): Promise<void> {
    for (const [name, value] of Object.entries(fields)) {
      const field = on.locator(`.sheet [name=${name}]`);
      if ((await on.locator(`.sheet select[name=${name}]`).count()) > 0) await field.selectOption(value);
      else if ((await field.getAttribute('type')) === 'checkbox') await field.setChecked(value === 'true');
      else await field.fill(value);
    }
  }
  const submit = async (on = page): Promise<void> => press(on.locator('.sheet button[type=submit]'));
  const rcloneConf = (): string => {
    const file = join(agent.dataDir, 'rclone.conf');
    return existsSync(file) ? readFileSync(file, 'utf8') : '';
  };
  const names = async (): Promise<string[]> =>
    (await agent.api('GET', '/api/destinations')).body.items.map((one: { name: string }) => one.name).sort();

  async function isGood(name: string, on = page): Promise<void> {
    if (new URL(on.url()).pathname !== `/destinations/${name}`)
      throw new Error(`${on.url()} says: ${(await on.innerText('main')).slice(0, 1500)}`);
    expect(await on.textContent('header.title .badge')).toBe('OK');
    expect(await on.content()).not.toMatch(/canary|refresh-token/);
  }

  /** One verified backup ends every way of setting up. */
  async function oneBackup(name: string): Promise<void> {
    const { body } = await agent.api('POST', '/api/apps', {
      name: `app ${name}`, url: app.url, token: TOKEN, retention: { daily: 7 },
    }); // prettier-ignore
    await agent.api('PUT', `/api/apps/${body.id}/overrides`, { destinations: name });
    const job = await backUp(agent, body.id);
    expect({ name, outcome: job.outcome, error: job.error }).toEqual({
      name,
      outcome: 'succeeded',
      error: null,
    });
    const { items } = (await agent.api('GET', `/api/apps/${body.id}/backups`)).body;
    expect(items).toMatchObject([{ destination: name, state: 'verified' }]);
  }

  it('Google Drive, my own account: the command to copy, the pasted token, one verified backup', async () => {
    await page.goto('/destinations');
    await press(page.locator('text=Add a destination'));
    await press(page.locator('text=Google Drive: my own account'));
    expect(await page.textContent('main')).toMatch(/client id and secret of your own are required/i);
    expect(await page.textContent('main')).toMatch(/7 days/);
    await fill({ name: 'gdrive', client_id: 'an-id.apps.googleusercontent.com', client_secret: SECRET });
    expect(await page.textContent('.todo pre')).toBe(
      'rclone authorize "drive" "an-id.apps.googleusercontent.com" "YOUR_CLIENT_SECRET"',
    );
    await submit();
    expect(await page.textContent('[role=alert]')).toContain('Token');
    const printed = `Paste the following into your remote machine --->\n${drive.token()}\n<---End paste`;
    expect(await page.inputValue('[name=client_secret]')).toBe('');
    expect(await page.inputValue('[name=client_id]')).toBe('an-id.apps.googleusercontent.com');
    await fill({ client_secret: SECRET, token: printed });
    await submit();
    await isGood('gdrive');
    expect(await page.textContent('main')).toContain('free of');
    await oneBackup('gdrive');
  }, 60_000);

  it('Google Drive by the key of a service account, without client and token', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const account = {
      type: 'service_account',
      client_email: 'agent@project.iam.gserviceaccount.com',
      private_key_id: 'an-id',
      private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
      token_uri: 'https://oauth2.googleapis.com/token',
    };
    await page.goto('/destinations/new/drive');
    await page.click('summary:has-text("More options")');
    await fill({
      name: 'robot',
      folder: 'Robot',
      service_account_credentials: JSON.stringify(account, null, 2),
    });
    await submit();
    await isGood('robot');
    expect(await page.content()).not.toContain('PRIVATE KEY');
    await oneBackup('robot');
  }, 60_000);

  it('Google Drive, account of the orchestrator: the folder is shared with one person, its link is shown', async () => {
    await page.goto('/destinations/new');
    await press(page.locator('text=account provided by the orchestrator'));
    await fill({ name: 'ana', email: 'ana', folder: 'People/ana' });
    await submit();
    expect(await page.locator('[name=email]').getAttribute('aria-invalid')).toBe('true');
    expect(await page.inputValue('[name=folder]')).toBe('People/ana');
    await fill({ email: 'ana@example.org' });
    await submit();
    const folder = drive.files.at('Backups/People/ana') ?? drive.files.at('People/ana');
    expect(folder?.permissions).toMatchObject([
      { type: 'user', role: 'reader', emailAddress: 'ana@example.org' },
    ]);
    expect(await page.getAttribute('main a[href^="https://drive.google.com/"]', 'href')).toContain(
      folder?.id,
    );
    await look(page, 'destination-shared');
    await press(page.locator('text=Go to the destination'));
    await isGood('ana');
    await oneBackup('ana');
  }, 60_000);

  /** As far as the form in which one says how to sign in. */
  async function toSignIn(on = page): Promise<void> {
    await on.goto('/destinations/new/sftp');
    await fill({ host: '127.0.0.1', port: String(ssh.port) }, on);
    await submit(on);
  }

  it('SFTP by password: a wrong one is told and changes nothing; then browsed, a folder made, saved', async () => {
    const before = [await names(), rcloneConf()];
    await toSignIn();
    const shown = execFileSync('ssh-keygen', ['-lf', join(ssh.root, 'host.pub')], { encoding: 'utf8' });
    expect(await page.textContent('section[aria-labelledby=fingerprints]')).toContain(shown.split(' ')[1]);
    await fill({ user, pass: PASSWORD });
    await submit();
    expect(await page.textContent('[role=alert]')).toContain('fingerprint');
    await fill({ accept: 'true', pass: 'canary-wrong' });
    await submit();
    expect(await page.textContent('[role=alert]')).toContain('refused our credentials');
    expect(await page.locator('[name=pass]').getAttribute('aria-invalid')).toBe('true');
    expect(await page.content()).not.toContain('canary');
    expect([await names(), rcloneConf()]).toEqual(before);
    mkdirSync(join(ssh.root, 'files/copies'));
    await fill({ pass: PASSWORD });
    await submit();
    expect(await page.textContent('h1')).toBe('Name and folder');
    const open = (part: string): Promise<void> =>
      press(page.locator('.browser a', { hasText: new RegExp(`^${part}$`) }));
    for (const part of ['/', ssh.root.split('/')[1] ?? '']) await open(part);
    expect(await page.inputValue('[name=folder]')).toBe(`/${ssh.root.split('/')[1]}`);
    // A folder for temporary files may hold more than the page lists.
    await page.goto(page.url().replace(/\?.*/, `?at=${encodeURIComponent(ssh.root)}`));
    for (const part of ['files', 'copies']) await open(part);
    expect(await page.inputValue('[name=folder]')).toBe(join(ssh.root, 'files/copies'));
    await fill({ name: 'nas', folder: join(ssh.root, 'files/copies/agent') });
    await submit();
    expect(await page.textContent('[role=alert]')).toContain('may not write');
    expect(await page.locator('[name=folder]').getAttribute('aria-invalid')).toBe('true');
    chmodSync(join(ssh.root, 'files/copies'), 0o777);
    await submit();
    await isGood('nas');
    expect(readdirSync(join(ssh.root, 'files/copies'))).toEqual(['agent']);
    expect(await page.textContent('main')).toContain(shown.split(' ')[1]);
    await oneBackup('nas');
  }, 90_000);

  it('SFTP by a pasted key', async () => {
    await toSignIn();
    const key_pem = readFileSync(join(ssh.root, 'client'), 'utf8');
    await fill({ accept: 'true', user: userInfo().username, key_pem });
    await submit();
    await fill({ name: 'nas-key', folder: join(ssh.root, 'files/by-key') });
    await submit();
    await isGood('nas-key');
    expect(await page.content()).not.toContain('PRIVATE KEY');
    await oneBackup('nas-key');
  }, 60_000);

  it('a folder of this machine, not above the allowed ones', async () => {
    await page.goto('/destinations/new/local');
    await fill({ name: 'usb', root: disks, folder: '../outside' });
    await submit();
    expect(await page.locator('[name=folder]').getAttribute('aria-invalid')).toBe('true');
    expect(readdirSync(disks)).toEqual([]);
    await fill({ folder: 'usb/copies' });
    await submit();
    await isGood('usb');
    await oneBackup('usb');
  }, 60_000);

  it('S3 and compatible: wrong keys are told at their field, the right ones are saved', async () => {
    await page.goto('/destinations/new/s3');
    const form = {
      name: 'vault', provider: 'Other', endpoint: s3.endpoint, access_key_id: KEYS.accessKey,
      secret_access_key: 'canary-wrong', bucket: 'vault', folder: 'agent', chunk_size: '16Mi',
    }; // prettier-ignore
    await fill(form);
    await submit();
    expect(await page.locator('[name=secret_access_key]').getAttribute('aria-invalid')).toBe('true');
    expect(await page.inputValue('[name=chunk_size]')).toBe('16Mi');
    await fill({ secret_access_key: KEYS.secretKey });
    await submit();
    await isGood('vault');
    await oneBackup('vault');
  }, 60_000);

  it('WebDAV by password; an address where nothing answers is told at its field', async () => {
    await page.goto('/destinations/new/webdav');
    const url = `http://127.0.0.1:${dav.port}`;
    const nobody = `http://127.0.0.1:${await freePort()}`;
    await fill({ name: 'cloud', vendor: 'other', url: nobody, user: 'ana', pass: PASSWORD, folder: 'agent' });
    await submit();
    expect(await page.textContent('[role=alert]')).toContain('cannot be reached');
    expect(await page.locator('[name=url]').getAttribute('aria-invalid')).toBe('true');
    expect(await names()).not.toContain('cloud');
    await fill({ url, pass: PASSWORD });
    await submit();
    await isGood('cloud');
    await oneBackup('cloud');
  }, 90_000);

  it('any other storage, by the questions of rclone', async () => {
    await page.goto('/destinations/new/other');
    await fill({ type: 'webdav' });
    await submit();
    const answers: Record<string, string> = {
      url: `http://127.0.0.1:${dav.port}`, vendor: 'other', user: 'ana', pass: PASSWORD,
    }; // prettier-ignore
    for (let asked = 0; asked < 30 && page.url().includes('/draft/'); asked += 1) {
      if ((await page.textContent('h1')) === 'Name and folder') break;
      const name = (await page.textContent('label[for=f-answer] code')) ?? '';
      if (answers[name] !== undefined) await fill({ answer: answers[name] });
      await submit();
      expect(await page.content()).not.toContain('canary');
    }
    await fill({ name: 'generic', folder: 'generic' });
    await submit();
    await isGood('generic');
    await oneBackup('generic');
  }, 60_000);

  it('encrypted: the password is shown once and comes as a file that opens it without the agent', async () => {
    await page.goto('/destinations/new/local');
    await fill({ name: 'sealed', root: disks, folder: 'sealed', encrypt: 'true' });
    await submit();
    expect(await page.textContent('[role=alert]')).toContain('nothing can be restored');
    await look(page, 'destination-key');
    const password = (await page.textContent('#key-password')) ?? '';
    expect(password.length).toBeGreaterThan(30);
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.click('text=Download the recovery file'),
    ]);
    const file = readFileSync(await download.path(), 'utf8');
    expect(file).toContain(password);
    await press(page.locator('text=I have kept it'));
    expect(await page.content()).not.toContain(password);
    await isGood('sealed');
    await oneBackup('sealed');
    expect(agent.log()).not.toContain(password);
    for (const name of readdirSync(join(disks, 'sealed'), { recursive: true }))
      expect(String(name)).not.toContain('app');
  }, 60_000);

  it('a server with another key is told as such; its new fingerprint is shown and accepted, and it works again', async () => {
    const before = rcloneConf();
    await ssh.halt();
    for (const name of ['host', 'host.pub']) rmSync(join(ssh.root, name));
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(ssh.root, 'host')]);
    await ssh.again();
    await page.goto('/destinations/nas/edit');
    await submit();
    expect(await page.textContent('[role=alert]')).toContain('does not show the fingerprint');
    expect(rcloneConf()).toBe(before);
    await page.goto('/destinations');
    await press(page.locator('button:has-text("Check now nas-key")'));
    expect(await page.textContent('header.title .badge')).toBe('Another host key');
    await press(page.locator('header.title >> text=Authorise again'));
    const shown = execFileSync('ssh-keygen', ['-lf', join(ssh.root, 'host.pub')], { encoding: 'utf8' });
    expect(await page.textContent('section[aria-labelledby=fingerprints]')).toContain(shown.split(' ')[1]);
    await submit();
    expect(await page.locator('[name=accept]').getAttribute('aria-invalid')).toBe('true');
    await fill({ accept: 'true' });
    await submit();
    await isGood('nas-key');
    await ssh.halt();
    await page.goto('/destinations/new/sftp');
    await fill({ host: '127.0.0.1', port: String(ssh.port) });
    await submit();
    expect(await page.textContent('[role=alert]')).toContain('cannot be reached');
    expect(await page.locator('[name=host]').getAttribute('aria-invalid')).toBe('true');
    await ssh.again();
  }, 90_000);

  it('a withdrawn authorisation asks for a person; a new token mends it, an old one changes nothing', async () => {
    const revoked = {
      on: /^POST \/token/,
      times: 1000,
      status: 400,
      reason: 'invalid_grant',
      message: 'Token has been expired or revoked.',
    };
    drive.faults.push(revoked);
    const before = rcloneConf();
    await page.goto('/destinations/gdrive/authorise');
    await fill({ token: drive.token('2020-01-01T00:00:00Z') });
    await submit();
    expect(await page.textContent('[role=alert]')).toContain('expired or was withdrawn');
    expect(await page.locator('[name=token]').getAttribute('aria-invalid')).toBe('true');
    expect(rcloneConf()).toBe(before);
    drive.tokens.clear();
    await page.goto('/destinations/gdrive');
    await press(page.locator('text=Check now'));
    expect(await page.textContent('header.title .badge')).toBe('Needs re-authorisation');
    await page.goto('/destinations');
    const [first] = await page.locator('.card h2').allTextContents();
    expect(first).toContain('gdrive');
    revoked.times = 0;
    drive.tokens.add('a-valid-access-token');
    await press(page.locator('.card', { hasText: 'gdrive' }).first().locator('text=Authorise again'));
    expect(await page.textContent('.todo pre')).toContain(
      'rclone authorize "drive" "an-id.apps.googleusercontent.com"',
    );
    await fill({ token: drive.token() });
    await submit();
    await isGood('gdrive');
  }, 90_000);

  it('is edited, renamed with its app, and removed only by its typed name with what lies there', async () => {
    await page.goto('/destinations/usb/edit');
    await fill({ path: '/etc' });
    await submit();
    expect(await page.locator('[name=path]').getAttribute('aria-invalid')).toBe('true');
    await page.goto('/destinations/usb/manage/rename');
    await fill({ to: 'nas' });
    await submit();
    expect(await page.textContent('[role=alert]')).toContain('of that name already');
    await fill({ to: 'disk' });
    await submit();
    expect(new URL(page.url()).pathname).toBe('/destinations/disk');
    expect(await page.textContent('main')).toContain('app usb');
    await press(page.locator('text=Remove'));
    expect(await page.textContent('main')).toContain('These apps still use it: app usb');
    await submit();
    expect(await page.textContent('[role=alert]')).toContain('Apps still use');
    await fill({ reassign_to: 'nas', data: 'delete', delete_data: 'something' });
    await submit();
    expect(await page.locator('[name=delete_data]').getAttribute('aria-invalid')).toBe('true');
    const files = (): string[] => readdirSync(join(disks, 'usb/copies'), { recursive: true }).map(String);
    expect(files().filter((file) => file.endsWith('.tar'))).toHaveLength(1);
    await fill({ delete_data: 'disk' });
    await submit();
    expect(await page.textContent('.flash')).toContain('Deleted');
    expect(await names()).not.toContain('disk');
    expect(files().filter((file) => file.endsWith('.tar'))).toEqual([]);
  }, 60_000);

  it('a full disk and a full account are told as such, and nothing of the trial stays', async () => {
    const before = [await names(), rcloneConf()];
    const disk = join(disks, 'tiny');
    mkdirSync(disk);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', disk]);
    try {
      writeFileSync(join(disk, 'filler'), '');
      try {
        writeFileSync(join(disk, 'filler'), randomBytes(128 * 1024));
      } catch {
        // Until nothing more fits.
      }
      await page.goto('/destinations/new/local');
      await fill({ name: 'tiny', root: disks, folder: 'tiny' });
      await submit();
      expect(await page.textContent('[role=alert]')).toContain('The destination is full');
      expect(readdirSync(disk)).toEqual(['filler']);
    } finally {
      execFileSync('umount', ['-l', disk]);
    }
    const full = {
      on: /^(POST|PUT) \/upload/,
      times: 1000,
      status: 403,
      reason: 'storageQuotaExceeded',
      message: "The user's Drive storage quota has been exceeded.",
    };
    drive.faults.push(full);
    await page.goto('/destinations/new/drive');
    await fill({
      name: 'full',
      client_id: 'an-id',
      client_secret: SECRET,
      token: drive.token(),
      folder: 'Full',
    });
    await submit();
    full.times = 0;
    expect(await page.textContent('[role=alert]')).toContain('The destination is full');
    expect(drive.files.at('Full')).toBeNull();
    expect([await names(), rcloneConf()]).toEqual(before);
  }, 60_000);

  it('an alias is edited too, and its account is authorised again where it is', async () => {
    await page.goto('/destinations/ana/edit');
    await fill({ folder: 'below' });
    await submit();
    await isGood('ana');
    expect(await page.textContent('main')).toContain('People/ana/below');
    await press(page.locator('text=Authorise again'));
    expect(new URL(page.url()).pathname).toBe('/destinations/gdrive/authorise');
  }, 30_000);

  it('a remote made by hand is adopted', async () => {
    execFileSync(
      'rclone',
      [
        'config',
        'create',
        'by-hand',
        'alias',
        `remote=${disks}`,
        '--config',
        join(agent.dataDir, 'rclone.conf'),
      ],
      { stdio: 'ignore' },
    );
    await page.goto('/destinations');
    await press(page.locator('button:has-text("Adopt by-hand")'));
    expect(await page.textContent('.flash')).toContain('Adopted');
    await isGood('by-hand');
  }, 30_000);

  it('works without JavaScript: SFTP from the first page to a verified backup, then renamed and removed', async () => {
    const plain = await signedIn(browser, agent, { javaScriptEnabled: false, locale: 'en' });
    const on = await plain.newPage();
    await on.goto('/destinations');
    await press(on.locator('text=Add a destination'));
    await press(on.locator('text=SFTP: a server or NAS'));
    await fill({ host: '127.0.0.1', port: String(ssh.port) }, on);
    await submit(on);
    await fill({ accept: 'true', user, pass: PASSWORD }, on);
    await submit(on);
    await fill({ name: 'plain', folder: join(ssh.root, 'files/plain') }, on);
    await submit(on);
    await isGood('plain', on);
    await oneBackup('plain');
    await on.reload();
    await press(on.locator('text=Rename'));
    await fill({ to: 'plainer' }, on);
    await submit(on);
    expect(await on.textContent('.flash')).toContain('Renamed');
    await press(on.locator('text=Remove'));
    await fill({ reassign_to: 'gdrive' }, on);
    await submit(on);
    expect(await on.textContent('.flash')).toContain('Forgotten');
    await plain.close();
  }, 60_000);

  it('no secret that was typed is in the log, in the database or in an argument of a program', () => {
    const texts = readdirSync(agent.dataDir)
      .filter((name) => /sqlite|\.db/.test(name))
      .map((name) => readFileSync(join(agent.dataDir, name), 'latin1'));
    expect(texts.length).toBeGreaterThan(0);
    const programs = readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(argumentsOf)
      .filter((line) => line.includes(agent.dataDir));
    expect(programs.join('\n')).toContain('rclone');
    for (const text of [...texts, agent.log(), programs.join('\n')])
      expect(/canary-(?:password|client|secret|wrong)|a-refresh-token/.exec(text)?.[0]).toBeUndefined();
  });

  /** Whole and accessible in one view and language, fitting in the other ones. */
  it.each([
    ['en', 'light', 1280, 'dark'],
    ['es', 'dark', 360, 'light'],
  ] as const)(
    'pages are whole, accessible and fit, in %s',
    async (locale, colorScheme, width, otherScheme) => {
      const own = await signedIn(browser, agent, {
        locale,
        colorScheme,
        // Else axe looks while the colours still change.
        reducedMotion: 'reduce',
        viewport: { width, height: 900 },
      });
      const on = await own.newPage();
      const errors: string[] = [];
      on.on('pageerror', (error) => errors.push(error.message));
      const see = async (name: string): Promise<void> => {
        if (locale === 'en' || DIFFERENT.has(name)) await look(on, `${name}-${locale}-${String(width)}`);
        else await fits(on, name);
        await on.emulateMedia({ colorScheme: otherScheme });
        if (DIFFERENT.has(name)) await looksAlike(on, name);
        await on.setViewportSize({ width: width === 360 ? 1280 : 360, height: 900 });
        await fits(on, name);
        await on.setViewportSize({ width, height: 900 });
        await on.emulateMedia({ colorScheme });
      };
      const kinds = [
        'shared',
        'drive',
        'sftp',
        'local',
        's3',
        'webdav',
        'onedrive',
        'dropbox',
        'b2',
        'other',
      ];
      const paths: Record<string, string> = {
        destinations: '/destinations',
        destination: '/destinations/nas',
        'destination-kinds': '/destinations/new',
        ...Object.fromEntries(kinds.map((kind) => [`destination-new-${kind}`, `/destinations/new/${kind}`])),
        'destination-edit': '/destinations/vault/edit',
        'destination-authorise': '/destinations/gdrive/authorise',
        'destination-rename': '/destinations/nas/manage/rename',
        'destination-encrypt': '/destinations/nas/manage/encrypt',
        'destination-remove': '/destinations/nas/manage/remove',
      };
      for (const [name, path] of Object.entries(paths)) {
        await on.goto(path);
        expect(await on.getAttribute('html', 'lang')).toBe(locale);
        await see(name);
      }
      await toSignIn(on);
      await see('destination-fingerprint');
      await fill({ accept: 'true', user: userInfo().username, key_pem: 'not a key' }, on);
      await submit(on);
      await see('destination-refused');
      await fill({ accept: 'true', key_pem: readFileSync(join(ssh.root, 'client'), 'utf8') }, on);
      await submit(on);
      await see('destination-place');
      await press(on.locator('form[action$="/cancel"] button'));
      await on.goto('/destinations/new/other');
      await fill({ type: 'webdav' }, on);
      await submit(on);
      await see('destination-question');
      expect(errors).toEqual([]);
      await own.close();
    },
    180_000,
  );
});

/** Programs end while one looks. */
function argumentsOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}
