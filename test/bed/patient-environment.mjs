import { TestEnvironment } from 'jest-environment-node';
import { PATIENCE } from './patience.mjs';

/** Jest's own, with more time for each test and hook than stands there. */
export default class PatientEnvironment extends TestEnvironment {
  /** A hook runs before each test, and its limit must not grow each time. */
  seen = new WeakSet();

  /**
   * @param {{ name: string, test?: { timeout?: number }, hook?: { timeout?: number } }} event
   * @param {{ testTimeout: number }} state
   */
  handleTestEvent({ name, test, hook }, { testTimeout }) {
    const limited = name === 'test_fn_start' ? test : name === 'hook_start' ? hook : undefined;
    if (limited === undefined || this.seen.has(limited)) return;
    this.seen.add(limited);
    limited.timeout = (limited.timeout || testTimeout) * PATIENCE;
  }
}
