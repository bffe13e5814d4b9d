import { afterAll, expect, it } from '@jest/globals';
import { leave } from '../cleanup.js';
import { freePort } from './ports.js';

/** Drawn by chance alone, 14 of them would be there twice. */
const MANY = 600;

afterAll(leave);

it('a port is given once, and is none that a connection gets by itself', async () => {
  const ports = await Promise.all(Array.from({ length: MANY }, () => freePort()));
  expect(new Set(ports).size).toBe(MANY);
  expect(Math.max(...ports)).toBeLessThan(32_768);
});
