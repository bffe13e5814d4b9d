const RTL = '\u202egpj.exe';
const ESC = '\u001b[2J\u001b[31m';
const LONG = 'x'.repeat(5000);

/** Labels of containers whose author means harm or has slipped; each must be refused or corrected in words. */
export const HOSTILE: readonly Readonly<Record<string, string>>[] = [
  // Elsewhere than the container itself.
  ...[
    'http://169.254.169.254/latest/meta-data',
    'http://127.0.0.1:5550/',
    'http://localhost:5550/api',
    'http://[::1]:5550/',
    'http://2130706433/',
    'http://self@evil.example/',
    'http://evil.example/',
    '//evil.example/',
    'file:///etc/passwd',
    'gopher://self/',
    'http://user:canary-pass@self/',
    'http://self:99999/',
    'http://self/../../etc',
    'not a url',
  ].map((url) => ({ 'backup.url': url })),
  ...['//evil.example', '/a/../../b', '/%2e%2e/b', 'no-slash', '/a b', '/a?x=1', '/a#b', '\\evil', `/${LONG}`].map((path) => ({ 'backup.path': path })),
  ...['0', '-1', '65536', '80;id', '1e3', '0x50', 'NaN', '8080 8081'].map((port) => ({ 'backup.port': port })),
  ...['ftp', 'javascript', 'HTTP://'].map((scheme) => ({ 'backup.scheme': scheme })),
  // Someone else's network, secret or agent.
  { 'backup.network': 'host' },
  { 'backup.network': 'bridge' },
  { 'backup.network': '../backups_net' },
  { 'backup.token': 'canary-token' },
  { 'backup.password': 'canary-password' },
  { 'backup.token-ref': 'canary-the-token-itself' },
  { 'backup.token-ref': 'file:/etc/shadow' },
  { 'backup.token-ref': 'env:' },
  { 'backup.token-ref': 'env:A B' },
  // Places.
  ...['../../etc', 'local:../../etc', 'local:/../etc', ':local:/etc', 'local,:sftp,host=evil:', '-rf', 'a:b:c', ','].map((destinations) => ({ 'backup.destinations': destinations })),
  { 'backup.drive-folder-id': "'; DROP TABLE apps;--" },
  { 'backup.drive-folder-id': '../../x' },
  // Time and number.
  ...['* * * * * *', '61 * * * *', '* * 31 2 *', 'every 0m', 'every -5m', 'daily@25:00', '@reboot', '$(reboot)'].map((frequency) => ({ 'backup.frequency': frequency })),
  ...['Mars/Olympus', '../../etc/localtime', 'UTC\n'.repeat(3)].map((timezone) => ({ 'backup.timezone': timezone })),
  ...['daily=-1', 'daily=99999', 'min=0', 'all', 'daily=7;rm', 'daily=7,daily=8'].map((retention) => ({ 'backup.retention': retention })),
  ...['-1', 'forever', '99999999h'].map((timeout) => ({ 'backup.timeout': timeout })),
  ...['-1', '1e99gb', 'all'].map((size) => ({ 'backup.max-size': size })),
  // Names, and what pages and logs would make of them.
  { 'backup.id': '../../victim' },
  { 'backup.id': 'a/b' },
  { 'backup.id': LONG },
  { 'backup.id': '__proto__' },
  { 'backup.name': `${ESC}red`, 'backup.frequency': `${ESC}daily` },
  { 'backup.name': RTL, 'backup.frequency': RTL },
  { 'backup.name': '<img src=x onerror=alert(1)>', 'backup.frequency': '<img src=x onerror=alert(1)>' },
  { 'backup.name': 'a\n{"level":"error","message":"forged"}', 'backup.frequency': 'x\n{"level":"error"}' },
  { 'backup.__proto__': 'x', 'backup.constructor': 'y' },
  { 'backup.exec': 'touch /tmp/owned' },
  { 'backup.command': ';id', 'backup.pre-hook': '$(id)' },
  { [`backup.${'k'.repeat(2000)}`]: 'x' },
]; // prettier-ignore
