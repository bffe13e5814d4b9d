/** What happened and what to do about it, for people. */
export interface FailureSentence {
  says: string;
  hint: string;
}

export interface FailureText {
  retry: 'never' | 'later';
  en: FailureSentence;
  es: FailureSentence;
}

/** One entry of the closed list of failures. */
export const failureText = (
  retry: FailureText['retry'],
  en: [says: string, hint: string],
  es: [says: string, hint: string],
): FailureText => ({ retry, en: { says: en[0], hint: en[1] }, es: { says: es[0], hint: es[1] } });
