import { describe, expect, it } from '@jest/globals';
import { adviceFor, connectionOptions } from './docker-host.js';

describe('where the engine is', () => {
  it.each([
    ['unix:///var/run/docker.sock', { host: undefined, socketPath: '/var/run/docker.sock' }],
    ['tcp://proxy:2375', { protocol: 'http', host: 'proxy', port: 2375 }],
    ['tcp://proxy', { protocol: 'http', host: 'proxy', port: 2375 }],
    ['tcp://[fd00::1]:99', { protocol: 'http', host: 'fd00::1', port: 99 }],
  ])('%s', (given, expected) => {
    expect(connectionOptions(given, null)).toEqual(expected);
  });

  it('a socket leaves no room for a host from the environment', () => {
    expect(Object.keys(connectionOptions('unix:///x', null))).toContain('host');
  });
});

describe('advice', () => {
  const failed = (facts: object): Error => Object.assign(new Error('x'), facts);

  it.each([
    ['EACCES', 'group_add'],
    ['EPERM', 'group_add'],
    ['ENOENT', 'mount the socket'],
    ['ECONNREFUSED', 'nobody listens'],
  ])('%s', (code, expected) => {
    expect(adviceFor(failed({ code }), 'unix:///x')).toContain(expected);
  });

  it('a page of a proxy is shown without its tags', () => {
    const error = Object.assign(new Error('(HTTP code 403) <html><h1>Forbidden</h1></html>'), {
      statusCode: 403,
    });
    expect(adviceFor(error, 'tcp://p:1')).toContain('(HTTP code 403) Forbidden');
    expect(adviceFor(error, 'tcp://p:1')).not.toContain('<');
  });
});
