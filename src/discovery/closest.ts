/** How many typing errors still count as meant. */
const MOST_ERRORS = 2;

/** The known word that is meant by a mistyped one; null when none is near. */
export function closest(word: string, known: readonly string[]): string | null {
  if (word.length > 40) return null;
  const ranked = known
    .map((candidate) => ({ candidate, errors: distance(word, candidate) }))
    .sort((a, b) => a.errors - b.errors);
  const best = ranked[0];
  const isNear = best !== undefined && best.errors <= MOST_ERRORS && best.errors < best.candidate.length / 2;
  return isNear ? best.candidate : null;
}

/** Damerau-Levenshtein: insertions, deletions, replacements and swapped neighbours. */
function distance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, index) => index)];
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      const cell = (r: number, c: number): number => (r === i ? row[c] : rows[r]?.[c]) ?? Infinity;
      let best = Math.min(cell(i - 1, j) + 1, cell(i, j - 1) + 1, cell(i - 1, j - 1) + cost);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        best = Math.min(best, cell(i - 2, j - 2) + 1);
      row.push(best);
    }
    rows.push(row);
  }
  return rows[a.length]?.[b.length] ?? Infinity;
}
