import type { ProblemText } from './problem-text.js';
import { CONTAINER_PROBLEMS } from './problem-texts.container.js';
import { VALUE_PROBLEMS } from './problem-texts.values.js';

export type { ProblemSentence, Severity } from './problem-text.js';

/** Everything that can be wrong with a declaration, an override or a container; a closed list. */
export const PROBLEM_TEXTS = { ...VALUE_PROBLEMS, ...CONTAINER_PROBLEMS } as const satisfies Record<
  string,
  ProblemText
>;

export type ProblemCode = keyof typeof PROBLEM_TEXTS;
