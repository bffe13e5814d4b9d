import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { Server } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { atEnd } from '../cleanup.js';

/** Below those that Linux hands out by itself: nobody's connection gets one of them before it is used, or while a server is away. */
const [FIRST, END] = [20_000, 32_768];

/** A port that nobody has, and that no other test gets before `leave()`. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(FIRST, END);
    const claim = await claimOf(port);
    if (claim === null) continue;
    if (await isFree(port)) {
      atEnd(() => void claim.close());
      return port;
    }
    claim.close();
  }
}

/** UDP counts its ports apart, and nothing here uses it: who holds the number there is seen by each process of the bed. */
async function claimOf(port: number): Promise<Socket | null> {
  const socket = createSocket('udp4').unref();
  try {
    socket.bind(port, '127.0.0.1');
    await once(socket, 'listening');
    return socket;
  } catch {
    socket.close();
    return null;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch {
    return false;
  }
  server.close();
  await once(server, 'close');
  return true;
}

export function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** Waits until something listens there. */
export async function answers(port: number): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    const socket = connect(port, '127.0.0.1');
    const ok = await new Promise((resolve) =>
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false)),
    );
    socket.destroy();
    if (ok === true) return;
    await pause(50);
  }
  throw new Error('the server does not come up');
}
