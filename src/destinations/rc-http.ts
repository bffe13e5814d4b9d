import { request } from 'node:http';
import type { Agent, ClientRequest, IncomingMessage, RequestOptions } from 'node:http';

/** Where the daemon listens, and what it wants to hear. */
export interface RcEndpoint {
  at: { socketPath: string } | { host: string; port: number };
  user: string;
  pass: string;
}

export interface RcAnswer {
  status: number;
  text: string;
}

/** Listings of a hundred thousand objects fit; what is larger is not an answer of ours. */
const ANSWER_MAX_BYTES = 256 * 1024 * 1024;

export function rcRequest(
  endpoint: RcEndpoint,
  path: string,
  options: RequestOptions & { agent: Agent | false },
): ClientRequest {
  return request({
    ...endpoint.at,
    method: 'POST',
    path,
    auth: `${endpoint.user}:${endpoint.pass}`,
    ...options,
  });
}

/** The whole answer. @throws what node:http throws when the daemon goes away */
export function answerOf(sent: ClientRequest): Promise<RcAnswer> {
  return new Promise((resolve, reject) => {
    // Not once: a second error of one request must not end the process.
    sent.on('error', reject);
    sent.once('close', () => reject(new Error('the connection to rclone closed without an answer')));
    sent.once('response', (response: IncomingMessage) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > ANSWER_MAX_BYTES)
          response.destroy(new Error('rclone answered with more than the agent reads'));
        else chunks.push(chunk);
      });
      response.on('error', reject);
      response.once('end', () =>
        resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }),
      );
    });
  });
}
