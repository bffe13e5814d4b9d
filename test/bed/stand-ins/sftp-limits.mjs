// Stands between an SSH server and OpenSSH's own sftp-server, and is as strict about packets as older or other servers.
// Arguments: `refuse` ends the connection at a packet over 34,000 bytes; `short` answers no read with more than 32 KiB.
import { spawn } from 'node:child_process';

const [how] = process.argv.slice(2);
const MOST_PACKET_BYTES = 34_000;
const MOST_READ_BYTES = 32 * 1024;
const READ = 5;

const server = spawn('/usr/lib/openssh/sftp-server', [], { stdio: ['pipe', 'inherit', 'inherit'] });
server.on('exit', () => process.exit());
let held = Buffer.alloc(0);
process.stdin.on('data', (chunk) => {
  held = Buffer.concat([held, chunk]);
  while (held.length >= 4) {
    const bytes = held.readUInt32BE(0);
    if (how === 'refuse' && bytes > MOST_PACKET_BYTES) process.exit(1);
    if (held.length < 4 + bytes) return;
    const packet = held.subarray(0, 4 + bytes);
    held = held.subarray(4 + bytes);
    // Its last four bytes say how much is wanted.
    if (how === 'short' && packet[4] === READ)
      packet.writeUInt32BE(
        Math.min(MOST_READ_BYTES, packet.readUInt32BE(packet.length - 4)),
        packet.length - 4,
      );
    server.stdin.write(packet);
  }
});
process.stdin.on('end', () => server.stdin.end());
