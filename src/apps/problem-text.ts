export interface ProblemSentence {
  /** What is wrong; `{name}` is replaced by a parameter. */
  says: string;
  fix: string;
}

/** `error` keeps the last good declaration, `suspend` stops the app, `warning` and `hint` change nothing. */
export type Severity = 'error' | 'suspend' | 'warning' | 'hint';

export interface ProblemText {
  severity: Severity;
  en: ProblemSentence;
  es: ProblemSentence;
}

/** One entry of the closed list of problems. */
export const problemText = (severity: Severity, en: [string, string], es: [string, string]): ProblemText => ({
  severity,
  en: { says: en[0], fix: en[1] },
  es: { says: es[0], fix: es[1] },
});
