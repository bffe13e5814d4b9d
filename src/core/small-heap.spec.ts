import { describe, expect, it } from '@jest/globals';
import { atFullSpeed } from './small-heap.js';

describe('work at full speed', () => {
  it('ends as the work ends', async () => {
    await expect(atFullSpeed(() => Promise.resolve(7))).resolves.toBe(7);
    await expect(atFullSpeed(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
  });
});
