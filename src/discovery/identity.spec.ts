import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { composed } from '../../test/builders/a-container.js';
import { identityOf } from './identity.js';

const swarm = (service: string, task: string): Record<string, string> => ({
  'com.docker.swarm.service.name': service,
  'com.docker.swarm.task.name': task,
});

describe('identity', () => {
  it('12: is project and service of compose, so that one service of two projects is two', () => {
    expect(identityOf(composed('shop', 'db', 2), 'shop_db_2')).toEqual({
      base: 'compose:shop/db', project: 'shop', service: 'db', number: 2, oneOff: false,
    }); // prettier-ignore
    expect(identityOf(composed('blog', 'db'), 'x').base).not.toBe(
      identityOf(composed('shop', 'db'), 'x').base,
    );
  });

  it('34: is the service of a swarm, whatever the task is called', () => {
    const first = identityOf(swarm('stack_web', 'stack_web.3.abcdef123'), 'stack_web.3.abcdef123');
    const updated = identityOf(swarm('stack_web', 'stack_web.3.zzz999'), 'stack_web.3.zzz999');
    expect(first).toMatchObject({ base: 'swarm:stack_web', service: 'stack_web', number: 3 });
    expect(updated).toEqual(first);
    const stack = { ...swarm('stack_web', 'stack_web.1.a'), 'com.docker.stack.namespace': 'stack' };
    expect(identityOf(stack, 'x')).toMatchObject({ project: 'stack', service: 'web' });
  });

  it('10: is the name otherwise, without what a recreation puts before it', () => {
    expect(identityOf({}, 'blog')).toMatchObject({ base: 'name:blog', project: null, service: null });
    expect(identityOf({}, '0123456789ab_blog').base).toBe('name:blog');
  });

  it('14: tells a one-off of `compose run`', () => {
    expect(identityOf({ ...composed('a', 'b'), 'com.docker.compose.oneoff': 'True' }, 'x').oneOff).toBe(true);
    expect(identityOf({ ...composed('a', 'b'), 'com.docker.compose.oneoff': 'False' }, 'x').oneOff).toBe(
      false,
    );
  });

  it('does not take what compose would never write', () => {
    for (const odd of ['a/b', '', ' ', '../x', 'a\nb', 'x'.repeat(200)])
      expect(identityOf(composed(odd, 'web'), 'name').base).toBe('name:name');
    for (const number of ['0', '-1', '1e9', 'x', '99999999'])
      expect(
        identityOf({ ...composed('a', 'b'), 'com.docker.compose.container-number': number }, 'x').number,
      ).toBe(1);
  });

  it('is the same text for the same parts only', () => {
    const part = fc.string({ unit: 'binary', maxLength: 8 });
    fc.assert(
      fc.property(part, part, part, part, (p1, s1, p2, s2) => {
        const [a, b] = [identityOf(composed(p1, s1), 'n'), identityOf(composed(p2, s2), 'n')];
        return a.base !== b.base || a.base === 'name:n' || (p1 === p2 && s1 === s2);
      }),
    );
  });
});
