import type { FailureText } from './failure-text.js';
import { APP_FAILURES } from './failure-texts.app.js';
import { EXPORT_FAILURES } from './failure-texts.export.js';
import { STORAGE_FAILURES } from './failure-texts.storage.js';

/** The closed list: a code without both sentences does not compile. */
export const FAILURE_TEXTS = {
  ...APP_FAILURES,
  ...EXPORT_FAILURES,
  ...STORAGE_FAILURES,
} as const satisfies Record<string, FailureText>;

export type FailureCode = keyof typeof FAILURE_TEXTS;
