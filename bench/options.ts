/** What the command line asks for. */
export interface Options {
  asJson: boolean;
  /** Of each measurement that is repeated; the median counts. */
  rounds: number;
  /** Letters of the measurements; null = all. */
  only: readonly string[] | null;
  /** The size of the large export. */
  largeMib: number;
  /** The size of the export of which memory is watched. */
  memoryMib: number;
  /** Apps that are due at once. */
  smallApps: number;
  idleApps: number;
  /** How long the idle agent is watched. */
  idleSeconds: number;
}

const FULL = { rounds: 3, largeMib: 1024, memoryMib: 8192, smallApps: 300, idleApps: 200, idleSeconds: 120 };
const QUICK = { rounds: 1, largeMib: 256, memoryMib: 1024, smallApps: 60, idleApps: 200, idleSeconds: 20 };

/** `--json`, `--quick` for small sizes, `--only=a,c`, `--rounds=N`. */
export function optionsFrom(args: readonly string[]): Options {
  const sizes = args.includes('--quick') ? QUICK : FULL;
  const only = valueOf(args, 'only')?.split(',') ?? null;
  const rounds = Number(valueOf(args, 'rounds') ?? sizes.rounds);
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error('--rounds must be a whole number');
  return { ...sizes, asJson: args.includes('--json'), rounds, only };
}

function valueOf(args: readonly string[], name: string): string | undefined {
  const flag = `--${name}=`;
  return args.find((argument) => argument.startsWith(flag))?.slice(flag.length);
}
