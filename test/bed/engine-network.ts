import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { onEnd } from './reaper.js';
import { run, until } from './shell.js';

/**
 * A network namespace for a private engine: its bridges, ports and packet rules can't meet those of an engine of the
 * user's. The host reaches every container by a route; the way out is one translated address range.
 */
export interface EngineNetwork {
  /** Put before a command to run it in the namespace. */
  enter: readonly string[];
  /** Where ports that containers publish are reached from the host. */
  address: string;
  /** How containers reach the host. */
  hostAddress: string;
  /** For the daemon. */
  bip: string;
  pool: { base: string; size: number };
  remove(): Promise<void>;
}

export async function makeEngineNetwork(): Promise<EngineNetwork> {
  const net = await freeRange();
  const id = `bo${randomBytes(3).toString('hex')}`;
  // Lives as long as its process: nothing is left in /run/netns.
  const holder = spawn('unshare', ['--net', 'sleep', 'infinity'], { stdio: 'ignore', detached: true });
  holder.unref();
  const pid = String(holder.pid ?? 0);
  const endHolder = await onEnd({ kill: Number(pid), graceMs: 500 });
  const ourNamespace = namespaceOf('self');
  await until('a network namespace', () => (namespaceOf(pid) === ourNamespace ? null : true), 5000, 10);
  const enter = ['nsenter', `--net=/proc/${pid}/ns/net`];

  const removeRules = await onEnd({ shell: [...rules(id, net, '-D')].join('; ') });
  const removeLink = await onEnd({ shell: `ip link del ${id}` });
  await run('sh', ['-c', [
    `ip link add ${id} type veth peer name uplink netns ${pid}`,
    `ip addr add ${net}.254.1/30 dev ${id}`,
    `ip link set ${id} up`,
    `${enter.join(' ')} sh -c 'ip link set lo up && ip addr add ${net}.254.2/30 dev uplink && ip link set uplink up && ip route add default via ${net}.254.1 && echo 1 > /proc/sys/net/ipv4/ip_forward'`,
    `ip route add ${net}.0.0/16 via ${net}.254.2`,
  ].join(' && ')]); // prettier-ignore
  // Only image builds need the way out; a host without packet filter can still run everything else.
  await openForwarding();
  await run('sh', ['-c', rules(id, net, '-I').join('; ')], { mayFail: true });
  return {
    enter,
    address: `${net}.254.2`,
    hostAddress: `${net}.254.1`,
    bip: `${net}.255.1/24`,
    pool: { base: `${net}.0.0/17`, size: 24 },
    remove: async () => {
      await removeLink();
      await removeRules();
      await endHolder();
    },
  };
}

function namespaceOf(pid: string): string {
  return readlinkSync(`/proc/${pid}/ns/net`);
}

function rules(id: string, net: string, what: '-I' | '-D'): string[] {
  return [
    `iptables -w -t nat ${what} POSTROUTING -s ${net}.0.0/16 ! -d ${net}.0.0/16 -j MASQUERADE`,
    `iptables -w ${what} FORWARD -i ${id} -j ACCEPT`,
    `iptables -w ${what} FORWARD -o ${id} -j ACCEPT`,
  ];
}

async function openForwarding(): Promise<void> {
  const path = '/proc/sys/net/ipv4/ip_forward';
  if (readFileSync(path, 'utf8').trim() === '1') return;
  await onEnd({ write: path, text: '0' });
  await run('sh', ['-c', `echo 1 > ${path}`], { mayFail: true });
}

/** @returns the first two bytes of a 10.x range that no route of this machine touches */
async function freeRange(): Promise<string> {
  const { stdout } = await run('ip', ['-4', 'route', 'show', 'table', 'all']);
  const free = Array.from({ length: 180 }, (_, index) => `10.${64 + index}`).filter(
    (net) => !stdout.includes(`${net}.`),
  );
  const chosen = free[Math.floor(Math.random() * free.length)];
  if (chosen === undefined) throw new Error('no free address range for a private Docker engine');
  return chosen;
}
