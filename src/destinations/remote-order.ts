import { checkOptions, isForbidden, isOffered, isSecret } from './check-options.js';
import type { Options } from './check-options.js';
import { checkPlace } from './destination-names.js';
import { DestinationRefusal } from './destination-refusal.js';
import { rememberSecrets } from './rclone-config.js';
import type { Provider, RcloneConfig, Section } from './rclone-config.js';

/** What a person wants a remote to be. */
export interface RemoteOrder {
  /** A backend of `config/providers`; or `local` (option `path`), or `alias` and `crypt` with `over`. */
  type: string;
  options: Options;
  /** The destination that an `alias` or `crypt` lies over. */
  over?: { destination: string; folder: string };
  /** Lines of known_hosts that a person accepted; SFTP does not go without. */
  hostKeys?: string;
}

/** What rclone is told. */
export interface RemotePlan {
  rcloneType: string;
  parameters: Section;
}

/**
 * Everything but `local`: turns what a person wants into what rclone is told.
 * @param kept what stays of an earlier section: required options may be in it; null = they are asked for later
 * @throws DestinationRefusal that names the field
 */
export async function planRemote(
  conf: RcloneConfig,
  order: RemoteOrder,
  kept: Section | null = {},
): Promise<RemotePlan> {
  const provider = (await conf.providers()).find(({ Name }) => Name === order.type);
  const wraps = order.over !== undefined && (order.type === 'alias' || order.type === 'crypt');
  // What is there already may be changed, whatever it is.
  const isKept = kept?.['type'] === order.type;
  if (provider === undefined || !(isOffered(provider) || wraps || isKept))
    throw new DestinationRefusal('type-unknown', 'type');
  const remotes = await conf.remotes();
  const parameters = { ...checkOptions(provider, order.options, remotes), ...takenAway(order.options, kept) };
  rememberSecrets(parameters, (name) =>
    provider.Options.some((option) => option.Name === name && isSecret(option)),
  );
  if (order.over !== undefined) parameters['remote'] = targetOf(order.over, wraps, remotes);
  addUsual(provider, parameters, kept);
  if (kept !== null) requireAll(provider, { ...kept, ...parameters });
  return { rcloneType: provider.Name, parameters };
}

/** What was there and is given empty. */
function takenAway(options: Options, kept: Section | null): Section {
  const gone = Object.entries(options).filter(([name, value]) => value === '' && kept?.[name] !== undefined);
  return Object.fromEntries(gone);
}

function targetOf(over: NonNullable<RemoteOrder['over']>, wraps: boolean, remotes: string[]): string {
  if (!wraps) throw new DestinationRefusal('value-invalid', 'over');
  if (!remotes.includes(over.destination)) throw new DestinationRefusal('destination-unknown', 'over');
  return `${over.destination}:${checkPlace(over.folder, 'over')}`;
}

/** What a new remote has unless a person says otherwise. */
function addUsual(provider: Provider, parameters: Section, kept: Section | null): void {
  // Google answers a full day's quota for hours: who goes on asking is slowed down for longer.
  if (provider.Name === 'drive' && kept?.['type'] === undefined)
    parameters['stop_on_upload_limit'] ??= 'true';
}

function requireAll(provider: Provider, section: Section): void {
  for (const option of provider.Options) {
    if (
      option.Required &&
      option.DefaultStr === '' &&
      !isForbidden(option.Name) &&
      (section[option.Name] ?? '') === ''
    )
      throw new DestinationRefusal('option-required', option.Name);
  }
}
